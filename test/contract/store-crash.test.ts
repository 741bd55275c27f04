import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../../src/base/random.ts';
import {
  copyFiles,
  fill,
  fillUntilCheckpoint,
  placeFiles,
  readFiles,
  withPlace,
} from './store-files.ts';
import { StoreModel } from './store-model.ts';

// Goal: whenever the process or the machine dies, the database comes back as it was after some
// commit, and no answered commit is missing. STORE_CRASH_POINTS=all tries every byte, for hours.

/** Which bytes of a log to cut it at: in its header, anywhere, and around some syncs. */
function cutPoints(synced: readonly { bytes: number }[], samples: number): number[] {
  const length = synced.at(-1)!.bytes;
  if (process.env.STORE_CRASH_POINTS === 'all') return Array.from({ length }, (_, i) => i);
  const random = seededRandom(7);
  const points = Array.from({ length: samples }, () => randomInt(random, length));
  const edges = synced.filter((_, i) => i % 6 === 5).flatMap(({ bytes }) => [bytes - 1, bytes]);
  return [0, 1, 31, 32, 33, ...points, ...edges].sort((a, b) => a - b);
}

function assertPrefix(file: string, model: StoreModel, atLeast: number, where: string): number {
  const { revision, shown } = readFiles(file);
  assert.ok(revision >= atLeast, `${where}: revision ${revision}, but ${atLeast} was answered`);
  assert.deepEqual(shown, model.list(revision, ''), where);
  return revision;
}

for (const { name, samples, tail } of [
  { name: 'cut off', samples: 150, tail: () => Buffer.alloc(0) },
  { name: 'garbage', samples: 100, tail: (rest: Buffer) => rest.map((byte, i) => byte ^ i) },
  { name: 'zeroes', samples: 100, tail: (rest: Buffer) => Buffer.alloc(rest.length) },
  { name: 'from before the last checkpoint', samples: 40, tail: undefined },
]) {
  test(`a log that from any byte on is ${name} gives all that was answered before it`, () =>
    withPlace(async ({ file, open }) => {
      const store = await open();
      const model = new StoreModel();
      const old = tail === undefined ? await fillUntilCheckpoint(store, file, model) : undefined;
      const start = { revision: old?.revision ?? 0, bytes: 0 };
      const synced = [start, ...(await fill(store, file, 60, model))];
      const copy = `${file}.copy`;
      copyFiles(file, copy);
      await store.close();
      const [database, log] = [readFileSync(copy), readFileSync(`${copy}-wal`)];
      const revisions = new Set<number>();
      for (const at of cutPoints(synced, samples)) {
        const rest = tail ? tail(log.subarray(at)) : old!.log.subarray(at);
        placeFiles(copy, database, Buffer.concat([log.subarray(0, at), rest]));
        const answered = synced.findLast(({ bytes }) => bytes <= at)!.revision;
        revisions.add(assertPrefix(copy, model, answered, `cut at ${at} of ${log.length}`));
        assertPrefix(copy, model, answered, `cut at ${at}, opened again`);
      }
      assert.ok(revisions.size > 20, `only ${revisions.size} different revisions were seen`);
    }));
}

test('a store that lost the end of its log goes on from there', () =>
  withPlace(async ({ file, open }) => {
    const store = await open();
    const synced = await fill(store, file, 20, new StoreModel());
    const copy = `${file}.copy`;
    copyFiles(file, copy);
    await store.close();
    placeFiles(copy, readFileSync(copy), readFileSync(`${copy}-wal`).subarray(0, -5000));
    const again = await open({ file: copy });
    const { revision } = again;
    assert.ok(revision > 0 && revision < synced.at(-1)!.revision);
    await again.commit([{ type: 'put', key: 'new', draft: { text: 'x', revision: 0 } }]);
    await again.close();
    const { revision: last, shown } = readFiles(copy);
    assert.equal(last, revision + 1);
    assert.ok(shown.includes(`new@${last}(${last})=x`));
  }));

test('a checkpoint that is cut off at any page loses nothing', () =>
  withPlace(async ({ file, open }) => {
    const store = await open();
    const model = new StoreModel();
    await fill(store, file, 60, model);
    const copy = `${file}.copy`;
    copyFiles(file, copy);
    const [before, log] = [readFileSync(file), readFileSync(`${file}-wal`)];
    await store.close(); // Moves the log into the database.
    const after = readFileSync(file);
    assert.ok(after.length > before.length);
    const pageBytes = before.readUInt16BE(16);
    const random = seededRandom(3);
    for (let sample = 0; sample < 40; sample++) {
      const mixed = Buffer.concat([before, Buffer.alloc(after.length - before.length)]);
      for (let at = 0; at < after.length; at += pageBytes) {
        if (random.float() < 0.5) after.copy(mixed, at, at, at + pageBytes);
      }
      const pages = randomInt(random, (after.length - before.length) / pageBytes + 1);
      placeFiles(copy, mixed.subarray(0, before.length + pages * pageBytes), log);
      assert.equal(assertPrefix(copy, model, model.revision, `sample ${sample}`), model.revision);
    }
  }));

test('a process that is killed while it writes loses no answered write', { timeout: 60_000 }, () =>
  withPlace(async ({ file, open }) => {
    const random = seededRandom(11);
    const answered = new Map<string, number>();
    for (let round = 0; round < 4; round++) {
      await killAfter(file, round, 200 + randomInt(random, 800), answered);
      const store = await open({ historyLimit: 500 });
      const snapshot = store.snapshot();
      for (const [key, revision] of answered) assert.equal(snapshot.get(key)?.revision, revision);
      // What was written but not answered is whole, and nothing before it is missing.
      for (const counter of snapshot.list(`counter/${round}/`)) {
        const writer = counter.key.slice('counter/'.length);
        const written = snapshot.count(`${writer}/`);
        assert.equal(String(written - 1), counter.value.text);
      }
      await store.close();
    }
  }),
);

/** Runs the child until it has answered so many writes, kills it, and notes what it answered. */
function killAfter(
  file: string,
  round: number,
  answers: number,
  answered: Map<string, number>,
): Promise<void> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'store-child.ts'), file, String(round)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let seen = 0;
  let isOpen = false;
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    if (!isOpen) {
      isOpen = line === 'open';
      assert.ok(isOpen, line);
      return;
    }
    const [key, revision, end] = line.split(' ');
    if (end === 'answered') answered.set(key!, Number(revision));
    if (++seen === answers) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') resolve();
      else reject(new Error(`the child ended by itself, having answered ${seen}`));
    });
  });
}
