import { closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** The version of the data that this code reads and writes. */
export const SCHEMA_VERSION = 1;

const APPLICATION_ID = 0x74757474; // "tutt", so that `file` and we know whose database it is.

// Rows of a few kilobytes waste less of a large page, and commits write fewer of them: measured.
const PAGE_BYTES = 8192;

// A log of writes rather than a table of entries: appending touches the last page only, and no
// index is needed since all current entries are in memory. See docs/design/store.md.
const TABLES = `
  CREATE TABLE change (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    create_revision INTEGER NOT NULL,
    value BLOB,
    checksum INTEGER NOT NULL
  );
  CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    compacted_revision INTEGER NOT NULL
  );
  INSERT INTO meta VALUES (1, 0);
`;

/** Why a database can't be used, in words for whoever runs Tutti. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/** SQLite's primary result codes that mean something to us. */
export const SQLITE = { BUSY: 5, READONLY: 8, CORRUPT: 11, FULL: 13, NOTADB: 26 } as const;

/** SQLite's primary result code, when it is SQLite that failed. */
export function sqliteCode(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: number };
  return errcode === undefined ? undefined : errcode & 0xff;
}

/**
 * Opens the database of a store, for this process alone, or makes it. Throws DatabaseError when it
 * is in use, newer, somebody else's, damaged or out of reach, and loses nothing that is in it.
 */
export function openDatabase(file: string, maxBytes?: number): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (!createFile(file)) assertOurs(file);
    database = new DatabaseSync(file);
    // The lock is taken at the first read and kept; the kernel drops it when the process dies.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    if (pragma(database, 'page_count') === 0) create(database);
    else verify(database, file);
    // Durable means on disk, whatever happens to the machine.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    limitSize(database, maxBytes);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof DatabaseError ? error : explain(error, file);
  }
}

/** Makes the file when it isn't there. Returns whether there is nothing in it. */
function createFile(file: string): boolean {
  const bytes = sizeOf(file);
  // Values hold secrets. The files that SQLite puts beside this one take over its mode.
  if (bytes === undefined) closeSync(openSync(file, 'wx', 0o600));
  if (bytes) return false;
  // SQLite would take it for a new database and throw the log away.
  if (sizeOf(`${file}-wal`)) throw damaged(file, 'it is empty but its log is not');
  return true;
}

const sizeOf = (file: string): number | undefined =>
  statSync(file, { throwIfNoEntry: false })?.size;

// Looks at the file as it lies there, since opening it in earnest may move its log into it, which
// an older Tutti has no business to do. Sound because `create` puts the versions into the file
// itself, not its log.
function assertOurs(file: string): void {
  if (sizeOf(`${file}-journal`)) return; // Was cut off while it was made: SQLite undoes that.
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    assertVersion(database, file);
  } finally {
    database.close();
  }
}

function assertVersion(database: DatabaseSync, file: string): void {
  if (pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new DatabaseError(
      `${file} is not a Tutti database; choose another data folder, or move that file away`,
    );
  }
  const version = Number(pragma(database, 'user_version'));
  if (version > SCHEMA_VERSION) {
    throw new DatabaseError(
      `${file} was written by a newer Tutti (its data has version ${version}, this Tutti reads ` +
        `version ${SCHEMA_VERSION}); use that Tutti, nothing was changed`,
    );
  }
}

function verify(database: DatabaseSync, file: string): void {
  assertVersion(database, file);
  const fault = pragma(database, 'quick_check(1)');
  if (fault !== 'ok') throw damaged(file, String(fault).replaceAll('\n', ' '));
}

// Without the log of WAL mode, which comes after, so that the file itself says what it is.
function create(database: DatabaseSync): void {
  database.exec(`
    PRAGMA page_size = ${PAGE_BYTES};
    BEGIN EXCLUSIVE;
    ${TABLES}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${SCHEMA_VERSION};
    COMMIT;
  `);
}

function limitSize(database: DatabaseSync, maxBytes: number | undefined): void {
  if (maxBytes === undefined) return;
  database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / PAGE_BYTES))}`);
}

function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/** The error for a database of which something is missing or wrong. */
export function damaged(file: string, fault: string, cause?: unknown): DatabaseError {
  return new DatabaseError(
    `${file} is damaged (${fault}); put a backup in its place, or move it and ${file}-wal away ` +
      'to begin with an empty cluster',
    { cause },
  );
}

/** Says what an error of SQLite or of the file system means for whoever runs Tutti. */
export function explain(error: unknown, file: string): DatabaseError {
  const { message } = error as Error;
  switch (sqliteCode(error)) {
    case SQLITE.BUSY:
      return new DatabaseError(
        `${file} is in use by another process; stop that one, or choose another data folder`,
        { cause: error },
      );
    case SQLITE.CORRUPT:
    case SQLITE.NOTADB:
      return damaged(file, message, error);
    default:
      return new DatabaseError(
        `${file} can't be opened: ${message}; see that its folder exists, is writable and has room`,
        { cause: error },
      );
  }
}
