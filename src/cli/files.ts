import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, sleep } from '../base/clock.ts';
import { CommandError } from './command.ts';
import { isSystemError } from './failure.ts';

/** Whether there is a file or folder, readable or not. */
export const fileExists = (path: string): boolean => existsSync(path);

/** The text of a file. Throws CommandError when it can't be read, or isn't text. */
export function readTextFile(path: string): string {
  try {
    return decodeText(readFileSync(path), path);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw unreadable(path, cause);
  }
}

/** Bytes as the text that they are in UTF-8. Throws CommandError when they are something else. */
export function decodeText(bytes: Uint8Array, origin: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw new CommandError(`${origin} is no text in UTF-8`, {
    advice: 'Is it the right file? Another encoding has to be converted first.',
  });
}

/** Words for a file or folder that can't be read. */
export function unreadable(path: string, cause: unknown): CommandError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const advice = 'Is the path right? It is relative to the folder in which you are.';
    return new CommandError(`there is no file or folder ${path}`, { cause, advice });
  }
  const why = message.replace(/^\w+: /, '').replace(/, \w+( '.*)?$/, '');
  const advice = code === 'EACCES' ? 'Run it as root, or as the owner of that file.' : undefined;
  return new CommandError(`can't read ${path}: ${why}`, { cause, ...(advice && { advice }) });
}

/**
 * Writes a file that readers see whole, old or new. What the path links to is replaced, not the
 * link, and whoever owned the old file, or the folder, owns the new one.
 */
export function replaceFile(path: string, text: string, { mode }: { readonly mode: number }): void {
  makeFolder(dirname(path), 0o700);
  const target = existsSync(path) ? realpathSync(path) : path;
  const fresh = `${target}.new`;
  const file = openSync(fresh, 'w', mode);
  try {
    writeSync(file, text);
    fsyncSync(file); // Else a power cut may leave the new name with nothing in it.
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  own(fresh, ownerOf(target) ?? ownerOf(dirname(target)));
  renameSync(fresh, target);
}

/** Makes a folder that belongs to whoever has the one above it, and those above it first. */
export function makeFolder(path: string, mode: number): void {
  // Node's own way to make the folders above as well never ends where none can be made, as in /proc.
  const above = dirname(path);
  if (existsSync(path)) return;
  if (above !== path) makeFolder(above, mode);
  mkdirSync(path, { mode });
  own(path, ownerOf(above));
}

/** Who owns the file, or else the nearest folder above that there is. */
function ownerOf(path: string): { uid: number; gid: number } | undefined {
  if (existsSync(path)) return statSync(path);
  const above = dirname(path);
  return above === path ? undefined : ownerOf(above);
}

/** Gives a file away, as root under sudo has to. Others own what they make. */
function own(path: string, owner: { uid: number; gid: number } | undefined): void {
  if (owner && process.getuid?.() === 0) chownSync(path, owner.uid, owner.gid);
}

const LOCK_TRIES = 50;
const LOCK_TRY_MS = 40;

/** Works while no other program does that keeps to the lock beside a file, as kubectl does. */
export async function withLock<R>(path: string, clock: Clock, work: () => Promise<R>): Promise<R> {
  const lock = `${path}.lock`;
  makeFolder(dirname(path), 0o700);
  for (let tries = 1; !tryLock(lock); tries++) {
    if (tries >= LOCK_TRIES) {
      throw new CommandError(`another program is changing ${path}`, {
        advice: `When none is, delete ${lock}, which one has left behind.`,
      });
    }
    await sleep(clock, LOCK_TRY_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function tryLock(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
