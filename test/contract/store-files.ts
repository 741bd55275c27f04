import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Restorer } from '../../src/store/restore.ts';
import { openSqliteStore, type SqliteOptions } from '../../src/store/sqlite.ts';
import { SqliteLog } from '../../src/store/sqlite-log.ts';
import type { Store, Write } from '../../src/store/store.ts';
import { type StoreModel, showEntry, type Value, valueCodec } from './store-model.ts';

export interface Place {
  /** Where a database can be made. */
  readonly file: string;
  /** Opens a store that is closed in the end, whatever happens. */
  readonly open: (options?: Partial<SqliteOptions>) => Promise<Store<Value>>;
}

/** Calls `body` with a place for a database, and cleans up after it. */
export async function withPlace(body: (place: Place) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-store-'));
  const file = join(folder, 'store.db');
  const opened: Store<Value>[] = [];
  try {
    const open: Place['open'] = async (options) => {
      const store = await openSqliteStore(valueCodec, { file, ...options });
      opened.push(store);
      return store;
    };
    await body({ file, open });
  } finally {
    for (const store of opened) await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** Puts a database and its log, as bytes, where there may be others. */
export function placeFiles(file: string, database: Uint8Array, log?: Uint8Array): void {
  for (const suffix of ['', '-wal', '-journal']) rmSync(file + suffix, { force: true });
  writeFileSync(file, database);
  if (log) writeFileSync(`${file}-wal`, log);
}

/** Copies a database and its log to another place. */
export function copyFiles(from: string, to: string): void {
  for (const suffix of ['', '-wal']) {
    rmSync(to + suffix, { force: true });
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
  }
}

/** Where the log ends. What lies behind was written before the last checkpoint, and counts no more. */
function logEnd(file: string): number {
  const log = existsSync(`${file}-wal`) ? readFileSync(`${file}-wal`) : Buffer.alloc(0);
  if (log.length === 0) return 0;
  const frameBytes = 24 + log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let at = 32;
  while (at < log.length && log.subarray(at + 8, at + 16).equals(salt)) at += frameBytes;
  return at;
}

/** What a store would come up with from its files, without the cost of a thread. */
export function readFiles(file: string): { revision: number; shown: string[] } {
  const log = SqliteLog.open(file);
  try {
    const restorer = new Restorer(valueCodec);
    for (const rows of log.read()) restorer.add(rows);
    const { compactedRevision } = log;
    const newest = restorer.changesAfter(compactedRevision).at(-1);
    const shown = restorer.entries().list('').map(showEntry);
    return { revision: newest?.revision ?? compactedRevision, shown };
  } finally {
    log.close();
  }
}

/** How far a log had come when everything up to a revision was answered. */
export interface Synced {
  readonly revision: number;
  readonly bytes: number;
}

/** Writes to a store and its model in rounds, and notes how far the log had come after each. */
export async function fill(
  store: Store<Value>,
  file: string,
  rounds: number,
  model: StoreModel,
): Promise<Synced[]> {
  const synced: Synced[] = [];
  for (let round = 0; round < rounds; round++) {
    const commits = Array.from({ length: 1 + (round % 5) }, (_, i) => {
      const writes = someWrites(round * 7 + i * 3);
      model.commit(writes);
      return store.commit(writes);
    });
    await Promise.all(commits);
    synced.push({ revision: store.revision, bytes: logEnd(file) });
  }
  return synced;
}

function someWrites(n: number): Write<Value>[] {
  const writes: Write<Value>[] = [
    { type: 'put', key: `pods/${n % 11}`, draft: { text: `${n}`.repeat(n % 90), revision: 0 } },
    { type: 'delete', key: `pods/${20 + (n % 4)}` },
    { type: 'put', key: `pods/${30 + (n % 4)}`, draft: { text: `${n}`, revision: 0 } },
  ];
  return writes.slice(0, 1 + (n % 3));
}

/**
 * Writes so much that the log is moved into the database and begun anew. Returns the log as it was
 * before that, which is what lies behind the end of the new one, and the revision it reached.
 */
export async function fillUntilCheckpoint(
  store: Store<Value>,
  file: string,
  model: StoreModel,
): Promise<{ log: Buffer; revision: number }> {
  for (;;) {
    const end = logEnd(file);
    const { revision } = store;
    const log = end > 0 ? readFileSync(`${file}-wal`) : Buffer.alloc(0);
    const text = String(revision).repeat(500_000);
    const write: Write<Value> = { type: 'put', key: 'large', draft: { text, revision: 0 } };
    model.commit([write]);
    await store.commit([write]);
    if (logEnd(file) < end) return { log, revision };
  }
}
