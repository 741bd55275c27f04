import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { AHEAD_ROWS } from '../../src/store/group-commit.ts';
import { type Store, StoreError } from '../../src/store/store.ts';
import { readFiles, withPlace } from './store-files.ts';
import { Recorder, showEntry, type Value } from './store-model.ts';

// Goal: when there is no room, a write fails with advice, what was answered stays, nothing that was
// not answered is seen by anybody, and with room again the store goes on as if nothing had been.

const TEXT = 'x'.repeat(4000);

const put = (store: Store<Value>, key: string) =>
  store.commit([{ type: 'put', key, draft: { text: TEXT, revision: 0 } }]);

/** Writes many at a time until some fail. Returns what was answered, by key. */
async function fillUp(store: Store<Value>, keys: (n: number) => string) {
  const answered = new Map<string, number>();
  for (let round = 0; round < 100; round++) {
    const some = Array.from({ length: 16 }, (_, i) => keys(round * 16 + i));
    const results = await Promise.allSettled(some.map((key) => put(store, key)));
    const failed = results.filter((result) => result.status === 'rejected');
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled') answered.set(some[i]!, result.value.revision);
    }
    for (const { reason } of failed) {
      assert.ok(reason instanceof StoreError);
      assert.match(reason.message, /no room for .*store.db: free some space/);
      assert.equal(reason.written, 'no');
    }
    if (failed.length > 0) return answered;
  }
  throw new Error('it never became full');
}

function assertHolds(store: Store<Value>, answered: Map<string, number>): void {
  const newest = Math.max(...answered.values());
  assert.equal(store.revision, newest);
  const held = store.snapshot().list('');
  assert.deepEqual(
    new Map(held.map(({ key, revision }) => [key, revision])),
    new Map([...answered].sort(([a], [b]) => (a < b ? -1 : 1))),
  );
  for (const key of answered.keys()) {
    assert.equal(
      store.latest(key),
      store.snapshot().get(key),
      'the accepted state was rolled back',
    );
  }
}

test('a database that may not grow goes on when its past is forgotten', () =>
  withPlace(async ({ file, open }) => {
    const store = await open({ maxBytes: 50 * 8192 });
    const recorder = new Recorder(store);
    store.watch('', 0, recorder);
    const answered = await fillUp(store, (n) => `pods/${n % 12}`);
    assertHolds(store, answered);
    const before = store.revision;
    const nothing = await store.commit([{ type: 'delete', key: 'absent' }]);
    assert.equal(nothing.revision, before, 'what failed is no revision that anybody can read');
    await store.compact(before);
    const { revision } = await put(store, 'pods/0');
    assert.ok(revision > before + 1, 'the revisions of what failed are not used again');
    answered.set('pods/0', revision);
    assertHolds(store, answered);
    assert.equal(recorder.lines.length, before + 1, 'watches are told of what was answered only');
    await store.close();
    assert.deepEqual(readFiles(file).shown, store.snapshot().list('').map(showEntry));
  }));

test('what was sent ahead of knowing that there is no room leaves nothing', () =>
  withPlace(async ({ file, open }) => {
    const store = await open({ maxBytes: 60 * 8192 });
    const recorder = new Recorder(store);
    store.watch('', 0, recorder);
    const answered = new Map<string, number>();
    let answers = 0;
    let failures = 0;
    while (failures === 0) {
      const written: { readonly key: string; readonly committed: ReturnType<typeof put> }[] = [];
      for (let n = 0; n < 4 * (AHEAD_ROWS + 1); n++) {
        const key = `pods/${n % 12}`;
        const committed = put(store, key);
        committed.catch(() => {}); // Looked at below.
        written.push({ key, committed });
        if (n % (AHEAD_ROWS + 1) === AHEAD_ROWS) await turn(); // A batch each, and no waiting for it.
      }
      for (const { key, committed } of written) {
        try {
          const { revision } = await committed;
          answered.set(key, revision);
          answers++;
        } catch (error) {
          assert.ok(error instanceof StoreError);
          assert.equal(error.written, 'no');
          failures++;
        }
      }
    }
    assertHolds(store, answered);
    assert.equal(recorder.lines.length, answers, 'watches are told of what was answered only');
    await store.compact(store.revision);
    answered.set('again', (await put(store, 'again')).revision);
    assertHolds(store, answered);
    await store.close();
    assert.deepEqual(readFiles(file).shown, store.snapshot().list('').map(showEntry));
  }));

test('what would have room is refused too when what it was built on has none', () =>
  withPlace(async ({ file, open }) => {
    const store = await open({ maxBytes: 60 * 8192 });
    await put(store, 'before');
    const draft = { text: 'x'.repeat(80 * 8192), revision: 0 };
    const tooLarge = store.commit([{ type: 'put', key: 'large', draft }]);
    tooLarge.catch(() => {});
    await Promise.resolve(); // It is handed over at the end of the turn.
    createHash('sha256')
      .update(Buffer.alloc(32 << 20))
      .digest(); // Time for the thread to begin.
    const small = Array.from({ length: AHEAD_ROWS }, (_, i) => put(store, `small/${i}`));
    for (const each of [tooLarge, ...small]) {
      await assert.rejects(each, { name: 'StoreError', written: 'no' });
    }
    const { revision } = await put(store, 'after');
    assert.deepEqual(
      store
        .snapshot()
        .list('')
        .map(({ key }) => key),
      ['after', 'before'],
    );
    assert.equal(store.revision, revision);
    await store.close();
    assert.deepEqual(readFiles(file).shown, store.snapshot().list('').map(showEntry));
  }));

test('a full disk is survived', (t) =>
  withPlace(async ({ file, open }) => {
    const folder = join(dirname(file), 'small');
    mkdirSync(folder);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder]);
    if (mounted.status !== 0) return t.skip('needs root, to mount a small tmpfs');
    try {
      const filler = join(folder, 'filler');
      writeFileSync(filler, Buffer.alloc(4 << 20));
      const small = join(folder, 'store.db');
      const store = await open({ file: small });
      const answered = await fillUp(store, (n) => `pods/${n % 40}`);
      assertHolds(store, answered);
      // Forgetting needs room as well: it touches most pages, and they go through the log.
      await assert.rejects(store.compact(store.revision), { name: 'StoreError', written: 'no' });
      rmSync(filler);
      answered.set('again', (await put(store, 'again')).revision);
      assertHolds(store, answered);
      await store.compact(store.revision);
      await store.close();
      assert.deepEqual(readFiles(small).shown, store.snapshot().list('').map(showEntry));
      const rows = new DatabaseSync(small).prepare('SELECT count(*) AS n FROM change').get();
      assert.equal(rows?.n, answered.size, 'what could not be forgotten at first is gone too');
    } finally {
      spawnSync('umount', ['-l', folder]);
    }
  }));
