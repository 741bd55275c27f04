import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, namespaces, resourceQuotas } from '../api/generated/core/v1/resources.ts';
import type { ConfigMap } from '../api/generated/core/v1/types.ts';
import type { NewObject } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import { createWorld } from './world.ts';

// Goal: a new quota is counted, also while things are made; what goes is given back at once; and what
// is made at the same time never exceeds it.

const namespace = 'shop';
const metadata = { name: 'q', namespace };

test('a quota counts what is there, and gives back what has gone', async (t) => {
  const world = await createWorld(1);
  t.after(() => world.close());
  const { client, clock } = world;
  const make = (name: string) => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
    return client.create(configMaps, map as NewObject<ConfigMap>).then(
      () => 'made',
      (error) => (isStatusError(error, 'Forbidden') ? 'refused' : Promise.reject(error)),
    );
  };
  const used = async () => (await client.get(resourceQuotas, metadata)).status.used;

  await client.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
    spec: {},
  });
  await clock.advance(2000); // Every namespace has a map with the cluster's certificate.
  assert.equal(await make('a'), 'made');
  const spec = { hard: { 'count/configmaps': '4', secrets: '1' } };
  const creating = client.create(resourceQuotas, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata,
    spec,
  });
  await Promise.all([creating, make('b')]);
  await clock.advance(3000);
  assert.deepEqual(await used(), { 'count/configmaps': '3', secrets: '0' });

  assert.deepEqual(await Promise.all(['c', 'd', 'e'].map(make)), ['made', 'refused', 'refused']);
  assert.deepEqual(await used(), { 'count/configmaps': '4', secrets: '0' });

  await client.delete(configMaps, { namespace, name: 'a' });
  await clock.advance(3000);
  assert.deepEqual(await used(), { 'count/configmaps': '3', secrets: '0' });
  assert.equal(await make('e'), 'made');

  const quota = await client.get(resourceQuotas, metadata);
  const wider = { hard: { 'count/configmaps': '9' } };
  await client.update(resourceQuotas, { ...quota, spec: wider });
  await clock.advance(3000);
  const { status } = await client.get(resourceQuotas, metadata);
  assert.deepEqual(status, { ...wider, used: { 'count/configmaps': '4' } });
});
