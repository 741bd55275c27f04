import assert from 'node:assert/strict';
import { configMaps, pods } from '../../src/api/generated/core/v1/resources.ts';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import { names, type On, podOf, refused } from './client-bench.ts';

/** Getting and listing. */
export function readingTests(on: On): void {
  on('gets what was created, whole, frozen, with the name of its kind', async (bench) => {
    const { client, namespace, make } = bench;
    const created = await make('a', { k: 'v' });
    const got = await client.get(configMaps, { namespace, name: 'a' });
    assert.deepEqual(got, created);
    assert.equal(got.apiVersion, 'v1');
    assert.equal(got.kind, 'ConfigMap');
    assert.ok(Object.isFrozen(got) && Object.isFrozen(got.data));
  });

  on('lists in order, each item complete and as it is when it is got', async (bench) => {
    const { client, namespace, make } = bench;
    for (const name of ['b', 'c', 'a']) await make(name, { name });
    const { items, kind, metadata } = await client.list(configMaps, { namespace });
    assert.equal(kind, 'ConfigMapList');
    assert.deepEqual(names(items), ['a', 'b', 'c']);
    assert.deepEqual(items[0], await client.get(configMaps, { namespace, name: 'a' }));
    assert.ok(Object.isFrozen(items[0]));
    assert.ok(Number(metadata.resourceVersion) >= Number(items[2]?.metadata.resourceVersion));
  });

  on('lists by labels, by fields, and in all namespaces', async ({ client, namespace, make }) => {
    await make('a', {}, { side: 'left', of: namespace });
    await make('b', {}, { side: 'right', of: namespace });
    const { items: left } = await client.list(configMaps, {
      namespace,
      labelSelector: 'side=left',
    });
    assert.deepEqual(names(left), ['a']);
    const fieldSelector = 'metadata.name=b';
    assert.deepEqual(names((await client.list(configMaps, { namespace, fieldSelector })).items), [
      'b',
    ]);
    const labelSelector = `of=${namespace}`;
    assert.deepEqual(names((await client.list(configMaps, { labelSelector })).items), ['a', 'b']);
  });

  on('pages are of the revision of the first', async ({ client, namespace, make }) => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await make(name);
    const first = await client.list(configMaps, { namespace, limit: 2 });
    assert.deepEqual(names(first.items), ['a', 'b']);
    assert.equal(first.metadata.remainingItemCount, 3);
    await client.delete(configMaps, { namespace, name: 'c' });
    const second = await client.list(configMaps, {
      namespace,
      limit: 2,
      continue: first.metadata.continue!,
    });
    assert.deepEqual(names(second.items), ['c', 'd']);
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    const options = { namespace, limit: 2, continue: second.metadata.continue! };
    const third = await client.list(configMaps, options);
    assert.deepEqual(names(third.items), ['e']);
    assert.equal(third.metadata.continue, undefined);
  });

  on('a page of a forgotten revision has expired', async ({ served, client, namespace, make }) => {
    for (const name of ['a', 'b']) await make(name);
    const { metadata } = await client.list(configMaps, { namespace, limit: 1 });
    await make('c');
    await served.store.compact(served.store.revision);
    await assert.rejects(
      client.list(configMaps, { namespace, limit: 1, continue: metadata.continue! }),
      refused('Expired', /too old to display a consistent list result/, { code: 410 }),
    );
  });

  on('reads a subresource', async ({ client, namespace }) => {
    await client.create(pods, podOf(namespace));
    const pod = await client.get<Pod>(pods, { namespace, name: 'p' }, { subresource: 'status' });
    assert.equal(pod.status.phase, 'Pending');
  });
}
