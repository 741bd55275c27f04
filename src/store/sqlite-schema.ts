import { chmodSync, linkSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** The version of the data that this code reads and writes. */
const SCHEMA_VERSION = 1;

const APPLICATION_ID = 0x74757474; // "tutt", so that `file` and we know whose database it is.

// Rows of a few kilobytes waste less of a large page, and commits write fewer of them: measured.
const PAGE_BYTES = 8192;

// A log of writes rather than a table of entries: appending touches the last page only, and no
// index is needed since all current entries are in memory. See docs/design/store.md.
const CREATE = `
  PRAGMA page_size = ${PAGE_BYTES};
  BEGIN;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
  CREATE TABLE change (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    create_revision INTEGER NOT NULL,
    value BLOB,
    checksum INTEGER NOT NULL
  );
  CREATE TABLE compaction (
    revision INTEGER NOT NULL,
    checksum INTEGER NOT NULL
  );
  COMMIT;
`;

/** Why a database can't be used, in words for whoever runs Tutti. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/** The primary result codes of SQLite that mean something to us. */
export const SQLITE = { ERROR: 1, BUSY: 5, CORRUPT: 11, FULL: 13, NOTADB: 26 } as const;

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
    if (!statSync(file, { throwIfNoEntry: false })) create(file);
    assertOursAsItLies(file);
    database = new DatabaseSync(file);
    // The lock is taken at the first read and kept; the kernel drops it when the process dies.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    assertSound(database, file);
    // Durable means on disk, whatever happens to the machine.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    limitSize(database, maxBytes);
    return database;
  } catch (error) {
    database?.close();
    throw explain(error, file);
  }
}

// Made beside and then linked, so that there is no moment at which it is there but not whole: a
// file that is empty or cut off is always damaged. Linking fails if another process was faster.
function create(file: string): void {
  if (statSync(`${file}-wal`, { throwIfNoEntry: false })) {
    throw damaged(file, 'it is missing, but its log is there');
  }
  const folder = mkdtempSync(`${file}-`);
  try {
    const made = join(folder, 'new');
    const database = new DatabaseSync(made);
    database.exec(CREATE);
    database.close();
    chmodSync(made, 0o600); // Values hold secrets. The log takes over the mode.
    linkSync(made, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Looks at the file alone, since to open it in earnest may move its log into it, which an older
// Tutti has no business to do. A version is therefore changed in the file itself, not in its log.
function assertOursAsItLies(file: string): void {
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    if (pragma(database, 'page_count') === 0) throw damaged(file, 'it is empty');
    assertOurs(database, file);
  } catch (error) {
    // The move of the log was cut off: the file makes sense only together with it.
    if (sqliteCode(error) !== SQLITE.CORRUPT) throw error;
  } finally {
    database.close();
  }
}

function assertOurs(database: DatabaseSync, file: string): void {
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

function assertSound(database: DatabaseSync, file: string): void {
  assertOurs(database, file);
  const fault = pragma(database, 'quick_check(1)');
  if (fault !== 'ok') throw damaged(file, String(fault).replaceAll('\n', ' '));
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

/** Says what an error while opening means for whoever runs Tutti. */
export function explain(error: unknown, file: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { message } = error as Error;
  switch (sqliteCode(error)) {
    case SQLITE.BUSY:
      return new DatabaseError(
        `${file} is in use by another process; stop that one, or choose another data folder`,
        { cause: error },
      );
    case SQLITE.ERROR: // Our statements don't fit what is there.
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
