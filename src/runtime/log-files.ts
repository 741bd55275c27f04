import { watch } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Clock, parseTime, toTime } from '../base/clock.ts';

/** One line of a log in CRI's format: `2026-01-31T09:00:00.123456789Z stdout F text`. */
export interface LogLine {
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** More of the same line follows in the next one. */
  readonly partial: boolean;
  readonly content: Buffer;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;

/** Reads a line, without its end; undefined when it isn't in CRI's format. */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const afterTime = line.indexOf(SPACE);
  const afterStream = line.indexOf(SPACE, afterTime + 1);
  if (afterTime < 0 || afterStream < 0) return undefined;
  const stream = line.toString('latin1', afterTime + 1, afterStream);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const space = line.indexOf(SPACE, afterStream + 1);
  const afterTags = space < 0 ? line.length : space;
  const [kind] = line.toString('latin1', afterStream + 1, afterTags).split(':');
  if (kind !== 'F' && kind !== 'P') return undefined;
  return {
    time: line.toString('latin1', 0, afterTime),
    stream,
    partial: kind === 'P',
    content: line.subarray(Math.min(afterTags + 1, line.length)),
  };
}

export interface ReadLogOptions {
  /** Only the last so many lines. */
  readonly tailLines?: number;
  /** Only lines from then on, in milliseconds since the epoch. */
  readonly sinceMs?: number;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
  /** Goes on with what is written from now on, until this says that nothing more will come. */
  readonly follow?: () => boolean;
}

const BLOCK_BYTES = 64 * 1024;
const FOLLOW_POLL_MS = 500; // For file systems that don't tell about changes.

/**
 * The text of a container's log as users see it, in pieces. A file that isn't there yet is empty.
 * Following goes over to the new file when the log is rotated.
 */
export async function* readLog(
  clock: Clock,
  path: string,
  options: ReadLogOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const piece of pieces(clock, path, options, signal)) {
    const shown = piece.length > left ? piece.subarray(0, left) : piece;
    left -= shown.length;
    if (shown.length > 0) yield shown;
    if (left <= 0) return;
  }
}

async function* pieces(
  clock: Clock,
  path: string,
  options: ReadLogOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const changes = options.follow && followChanges(clock, path, signal);
  let file = await openIfThere(path);
  try {
    let reader = new LineReader(file && (await tailStart(file, options.tailLines)));
    while (!signal.aborted) {
      const ended = options.follow === undefined || !options.follow();
      const lines = file ? await reader.read(file) : [];
      const text = lines.flatMap((line) => shownLine(line, options));
      if (text.length > 0) yield Buffer.concat(text);
      if (lines.length > 0) continue;
      const next = await newerFile(path, file);
      if (next) {
        await file?.close();
        file = next;
        reader = new LineReader(0);
      } else if (ended || !changes) return;
      else await changes.next();
    }
  } finally {
    changes?.stop();
    await file?.close();
  }
}

