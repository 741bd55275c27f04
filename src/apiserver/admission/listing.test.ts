import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../machinery/object.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { objectCodec } from '../encoding/json.ts';
import { listingOf } from './listing.ts';

// Goal: what plugins look at with every write is listed once a revision, and never out of date.
test('a list is made once a revision', async () => {
  const store = createMemoryStore(objectCodec);
  const list = listingOf<KubeObject>(store);
  const put = async (name: string) => {
    const draft = { kind: 'A', apiVersion: 'v1', metadata: { name } } as KubeObject;
    await store.commit([{ type: 'put', key: `/a/${name}`, draft }]);
  };
  const names = (prefix: string) => list(prefix).map(({ metadata }) => metadata.name);
  assert.deepEqual(names('/a/'), []);
  await put('one');
  assert.deepEqual([names('/a/'), names('/b/')], [['one'], []]);
  assert.equal(list('/a/'), list('/a/'));
  await put('two');
  assert.deepEqual(names('/a/'), ['one', 'two']);
});
