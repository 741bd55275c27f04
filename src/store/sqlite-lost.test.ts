import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { openSqliteStore } from './sqlite.ts';
import { type Store, StoreError, type ValueCodec } from './store.ts';

// Goal: when the thread that has the database dies, whoever waits for it is told, nobody waits any
// more, and whoever opened the store learns it once, so as to open it anew.

const folder = mkdtempSync(join(tmpdir(), 'tutti-lost-'));
after(() => rmSync(folder, { recursive: true }));

const codec: ValueCodec<string> = {
  seal: (draft) => draft,
  encode: (value) => Buffer.from(value),
  decode: (bytes) => Buffer.from(bytes).toString(),
};

let worker: Worker;
process.on('worker', (started) => {
  worker = started;
});

async function open(): Promise<{ store: Store<string>; losses: StoreError[] }> {
  const losses: StoreError[] = [];
  const onLost = (error: StoreError) => losses.push(error);
  const store = await openSqliteStore(codec, { file: join(folder, 'state.db'), onLost });
  return { store, losses };
}

const put = (store: Store<string>, key: string) => store.commit([{ type: 'put', key, draft: key }]);

const failure = (written: 'no' | 'unknown') => (error: unknown) =>
  error instanceof StoreError && error.written === written;

test('a store that is closed is not lost', async () => {
  const { store, losses } = await open();
  await put(store, '/before');
  await store.close();
  assert.deepEqual(losses, []);
});

test('a store whose thread dies answers everyone, says so once, and can be opened again', async () => {
  const { store, losses } = await open();
  const underWay = put(store, '/under-way');
  await Promise.resolve(); // It is sent at the end of the turn.
  await Promise.resolve();
  const behind = put(store, '/behind');
  void worker.terminate();
  // The thread may have been quick enough.
  const isWritten = await underWay.then(
    () => true,
    (error) => assert.ok(failure('unknown')(error)),
  );
  await assert.rejects(behind, StoreError);
  assert.equal(losses.length, 1);
  assert.match(losses[0]!.message, /^the thread of the database/);
  await assert.rejects(put(store, '/after'), failure('no'));
  await assert.rejects(store.commit([]), failure('no'), 'a store that is lost isn’t well');
  assert.equal(store.snapshot().get('/before')?.value, '/before', 'reads go on');
  await store.close();
  assert.equal(losses.length, 1);
  const again = await open();
  assert.equal(again.store.snapshot().get('/before')?.value, '/before');
  if (isWritten) assert.ok(again.store.snapshot().get('/under-way'));
  await put(again.store, '/after');
  await again.store.close();
});