/** Cuts what is appended to a file into lines. */
class LineReader {
  #offset: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(offset = 0) {
    this.#offset = offset;
  }

  /** The next whole lines; none when there is nothing new. */
  async read(file: FileHandle): Promise<LogLine[]> {
    for (;;) {
      const block = Buffer.allocUnsafe(BLOCK_BYTES);
      const { bytesRead } = await file.read(block, 0, BLOCK_BYTES, this.#offset);
      if (bytesRead === 0) return [];
      this.#offset += bytesRead;
      const bytes = Buffer.concat([this.#rest, block.subarray(0, bytesRead)]);
      const lines: LogLine[] = [];
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        const line = parseLogLine(bytes.subarray(start, end));
        if (line) lines.push(line);
        start = end + 1;
      }
      this.#rest = bytes.subarray(start);
      if (lines.length > 0) return lines;
    }
  }
}

const LINE_END = Buffer.from('\n');

function shownLine(line: LogLine, { sinceMs, timestamps }: ReadLogOptions): Buffer[] {
  if (sinceMs !== undefined && (parseTime(line.time) ?? 0) < sinceMs) return [];
  const shown = timestamps ? [Buffer.from(`${line.time} `), line.content] : [line.content];
  return line.partial ? shown : [...shown, LINE_END];
}

/** Where the last so many lines begin. */
async function tailStart(file: FileHandle, lines: number | undefined): Promise<number> {
  if (lines === undefined) return 0;
  const { size } = await file.stat();
  if (lines === 0) return size;
  let found = 0;
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  for (let end = size; end > 0; end -= Math.min(BLOCK_BYTES, end)) {
    const start = Math.max(0, end - BLOCK_BYTES);
    await file.read(block, 0, end - start, start);
    for (let at = end - start - 1; at >= 0; at--) {
      // The end of the last line is where counting begins.
      if (block[at] === NEWLINE && start + at !== size - 1 && ++found === lines) {
        return start + at + 1;
      }
    }
  }
  return 0;
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch {
    return undefined;
  }
}

/** The file that now has the name, if it isn't the one that is open. */
async function newerFile(
  path: string,
  file: FileHandle | undefined,
): Promise<FileHandle | undefined> {
  const next = await openIfThere(path);
  if (!next || !file) return next;
  const [a, b] = await Promise.all([file.stat(), next.stat()]);
  if (a.ino !== b.ino) return next;
  await next.close();
  return undefined;
}

/** Waits for the next change in a file's folder, or a little while, or for the signal. */
function followChanges(clock: Clock, path: string, signal: AbortSignal) {
  let hasChanged = false; // Also while nobody waited.
  let wake: () => void = () => {};
  const onChange = () => {
    hasChanged = true;
    wake();
  };
  const watcher = watchIfThere(dirname(path), onChange);
  signal.addEventListener('abort', onChange);
  return {
    async next(): Promise<void> {
      if (!hasChanged && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const cancel = clock.after(FOLLOW_POLL_MS, resolve);
        await promise;
        cancel();
      }
      hasChanged = false;
    },
    stop() {
      watcher?.close();
      signal.removeEventListener('abort', onChange);
    },
  };
}

function watchIfThere(folder: string, onChange: () => void) {
  try {
    const watcher = watch(folder, onChange);
    return watcher.on('error', () => watcher.close()); // Looking now and then is enough.
  } catch {
    return undefined;
  }
}

/** The end of a log as plain text: for containers that leave no other last words. */
export async function logTail(
  path: string,
  { maxLines, maxBytes }: { readonly maxLines: number; readonly maxBytes: number },
): Promise<string> {
  const file = await openIfThere(path);
  if (!file) return '';
  try {
    const reader = new LineReader(await tailStart(file, maxLines));
    const text: Buffer[] = [];
    for (;;) {
      const lines = await reader.read(file);
      if (lines.length === 0) break;
      text.push(...lines.flatMap((line) => shownLine(line, {})));
    }
    return Buffer.concat(text).subarray(-maxBytes).toString('utf8');
  } finally {
    await file.close();
  }
}

/** How large logs may become, and how many of a container are kept, the present one among them. */
export interface LogLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Sets a log aside under a dated name when it is larger than allowed, has the runtime begin a new
 * file, and removes the oldest of those set aside. Whoever writes a log that isn't there, since an
 * earlier attempt was cut off, begins a new one as well. Rejects when the runtime can't; then the log
 * has its name again, and is found too large the next time.
 */
export async function rotateLog(
  path: string,
  { maxBytes, maxFiles, now }: LogLimits,
  reopen: () => Promise<void>,
): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found && found.size <= maxBytes) return false;
  const dated = toTime(now).replace(/[-:Z]/g, '').replace('T', '-');
  if (found) await rename(path, `${path}.${dated}`);
  try {
    await reopen();
  } catch (error) {
    if (found) await rename(`${path}.${dated}`, path);
    throw error;
  }
  const names = await readdir(dirname(path));
  const old = names.filter((name) => name.startsWith(`${basename(path)}.`)).sort();
  for (const name of old.slice(0, Math.max(0, old.length - (maxFiles - 1)))) {
    await rm(join(dirname(path), name), { force: true });
  }
  return true;
}
