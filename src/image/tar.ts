import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header, pack } from 'tar-stream';
import { toDate } from '../base/clock.ts';
import type { Bytes } from './storage.ts';

/** What stands in a tar about one file. Times are milliseconds since the epoch. */
export interface TarHeader {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'link';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeMs: number;
  /** Where a symbolic or hard link points. */
  readonly linkname?: string;
}

export interface TarEntry {
  readonly header: TarHeader;
  /** Exactly `header.size` bytes, of files only. */
  readonly content?: Bytes;
}

/** A tar of these entries, made as it is read. Equal entries give equal bytes. */
export async function* writeTar(entries: AsyncIterable<TarEntry> | Iterable<TarEntry>): Bytes {
  const packer = pack();
  const failed = packAll(packer, entries).then(
    () => undefined,
    (error: unknown) => {
      packer.destroy();
      return { error };
    },
  );
  try {
    yield* packer as unknown as Bytes;
  } catch (error) {
    throw (await failed)?.error ?? error;
  }
  const failure = await failed;
  if (failure) throw failure.error;
}

async function packAll(
  packer: ReturnType<typeof pack>,
  entries: AsyncIterable<TarEntry> | Iterable<TarEntry>,
): Promise<void> {
  for await (const { header, content } of entries) {
    const { promise: packed, resolve, reject } = Promise.withResolvers<void>();
    const sink = packer.entry(toLibrary(header), (error) => (error ? reject(error) : resolve()));
    sink.on('error', reject);
    packed.catch(() => {}); // Awaited below, unless the content fails first.
    let size = 0;
    if (header.type === 'file') {
      for await (const chunk of content ?? []) {
        size += chunk.length;
        if (size > header.size) break;
        // Going by chunk keeps no more than one in memory, however large the file.
        if (!sink.write(chunk)) await drained(sink);
      }
      if (size !== header.size) {
        throw new Error(`${header.name} changed its size while it was read`);
      }
      sink.end(null);
    }
    await packed;
  }
  packer.finalize();
}

/** Resolves when the tar takes more; rejects when whoever read it has left. */
function drained(sink: Sink): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onClose = () => reject(new Error('nobody reads the tar any more'));
  sink.once('drain', resolve);
  sink.once('close', onClose);
  return promise.finally(() => {
    sink.off('drain', resolve);
    sink.off('close', onClose);
  });
}

type Sink = ReturnType<ReturnType<typeof pack>['entry']>;

const toLibrary = ({
  mtimeMs,
  linkname,
  ...header
}: TarHeader): Parameters<ReturnType<typeof pack>['entry']>[0] => ({
  ...header,
  mtime: toDate(mtimeMs),
  ...(linkname !== undefined && { linkname }),
});

const BLOCK_BYTES = 512; // A header's size: content begins right after it.

/** An entry as it was found: its content begins at `offset` in the tar. */
export type ReadEntry = Required<TarEntry> & { readonly offset: number };

/** The entries of a tar, in order. An entry's content must be read before the next is asked for. */
export async function* readTar(tar: Bytes): AsyncGenerator<ReadEntry> {
  const reader = extract();
  const fed = pipeline(Readable.from(tar), reader as unknown as Writable);
  fed.catch(() => {}); // The loop below fails with the same error, unless its reader left early.
  for await (const entry of reader) {
    const offset = entry.offset + BLOCK_BYTES;
    yield { header: fromLibrary(entry.header), content: entry as unknown as Bytes, offset };
    entry.resume(); // Skips what wasn't read.
  }
  await fed;
}

function fromLibrary(header: Header): TarHeader {
  const known = ['directory', 'symlink', 'link'] as const;
  return {
    name: header.name,
    type: known.find((type) => type === header.type) ?? 'file',
    mode: header.mode,
    uid: header.uid,
    gid: header.gid,
    size: header.size,
    mtimeMs: header.mtime.getTime(),
    ...(header.linkname && { linkname: header.linkname }),
  };
}
