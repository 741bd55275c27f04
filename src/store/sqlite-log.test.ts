import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { SqliteLog } from './sqlite-log.ts';
import { packRows, type Row, rowId, unpackRows } from './sqlite-rows.ts';
import { DatabaseError, openDatabase } from './sqlite-schema.ts';

// Goal: a write is all or nothing, is as durable as SQLite can make it, and can't change unnoticed.

const row = (revision: number, key: string): Row => ({
  id: rowId(revision, 0),
  key,
  createRevision: revision,
  value: Buffer.from(key),
});

const keysOf = (log: SqliteLog): string[] =>
  [...log.read()].flatMap((packed) => [...unpackRows(packed)].map(({ key }) => key));

function withFile(body: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-log-'));
  try {
    body(join(folder, 'store.db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a write that fails half-way leaves nothing, and the next one works', () =>
  withFile((file) => {
    const log = SqliteLog.open(file);
    log.write([packRows([row(1, 'a')])]);
    assert.throws(() => log.write([packRows([row(2, 'b'), row(1, 'again')])]), /UNIQUE/);
    assert.equal(log.isCommitting, false);
    assert.deepEqual(keysOf(log), ['a']);
    log.write([packRows([row(3, 'c')])]);
    assert.deepEqual(keysOf(log), ['a', 'c']);
    log.close();
  }));

test('rows are forgotten by revision and key, together with what is compacted', () =>
  withFile((file) => {
    const log = SqliteLog.open(file);
    assert.equal(log.compactedRevision, 0);
    const pair = [row(2, 'b'), { ...row(2, 'c'), id: rowId(2, 1) }];
    log.write([packRows([row(1, 'a'), ...pair, row(3, 'b')])]);
    log.forget(3, [1, 2], ['a', 'b']);
    assert.deepEqual([keysOf(log), log.compactedRevision], [['c', 'b'], 3]);
    log.close();
  }));

test('it waits for the disk, alone', () =>
  withFile((file) => {
    const database = openDatabase(file);
    const settings = ['journal_mode', 'synchronous', 'locking_mode'].map(
      (name) => Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0],
    );
    assert.deepEqual(settings, ['wal', 2, 'exclusive']);
    database.close();
  }));

for (const { name, sql } of [
  { name: 'a value', sql: "UPDATE change SET value = 'x'" },
  { name: 'a key', sql: "UPDATE change SET key = 'x'" },
  { name: 'a revision', sql: 'UPDATE change SET id = id + 1' },
  { name: 'its first revision', sql: 'UPDATE change SET create_revision = 7' },
  { name: 'what is compacted', sql: 'UPDATE compaction SET revision = 0' },
]) {
  test(`it is noticed when ${name} has changed`, () =>
    withFile((file) => {
      const log = SqliteLog.open(file);
      log.write([packRows([row(2, 'a')])]);
      log.forget(1, [], []);
      log.close();
      const database = new DatabaseSync(file);
      database.exec(sql);
      database.close();
      const changed = SqliteLog.open(file);
      const read = () => [keysOf(changed), changed.compactedRevision];
      assert.throws(read, (error) => error instanceof DatabaseError && /damaged/.test(`${error}`));
      changed.close();
    }));
}
