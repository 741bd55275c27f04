import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { packRows, type Row, rowId, unpackRows } from './sqlite-rows.ts';
import { damaged, explain, openDatabase } from './sqlite-schema.ts';

// Read so many bytes of values at a time, so that they are used while the next are being read.
const CHUNK_BYTES = 1 << 20;

/** The log of writes in a database. Whatever writes is one transaction, and durable on return. */
export class SqliteLog {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #compact: StatementSync;
  #isCommitting = false;

  private constructor(file: string, database: DatabaseSync) {
    this.#file = file;
    this.#database = database;
    this.#insert = database.prepare('INSERT INTO change VALUES (?, ?, ?, ?, ?)');
    this.#delete = database.prepare('DELETE FROM change WHERE id BETWEEN ? AND ? AND key = ?');
    this.#compact = database.prepare('INSERT INTO compaction VALUES (?, ?)');
  }

  /** Opens or makes the database. Throws DatabaseError. */
  static open(file: string, maxBytes?: number): SqliteLog {
    const database = openDatabase(file, maxBytes);
    try {
      return new SqliteLog(file, database);
    } catch (error) {
      database.close();
      throw explain(error, file);
    }
  }

  /** The compacted revision. Throws DatabaseError. */
  get compactedRevision(): number {
    const found = this.#database.prepare('SELECT revision, checksum FROM compaction').get();
    const { revision, checksum } = (found ?? NEVER_COMPACTED) as typeof NEVER_COMPACTED;
    if (checksum !== crc32(String(revision))) throw damaged(this.#file, 'checksum of compaction');
    return revision;
  }

  /** After a failed write: whether everything had been handed over, and may be on disk after all. */
  get isCommitting(): boolean {
    return this.#isCommitting;
  }

  /** All rows in the order of their ids, packed, some at a time. Throws DatabaseError. */
  *read(): Generator<Uint8Array<ArrayBuffer>> {
    let rows: StoredRow[] = [];
    let bytes = 0;
    for (const row of this.#select()) {
      rows.push(row);
      bytes += row.key.length + (row.value?.length ?? 0);
      if (bytes < CHUNK_BYTES) continue;
      yield this.#pack(rows);
      [rows, bytes] = [[], 0];
    }
    yield this.#pack(rows);
  }

  /** Adds rows, packed some at a time. */
  write(packed: readonly Uint8Array[]): void {
    this.#transact(() => {
      for (const some of packed) {
        for (const { id, key, createRevision, value, bytes } of unpackRows(some)) {
          this.#insert.run(id, key, createRevision, value ?? null, crc32(bytes));
        }
      }
    });
  }

  /** Deletes rows, by the revision and key of each, and notes what can't be read any more. */
  forget(compactedRevision: number, revisions: readonly number[], keys: readonly string[]): void {
    this.#transact(() => {
      for (const [i, revision] of revisions.entries()) {
        this.#delete.run(rowId(revision, 0), rowId(revision + 1, 0) - 1, keys[i]!);
      }
      this.#database.exec('DELETE FROM compaction');
      this.#compact.run(compactedRevision, crc32(String(compactedRevision)));
    });
  }

  close(): void {
    this.#database.close();
  }

  #select(): Iterable<StoredRow> {
    const columns = 'id, key, create_revision AS createRevision, value, checksum';
    const select = this.#database.prepare(`SELECT ${columns} FROM change ORDER BY id`);
    return select.iterate() as Iterable<unknown> as Iterable<StoredRow>;
  }

  #pack(rows: readonly StoredRow[]): Uint8Array<ArrayBuffer> {
    const packed = packRows(rows);
    let i = 0;
    for (const { key, bytes } of unpackRows(packed)) {
      // SQLite finds what is wrong with its pages, but not what is wrong in a value.
      if (crc32(bytes) !== rows[i++]!.checksum) throw damaged(this.#file, `checksum of ${key}`);
    }
    return packed;
  }

  #transact(work: () => void): void {
    this.#isCommitting = false;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#isCommitting = true;
      this.#database.exec('COMMIT');
    } catch (error) {
      // SQLite undoes some failures by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

const NEVER_COMPACTED = { revision: 0, checksum: crc32('0') };

interface StoredRow extends Row {
  readonly checksum: number;
}
