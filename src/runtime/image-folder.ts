import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, sleep } from '../base/clock.ts';
import { type Random, uuid } from '../base/random.ts';
import { RuntimeFailure } from './cri.ts';

/** An `index.json`, as far as a folder cares. */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly manifests: readonly {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
  }[];
}

/**
 * Images in a folder, as an OCI image layout that other tools can read too. Several processes may
 * use it at once: files appear whole, and the index is changed under a lock.
 */
export interface ImageFolder<Index extends ImageIndex> {
  putBlob(content: AsyncIterable<Uint8Array>): Promise<{ digest: string; size: number }>;
  openBlob(digest: string, part?: { offset: number; size: number }): AsyncIterable<Uint8Array>;
  hasBlob(digest: string): Promise<boolean>;
  readIndex(): Promise<Index>;
  updateIndex(change: (index: Index) => Index): Promise<void>;
  removeBlobsExcept(keep: ReadonlySet<string>): Promise<void>;
}

// A blob this young may belong to an image that another process is just making.
const UNUSED_BLOB_MIN_AGE_MS = 10 * 60_000;
const LOCK_POLL_MS = 10;
const LOCK_STALE_MS = 10_000;

/** Opens the folder, making it when it isn't there. */
export async function openImageFolder<Index extends ImageIndex>(
  clock: Clock,
  random: Random,
  folder: string,
): Promise<ImageFolder<Index>> {
  const blobs = join(folder, 'blobs', 'sha256');
  const incoming = join(folder, 'incoming');
  const indexPath = join(folder, 'index.json');
  await mkdir(blobs, { recursive: true });
  await mkdir(incoming, { recursive: true });
  await writeWhole(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');

  function pathOf(digest: string): string {
    const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
    if (hex === undefined) throw new RuntimeFailure('permanent', `not a digest: ${digest}`);
    return join(blobs, hex);
  }

  async function writeWhole(path: string, text: string): Promise<void> {
    const part = join(incoming, uuid(random));
    const file = await open(part, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  }

  async function readIndex(): Promise<Index> {
    const text = await readFile(indexPath, 'utf8').catch(ifMissing(undefined));
    const empty = { schemaVersion: 2, manifests: [] } as ImageIndex;
    return (text === undefined ? empty : JSON.parse(text)) as Index;
  }

  async function locked<T>(task: () => Promise<T>): Promise<T> {
    const lock = join(folder, 'index.lock');
    while (!(await tryLock(lock))) {
      const held = await stat(lock).catch(ifMissing(undefined));
      // Nobody changes an index for seconds: whoever holds it has died.
      if (held && clock.now() - held.mtimeMs > LOCK_STALE_MS)
        await rm(lock, { recursive: true, force: true });
      else await sleep(clock, LOCK_POLL_MS);
    }
    try {
      return await task();
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }

  async function removeIfOld(path: string): Promise<void> {
    const found = await stat(path).catch(ifMissing(undefined)); // Others remove, too.
    const ageMs = found ? clock.now() - found.mtimeMs : 0;
    if (ageMs > UNUSED_BLOB_MIN_AGE_MS) await rm(path, { force: true });
  }

  return {
    async putBlob(content) {
      const part = join(incoming, uuid(random));
      const hash = createHash('sha256');
      let size = 0;
      try {
        // Opened before anything else, so that a failure finds a file to remove.
        const file = await open(part, 'w');
        try {
          for await (const chunk of content) {
            hash.update(chunk);
            size += chunk.length;
            await file.appendFile(chunk);
          }
          await file.sync();
        } finally {
          await file.close();
        }
        const digest = `sha256:${hash.digest('hex')}`;
        await rename(part, pathOf(digest));
        return { digest, size };
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },
    openBlob(digest, part) {
      const range = part && { start: part.offset, end: part.offset + part.size - 1 };
      return part?.size === 0 ? nothing() : createReadStream(pathOf(digest), range);
    },
    hasBlob: (digest) => access(pathOf(digest)).then(() => true, ifMissing(false)),
    readIndex,
    updateIndex: (change) =>
      locked(async () => writeWhole(indexPath, JSON.stringify(change(await readIndex())))),
    async removeBlobsExcept(keep) {
      for (const name of await readdir(blobs)) {
        if (!keep.has(`sha256:${name}`)) await removeIfOld(join(blobs, name));
      }
      // Left by processes that were killed.
      for (const name of await readdir(incoming)) await removeIfOld(join(incoming, name));
    },
  };
}

async function* nothing(): AsyncIterable<Uint8Array> {}

/** Making a folder either succeeds for one, or fails for all others: a lock on every filesystem. */
const tryLock = (path: string): Promise<boolean> =>
  mkdir(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );

const ifMissing =
  <T>(value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
