import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** How many rows of this size reach the disk a second, in transactions of `group` rows. */
export function bareCommitsPerSecond(
  file: string,
  { rows, group, rowBytes }: { rows: number; group: number; rowBytes: number },
): number {
  const database = new DatabaseSync(file);
  try {
    database.exec(`
      PRAGMA page_size = 8192; PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE change (id INTEGER PRIMARY KEY, key TEXT, created INTEGER, value BLOB);
    `);
    const insert = database.prepare('INSERT INTO change VALUES (?, ?, ?, ?)');
    const value = Buffer.alloc(rowBytes, 'x');
    const startedAt = performance.now();
    for (let n = 0; n < rows; ) {
      database.exec('BEGIN');
      for (let i = 0; i < group && n < rows; i++, n++) {
        insert.run(n, `/registry/pods/bench/item-${n}`, n, value);
      }
      database.exec('COMMIT');
    }
    return (rows * 1000) / (performance.now() - startedAt);
  } finally {
    database.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  }
}
