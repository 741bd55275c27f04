import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, sleep } from '../base/clock.ts';
import { CommandError } from '../cli/command.ts';
import type { DataFolder } from './data-folder.ts';

/** What a process does on a data folder; two may do different things. */
export type Role = 'cluster' | 'server' | 'node';

/** Another process does that on the data folder. */
export class FolderInUse extends CommandError {
  /** Its number, where the system tells. */
  readonly pid: number | undefined;

  constructor({ path }: DataFolder, pid: number | undefined) {
    super(`the data folder ${path} is in use by ${pid ? `process ${pid}` : 'another process'}`, {
      advice: `Stop that one${pid ? ` ("ps ${pid}" shows it)` : ''}, or choose another folder with --data.`,
    });
    this.pid = pid;
  }
}

/** Keeps every other process from doing the same on a data folder. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder for what this process does there. The kernel lets it go when the process ends,
 * however that comes. Throws FolderInUse.
 */
export function lockFolder(folder: DataFolder, role: Role): FolderLock {
  const taken: DatabaseSync[] = [];
  const release = () => {
    for (const database of taken) {
      held.delete(database);
      database.close();
    }
  };
  try {
    if (role !== 'node') taken.push(lockFile(folder.lock, folder));
    if (role !== 'server') taken.push(lockFile(folder.nodeLock, folder));
  } catch (error) {
    release();
    throw error;
  }
  return { release };
}

/** What nobody refers to is closed some day, and the lock would be gone. */
const held = new Set<DatabaseSync>();

const SQLITE_BUSY = 5;

/** Node has no locks on files. SQLite's are just that, and right on every file system. */
function lockFile(file: string, folder: DataFolder): DatabaseSync {
  // Who may read it could lock it. Only of a new file: closing another would let go of our own lock.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  const database = new DatabaseSync(file);
  try {
    // Nothing is ever written, so there is nothing to keep a journal of.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    held.add(database);
    return database;
  } catch (error) {
    database.close();
    const { errcode = 0 } = error as { errcode?: number };
    if ((errcode & 0xff) === SQLITE_BUSY) throw new FolderInUse(folder, holderOf(file));
    throw error;
  }
}

const TRY_MS = 20;

/** Takes the folder for a cluster, but gives other processes time to end. */
export async function lockFolderWithin(
  clock: Clock,
  folder: DataFolder,
  timeoutMs: number,
): Promise<FolderLock> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    try {
      return lockFolder(folder, 'cluster');
    } catch (error) {
      if (!(error instanceof FolderInUse) || clock.monotonicMs() > deadlineMs) throw error;
    }
    await sleep(clock, TRY_MS);
  }
}

/** The process that holds a lock on a file, as the kernel lists it: `… WRITE 812 fe:01:1835 …`. */
function holderOf(file: string): number | undefined {
  const { ino } = statSync(file);
  const lines = readFileSync('/proc/locks', 'utf8').split('\n');
  const holder = lines.find((line) => line.includes('WRITE') && line.includes(`:${ino} `));
  const pid = Number(/WRITE\s+(\d+)/.exec(holder ?? '')?.[1] ?? 0);
  return pid > 0 ? pid : undefined;
}
