import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { configMaps as definition } from '../api/core-v1/config-map.ts';
import { configMaps, namespaces } from '../api/generated/core/v1/resources.ts';
import type { ConfigMap } from '../api/generated/core/v1/types.ts';
import { ServedResource } from '../apiserver/registry/served-resource.ts';
import { controllerReference, type KubeObject } from '../machinery/object.ts';
import type { Resource } from '../machinery/resource.ts';
import { isStatusError } from '../machinery/status.ts';
import { createWorld, type World } from './world.ts';

// Goal: controllers that look after all kinds look after those, too, that come while they run, and
// take no kind that goes for the end of its objects.

type Widget = Omit<ConfigMap, 'apiVersion' | 'kind'> & KubeObject;

const widgets: Resource<Widget> = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};
const namespace = 'shop';

interface Shop {
  readonly world: World;
  readonly served: ServedResource<never>;
  /** Serves widgets, or no longer. */
  offer(): void;
  withdraw(): void;
  make<T extends KubeObject>(resource: Resource<T>, name: string, owner?: KubeObject): Promise<T>;
  isThere(resource: Resource, name: string): Promise<boolean>;
}

async function startShop(t: TestContext): Promise<Shop> {
  const world = await createWorld(1);
  t.after(() => world.close());
  const { client, clock } = world;
  const { table } = world.server;
  const served = new ServedResource({ ...definition, ...widgets } as never, new Map());
  await client.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
    spec: {},
  });
  await clock.advance(1000);
  return {
    world,
    served: served as ServedResource<never>,
    offer: () => table.add([served]),
    withdraw: () => table.remove([served]),
    make(resource, name, owner) {
      const { group, version, kind } = resource;
      const ownerReferences = owner && { ownerReferences: [controllerReference(owner)] };
      const made = {
        apiVersion: group ? `${group}/${version}` : version,
        kind,
        metadata: { name, namespace, ...ownerReferences },
      };
      return client.create(resource, made as never);
    },
    async isThere(resource, name) {
      try {
        await client.get(resource, { namespace, name });
        return true;
      } catch (error) {
        if (isStatusError(error, 'NotFound')) return false;
        throw error;
      }
    },
  };
}

test('objects of kinds that came later own and are owned', async (t) => {
  const { world, offer, make, isThere } = await startShop(t);
  const { client, clock } = world;
  offer();
  const widget = await make(widgets, 'owner');
  const part = await make(configMaps, 'part', widget);
  await make(widgets, 'part-of-part', part);
  await clock.advance(5000);
  assert.ok(await isThere(configMaps, 'part'), 'what has an owner stays');
  await client.delete(widgets, { namespace, name: 'owner' });
  await clock.advance(5000);
  assert.equal(await isThere(configMaps, 'part'), false);
  assert.equal(await isThere(widgets, 'part-of-part'), false);
});

test('an owner of a kind that nobody serves keeps what it owns, until it is known', async (t) => {
  const { world, offer, make, isThere } = await startShop(t);
  const { clock } = world;
  const metadata = { name: 'never-made', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  const owner: KubeObject = { apiVersion: 'example.com/v1', kind: 'Widget', metadata };
  await make(configMaps, 'part', owner);
  await clock.advance(60_000);
  assert.ok(await isThere(configMaps, 'part'));
  offer();
  await clock.advance(5000);
  assert.equal(await isThere(configMaps, 'part'), false);
});

test('a kind that goes takes nothing with it, nor when it comes back', async (t) => {
  const { world, offer, withdraw, make, isThere } = await startShop(t);
  const { clock } = world;
  offer();
  const widget = await make(widgets, 'owner');
  await make(configMaps, 'part', widget);
  await clock.advance(5000);
  for (const change of [withdraw, offer]) {
    change();
    await clock.advance(60_000);
    assert.ok(await isThere(configMaps, 'part'));
  }
  await world.client.delete(widgets, { namespace, name: 'owner' });
  await clock.advance(5000);
  assert.equal(await isThere(configMaps, 'part'), false);
});

test('a namespace goes with objects of kinds that came after it', async (t) => {
  const { world, offer, make } = await startShop(t);
  const { client, clock } = world;
  offer();
  await make(widgets, 'left');
  await client.delete(namespaces, { name: namespace });
  await clock.advance(20_000);
  assert.deepEqual((await client.list(widgets)).items, []);
  await assert.rejects(client.get(namespaces, { name: namespace }), /not found/);
});

test('a namespace says which of their finalizers it waits for', async (t) => {
  const { world, offer, make } = await startShop(t);
  const { client, clock } = world;
  offer();
  const held = await make(widgets, 'held');
  const metadata = { ...held.metadata, finalizers: ['example.com/hold'] };
  await client.update(widgets, { ...held, metadata } as Widget);
  await client.delete(namespaces, { name: namespace });
  await clock.advance(20_000);
  const { status } = await client.get(namespaces, { name: namespace });
  const messages = status?.conditions?.filter((each) => each.status === 'True') ?? [];
  assert.deepEqual(messages.map(({ message }) => message).sort(), [
    'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    'Some resources are remaining: widgets.example.com has 1 resource instances',
  ]);
  const now = await client.get(widgets, { namespace, name: 'held' });
  await client.update(widgets, { ...now, metadata: { ...now.metadata, finalizers: [] } });
  await clock.advance(20_000);
  await assert.rejects(client.get(namespaces, { name: namespace }), /not found/);
});
