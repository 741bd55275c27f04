import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deployments, replicaSets } from '../api/generated/apps/v1/resources.ts';
import type { Deployment } from '../api/generated/apps/v1/types.ts';
import { namespaces, pods, serviceAccounts } from '../api/generated/core/v1/resources.ts';
import { toTime } from '../base/clock.ts';
import type { NewObject } from '../machinery/object.ts';
import { createWorld, type World } from './world.ts';

const SEED = 1;

async function withNamespace(): Promise<World> {
  const world = await createWorld(SEED);
  const metadata = { name: 'shop' };
  await world.client.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata,
    spec: {},
  });
  await world.clock.advance(1000);
  return world;
}

const web = (image: string): NewObject<Deployment> => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    strategy: {},
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image }] },
    },
  } as Deployment['spec'],
});

/** What nodes would do: every pod runs and is ready at once. */
async function runPods(world: World): Promise<void> {
  const { items } = await world.client.list(pods, { namespace: 'shop' });
  for (const pod of items) {
    if (pod.status?.phase === 'Running') continue;
    const ready = { type: 'Ready', status: 'True', lastTransitionTime: toTime(world.clock.now()) };
    const status = { phase: 'Running' as const, podIP: '10.0.0.1', conditions: [ready] };
    await world.client.update(pods, { ...pod, status }, { subresource: 'status' });
  }
  await world.clock.advance(1000);
}

test('a Deployment comes up, rolls over and goes, with what it owns', async (t) => {
  const world = await withNamespace();
  t.after(() => world.close());
  const { client, clock } = world;
  await client.create(deployments, web('app:1'));
  await clock.advance(1000);
  assert.equal((await client.list(pods, { namespace: 'shop' })).items.length, 3, logOf(world));
  await runPods(world);
  const name = { namespace: 'shop', name: 'web' };
  const up = await client.get(deployments, name);
  assert.equal(up.status?.availableReplicas, 3, logOf(world));

  const template = web('app:2').spec.template;
  await client.patch(deployments, name, { type: 'merge', body: { spec: { template } } });
  for (let i = 0; i < 10; i++) {
    await clock.advance(1000);
    await runPods(world);
  }
  const rolled = await client.get(deployments, name);
  assert.equal(rolled.status?.updatedReplicas, 3);
  assert.equal(rolled.status?.replicas, 3);
  const sets = (await client.list(replicaSets, { namespace: 'shop' })).items;
  assert.deepEqual(sets.map(({ spec }) => spec.replicas).sort(), [0, 3]);
});

test('every namespace has its account, and goes with all that is in it', async (t) => {
  const world = await withNamespace();
  t.after(() => world.close());
  const { client, clock } = world;
  const account = { namespace: 'shop', name: 'default' };
  assert.ok(await client.get(serviceAccounts, account));
  await client.create(deployments, web('app:1'));
  await clock.advance(1000);
  await client.delete(namespaces, { name: 'shop' });
  await clock.advance(40_000);
  await assert.rejects(client.get(namespaces, { name: 'shop' }), /not found/);
  assert.equal((await client.list(pods, { namespace: 'shop' })).items.length, 0);
});

const logOf = ({ log }: World): string =>
  log
    .map(({ message, fields }) => `${message} ${JSON.stringify(fields)} ${fields.error ?? ''}`)
    .join('\n');
