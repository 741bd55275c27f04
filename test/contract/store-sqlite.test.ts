import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../../src/base/random.ts';
import { DatabaseError } from '../../src/store/sqlite-schema.ts';
import type { Store } from '../../src/store/store.ts';
import { copyFiles, fill, placeFiles, readFiles, withPlace } from './store-files.ts';
import { Recorder, StoreModel, showEntry, type Value } from './store-model.ts';

// Goal: whatever is wrong with the file or the disk is said in one line that names the file and
// what to do, and nothing in it is lost.

const put = (store: Store<Value>, key: string, text: string) =>
  store.commit([{ type: 'put', key, draft: { text, revision: 0 } }]);

const isStoreError = (file: string, words: RegExp) => (error: Error) => {
  assert.equal(error.name, 'StoreError');
  assert.match(error.message, words);
  assert.ok(error.message.includes(file), `${error.message} doesn't name the file`);
  assert.ok(!error.message.includes('\n'));
  return true;
};

test('values are for nobody else to read', () =>
  withPlace(async ({ file, open }) => {
    await put(await open(), 'a', 'secret');
    for (const path of [file, `${file}-wal`]) assert.equal(statSync(path).mode & 0o777, 0o600);
  }));

test('a second opening is refused, in the same process and in another', () =>
  withPlace(async ({ file, open }) => {
    const store = await open();
    await assert.rejects(open(), isStoreError(file, /is in use .* stop that one/));
    const child = join(import.meta.dirname, 'store-child.ts');
    const { status, stdout } = spawnSync(process.execPath, [child, file, '0']);
    assert.equal(status, 1);
    assert.match(String(stdout), /is in use .* stop that one/);
    await put(store, 'a', '1');
    await store.close();
    await open();
  }));

test('a newer version is refused and left as it is', () =>
  withPlace(async ({ file, open }) => {
    const store = await open();
    await put(store, 'a', '1');
    await store.close();
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 2');
    newer.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    newer.exec('CREATE TABLE future (x)'); // Is in the log only.
    copyFiles(file, `${file}.copy`);
    newer.close();
    const read = () => [readFileSync(`${file}.copy`), readFileSync(`${file}.copy-wal`)];
    const before = read();
    const opening = open({ file: `${file}.copy` });
    await assert.rejects(opening, isStoreError(`${file}.copy`, /newer Tutti .*version 2/));
    assert.deepEqual(read(), before);
  }));

for (const { name, place, words } of [
  {
    name: 'a database of something else',
    place: (file: string) => new DatabaseSync(file).exec('CREATE TABLE x (y)'),
    words: /is not a Tutti database; choose/,
  },
  {
    name: 'no database',
    place: (file: string) => writeFileSync(file, 'apiVersion: v1\n'.repeat(99)),
    words: /is damaged .* backup/,
  },
  {
    name: 'an empty file',
    place: (file: string) => writeFileSync(file, ''),
    words: /is damaged \(it is empty\)/,
  },
  {
    name: 'a log without its database',
    place: (file: string) => writeFileSync(`${file}-wal`, 'x'),
    words: /is damaged \(it is missing, but its log is there\)/,
  },
  { name: 'a folder', place: (file: string) => mkdirSync(file), words: /can't be opened: / },
  {
    name: 'no folder',
    place: (file: string) => rmSync(dirname(file), { recursive: true }),
    words: /can't be opened: ENOENT.* see that its folder exists/,
  },
]) {
  test(`${name} is refused`, () =>
    withPlace(async ({ file, open }) => {
      place(file);
      await assert.rejects(open(), isStoreError(file, words));
      mkdirSync(dirname(file), { recursive: true }); // For the clean-up.
    }));
}

/** A database without a log, and what is in it. */
async function closedDatabase(file: string, store: Store<Value>) {
  const model = new StoreModel();
  await fill(store, file, 40, model);
  await store.compact(20);
  await store.close();
  return { bytes: readFileSync(file), want: readFiles(file) };
}

test('a database that is cut off at any byte is refused', () =>
  withPlace(async ({ file, open }) => {
    const { bytes } = await closedDatabase(file, await open());
    const random = seededRandom(5);
    const cuts = [1, 99, 100, 8191, 8192, 8193, bytes.length - 1];
    for (let i = 0; i < 60; i++) cuts.push(randomInt(random, bytes.length));
    for (const at of cuts) {
      placeFiles(file, bytes.subarray(0, at));
      assert.throws(() => readFiles(file), DatabaseError, `cut at ${at} of ${bytes.length}`);
    }
    await assert.rejects(open(), isStoreError(file, /is damaged .* put a backup in its place/));
  }));

test('a changed byte is noticed, or is one that means nothing', () =>
  withPlace(async ({ file, open }) => {
    const { bytes, want } = await closedDatabase(file, await open());
    const random = seededRandom(6);
    let refused = 0;
    for (let i = 0; i < 400; i++) {
      const changed = Buffer.from(bytes);
      const at = i < 100 ? i : randomInt(random, bytes.length); // The header's are special.
      changed[at]! ^= 1 << randomInt(random, 8);
      placeFiles(file, changed);
      try {
        assert.deepEqual(readFiles(file), want, `byte ${at}`);
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        refused++;
      }
    }
    assert.ok(refused > 100, `only ${refused} were noticed`);
  }));

test('watches go on after a restart, and what was deleted stays deleted', () =>
  withPlace(async ({ file, open }) => {
    const store = await open();
    await put(store, 'a', '1');
    await put(store, 'b', '2');
    await store.commit([{ type: 'delete', key: 'a' }]);
    await put(store, 'b', '3');
    await store.compact(2);
    await store.close();
    const again = await open();
    const recorder = new Recorder(again);
    again.watch('', 2, recorder);
    await put(again, 'c', '4');
    assert.deepEqual(recorder.lines, [
      '3: delete a@3(1)=1 was a@1(1)=1',
      '4: put b@4(2)=3 was b@2(2)=2',
      '5: put c@5(5)=4 was nothing',
    ]);
    await again.compact(5);
    await again.close();
    const { shown, revision } = readFiles(file);
    assert.deepEqual([shown, revision], [['b@4(2)=3', 'c@5(5)=4'], 5]);
    const rows = new DatabaseSync(file).prepare('SELECT count(*) AS n FROM change').get();
    assert.equal(rows?.n, 2, 'rows that mean nothing any more are gone');
  }));

test('the revision outlives everything that was written at it', () =>
  withPlace(async ({ open }) => {
    const store = await open();
    await put(store, 'a', '1');
    await store.commit([{ type: 'delete', key: 'a' }]);
    await store.compact(2);
    await store.close();
    const again = await open();
    assert.deepEqual([again.revision, again.compactedRevision], [2, 2]);
    assert.equal((await put(again, 'a', '2')).revision, 3);
    assert.equal(showEntry(again.snapshot().get('a')), 'a@3(3)=2');
  }));
