import { type Digest, digestOf, type Index, MEDIA_TYPES } from './oci.ts';

/** A stream of bytes that can be read once. */
export type Bytes = AsyncIterable<Uint8Array>;

/**
 * Where images rest: blobs by digest, and the index that names them. The folder form (an OCI image
 * layout on disk) is in `runtime`; it offers the same methods.
 */
export interface ImageStorage {
  /** Keeps a blob and answers its digest. A blob that is there already is left alone. */
  putBlob(content: Bytes): Promise<{ readonly digest: Digest; readonly size: number }>;
  /** The bytes of a blob, or of a part of it. Reading one that isn't there fails. */
  openBlob(digest: Digest, part?: BlobPart): Bytes;
  hasBlob(digest: Digest): Promise<boolean>;
  readIndex(): Promise<Index>;
  /** Replaces the index by what `change` makes of it. Changes run one after another. */
  updateIndex(change: (index: Index) => Index): Promise<void>;
  /** Removes every blob that isn't in `keep`. */
  removeBlobsExcept(keep: ReadonlySet<Digest>): Promise<void>;
}

export interface BlobPart {
  readonly offset: number;
  readonly size: number;
}

const EMPTY_INDEX: Index = {
  schemaVersion: 2,
  mediaType: MEDIA_TYPES.index,
  manifests: [],
};

/** Images in memory, for clusters that live in a process. */
export function createMemoryStorage(): ImageStorage {
  const blobs = new Map<Digest, Uint8Array>();
  let index = EMPTY_INDEX;
  return {
    async putBlob(content) {
      const bytes = await readAll(content);
      const digest = digestOf(bytes);
      blobs.set(digest, bytes);
      return { digest, size: bytes.length };
    },
    async *openBlob(digest, part) {
      const bytes = blobs.get(digest);
      if (bytes === undefined) throw new Error(`no blob ${digest} in the image store`);
      yield part ? bytes.subarray(part.offset, part.offset + part.size) : bytes;
    },
    hasBlob: async (digest) => blobs.has(digest),
    readIndex: async () => index,
    async updateIndex(change) {
      index = change(index);
    },
    async removeBlobsExcept(keep) {
      for (const digest of blobs.keys()) if (!keep.has(digest)) blobs.delete(digest);
    },
  };
}

/** All bytes of a stream. For what is known to be small. */
export async function readAll(content: Bytes): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Keeps bytes that are in memory. */
export function putBytes(
  storage: ImageStorage,
  bytes: Uint8Array,
): ReturnType<ImageStorage['putBlob']> {
  return storage.putBlob(once(bytes));
}

export async function* once(bytes: Uint8Array): Bytes {
  yield bytes;
}
