import { statfsSync } from 'node:fs';
import { type Clock, every } from '../base/clock.ts';
import { CommandError } from '../cli/command.ts';

const LOOK_MS = 500;
/** With less than this, neither the database nor containerd can go on. */
const ROOM_MIN_BYTES = 64 << 10;

/** The error for a data folder whose disk is full. */
export const noSpace = (data: string): CommandError =>
  new CommandError(`there is no space left on the disk of ${data}`, {
    advice: 'Make room there, or choose a folder on another disk with --data.',
  });

/** Whether an error says, in whoever's words, that a disk is full. */
export const isNoSpace = (message: string): boolean =>
  /no space left on device|disk is full|^no room for/.test(message);

/**
 * Aborts when the disk of a data folder is full. Components try again for as long as it takes, which
 * is right for a cluster that runs, but not for one that somebody waits for.
 */
export function watchDisk(
  clock: Clock,
  data: string,
  freeBytes: (path: string) => number = freeBytesAt,
): { readonly signal: AbortSignal; stop(): void } {
  const full = new AbortController();
  const stop = every(clock, LOOK_MS, () => {
    if (freeBytes(data) < ROOM_MIN_BYTES) full.abort(noSpace(data));
  });
  return { signal: full.signal, stop };
}

function freeBytesAt(path: string): number {
  const { bfree, bsize } = statfsSync(path);
  return bfree * bsize;
}
