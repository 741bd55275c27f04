import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store, ValueCodec } from '../../src/store/store.ts';

// What the store costs: commits beside the bare disk, reads, snapshots, forks, watches, opening.
// Run it by itself for the full size; the tests run it tiny, so that it doesn't rot.

/** How much to do. Medians are over `rounds`, in which everything takes turns. */
export interface StoreBenchSize {
  readonly rounds: number;
  readonly commits: number;
  readonly entries: number;
}

const FULL: StoreBenchSize = { rounds: 5, commits: 20_000, entries: 5_000 };
const WRITERS = 32;
const VALUE_BYTES = 2_000;

/** One figure. The hash is of the state that was reached: equal work gives an equal hash. */
export interface Measurement {
  readonly bench: 'store';
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  readonly hash: string;
}

interface Pod {
  readonly revision: number;
}

// As in the API server, where the bytes of a value are made for the answer anyway.
const bytes = Buffer.alloc(VALUE_BYTES, 'x');
const codec: ValueCodec<Pod> = {
  seal: (_draft, revision) => ({ revision }),
  encode: () => bytes,
  decode: (_bytes, revision) => ({ revision }),
};

const keyOf = (n: number): string => `pods/namespace-${n % 20}/web-7d4b9c-${n.toString(36)}`;

/** Measures everything at the given size. */
export async function benchStore(size: StoreBenchSize): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-bench-'));
  const figures = new Map<string, { unit: string; values: number[]; hash: string }>();
  const note: Note = (measure, unit, value, hash) => {
    const figure = figures.get(measure) ?? { unit, values: [], hash };
    figure.values.push(value);
    figures.set(measure, figure);
  };
  try {
    for (let round = 0; round < size.rounds; round++) {
      bareCommits(join(folder, `bare-${round}.db`), size, note);
      await commits(join(folder, `store-${round}.db`), size, note);
      await opening(join(folder, `open-${round}.db`), size, note);
      await reads(size, note);
      await fanOut(size, note, { watchers: 100, areApart: false });
      await fanOut(size, note, { watchers: 1000, areApart: true });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return [...figures].map(([measure, { unit, values, hash }]) => {
    const value = Number(values.sort((a, b) => a - b)[values.length >> 1]!.toPrecision(3));
    return { bench: 'store', measure, value, unit, hash };
  });
}

type Note = (measure: string, unit: string, value: number, hash: string) => void;

/** The limit: the same rows, in groups as large as there are writers, with nothing around them. */
function bareCommits(file: string, { commits }: StoreBenchSize, note: Note): void {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA page_size = 8192; PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE change (id INTEGER PRIMARY KEY, key TEXT, created INTEGER, value BLOB);
  `);
  const insert = database.prepare('INSERT INTO change VALUES (?, ?, ?, ?)');
  const seconds = timed(() => {
    for (let n = 0; n < commits; ) {
      database.exec('BEGIN');
      for (let i = 0; i < WRITERS && n < commits; i++, n++) insert.run(n, keyOf(n), n, bytes);
      database.exec('COMMIT');
    }
  });
  database.close();
  note('bare group commit', 'rows/s', commits / seconds, '-');
}

async function commits(file: string, size: StoreBenchSize, note: Note): Promise<void> {
  const memory = createMemoryStore(codec);
  await commitAll('memory create', memory, size, note);
  const sqlite = await openSqliteStore(codec, { file });
  await commitAll('sqlite create', sqlite, size, note);
  await commitAll('sqlite update', sqlite, size, note);
  await commitAll('sqlite create, 1 writer', sqlite, size, note, 1);
  await sqlite.close();
}

/** From nothing to a store that answers, with the start of its thread. */
async function opening(file: string, { entries }: StoreBenchSize, note: Note): Promise<void> {
  const filled = await openSqliteStore(codec, { file });
  const puts = Array.from({ length: entries }, (_, n) =>
    filled.commit([{ type: 'put', key: keyOf(n), draft: { revision: 0 } }]),
  );
  await Promise.all(puts);
  await filled.close();
  const startedAt = performance.now();
  const store = await openSqliteStore(codec, { file });
  note(`sqlite open ${entries}`, 'ms', performance.now() - startedAt, hashOf(store));
  await store.close();
}

/** Has writers commit one after the other, each waiting for its answer. */
async function commitAll(
  name: string,
  store: Store<Pod>,
  { commits: all, entries }: StoreBenchSize,
  note: Note,
  writers = WRITERS,
): Promise<void> {
  const count = writers === 1 ? all / 10 : all;
  const isUpdate = name.endsWith('update');
  let n = 0;
  const write = async () => {
    while (n < count) {
      const key = isUpdate ? keyOf((n * 7919) % entries) : `${writers}/${keyOf(n)}`;
      n++;
      await store.commit([{ type: 'put', key, draft: { revision: 0 } }]);
    }
  };
  const cpu = process.threadCpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: writers }, write));
  const seconds = (performance.now() - startedAt) / 1e3;
  const { user, system } = process.threadCpuUsage(cpu);
  const hash = hashOf(store);
  note(name, 'commits/s', count / seconds, hash);
  note(`${name}, main thread`, 'us/commit', (user + system) / count, hash);
}

async function reads({ entries }: StoreBenchSize, note: Note): Promise<void> {
  const store = createMemoryStore(codec);
  const put = (n: number) => store.commit([{ type: 'put', key: keyOf(n), draft: { revision: 0 } }]);
  for (let n = 0; n < entries; n++) await put(n);
  const hash = hashOf(store);
  const each = (measure: string, times: number, work: (i: number) => unknown) => {
    const seconds = timed(() => {
      for (let i = 0; i < times; i++) work(i);
    });
    note(measure, 'us', (seconds * 1e6) / times, hash);
  };
  each('get', entries, (i) => store.snapshot().get(keyOf(i)));
  each(`list all ${entries}`, 20, () => store.snapshot().list('pods/'));
  each(`count all ${entries}`, 20, () => store.snapshot().count('pods/'));
  each('list a page of 500', 20, (i) =>
    store.snapshot().list('pods/', { after: keyOf(i), limit: 500 }),
  );
  each(`past snapshot`, 20, (i) => store.snapshot(store.revision - 1 - i * 10).get('pods/'));
  each('fork', 1000, () => store.fork());
  const fork = store.fork();
  each('commit after a snapshot of each revision', entries, (i) => {
    fork.snapshot();
    void fork.commit([{ type: 'put', key: keyOf(i), draft: { revision: 0 } }]);
  });
}

/** What it costs to tell watches: many of one prefix, or each of its own and one concerned. */
async function fanOut(
  { commits }: StoreBenchSize,
  note: Note,
  { watchers, areApart }: { watchers: number; areApart: boolean },
): Promise<void> {
  const store = createMemoryStore(codec);
  let told = 0;
  for (let i = 0; i < watchers; i++) {
    const prefix = areApart ? `pods/namespace-${i}/` : 'pods/';
    store.watch(prefix, 0, { next: () => told++, end: () => {} });
  }
  const count = commits / 10;
  const startedAt = performance.now();
  for (let n = 0; n < count; n++) {
    await store.commit([{ type: 'put', key: keyOf(n), draft: { revision: 0 } }]);
  }
  const us = (performance.now() - startedAt) * 1e3;
  if (told !== (areApart ? count : count * watchers)) throw new Error(`told ${told} times`);
  const name = areApart
    ? `${watchers} watches of a prefix each`
    : `${watchers} watches of a prefix`;
  note(`commit with ${name}`, 'us', us / count, hashOf(store));
}

function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return (performance.now() - startedAt) / 1e3;
}

function hashOf(store: Store<Pod>): string {
  let hash = 0;
  for (const { key, createRevision } of store.snapshot().list('')) {
    hash = crc32(`${key} ${createRevision}`, hash);
  }
  return hash.toString(16);
}

if (import.meta.main) {
  for (const measurement of await benchStore(FULL)) {
    console.log(JSON.stringify({ ...measurement, ...FULL, node: process.version }));
  }
}
