import { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { gunzipped } from './archive.ts';
import type { StoredImage } from './library.ts';
import type { Descriptor, Digest } from './oci.ts';
import type { Bytes, ImageStorage } from './storage.ts';
import { readTar } from './tar.ts';

/** A file in the file system of an image. */
export interface RootfsFile {
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly linkname?: string;
  /** The bytes of a file, as often as wanted. */
  readonly open?: () => Bytes;
}

const LINKS_MAX = 40; // As many as Linux follows.

/** What an image's layers add up to: files by path, without a leading slash; the root is `''`. */
export class Rootfs {
  readonly #files = new Map<string, RootfsFile>();

  get(path: string): RootfsFile | undefined {
    return path === '' ? ROOT : this.#files.get(path);
  }

  set(path: string, file: RootfsFile): void {
    this.#files.set(path, file);
  }

  /** Removes a file or a folder with all that is in it. */
  remove(path: string): void {
    this.#files.delete(path);
    this.removeContents(path);
  }

  removeContents(folder: string): void {
    const prefix = folder === '' ? '' : `${folder}/`;
    for (const path of this.#files.keys()) if (path.startsWith(prefix)) this.#files.delete(path);
  }

  /** All files, sorted by path. */
  list(): [path: string, file: RootfsFile][] {
    return [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /**
   * Where a path leads when symbolic links on the way are followed inside the image, the last step
   * too. What doesn't exist is taken as it stands. Undefined when links go round in circles.
   */
  resolve(path: string): string | undefined {
    const steps = path.split('/').filter((step) => step !== '' && step !== '.');
    let at = '';
    for (let links = 0; steps.length > 0; ) {
      const step = steps.shift()!;
      if (step === '..') {
        at = at.slice(0, Math.max(at.lastIndexOf('/'), 0));
        continue;
      }
      const next = at === '' ? step : `${at}/${step}`;
      const { linkname } = this.get(next) ?? {};
      if (linkname === undefined) {
        at = next;
        continue;
      }
      if (++links > LINKS_MAX) return undefined;
      if (linkname.startsWith('/')) at = '';
      steps.unshift(...linkname.split('/').filter((part) => part !== '' && part !== '.'));
    }
    return at;
  }
}

const ROOT: RootfsFile = { type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0 };

/** Reads what an image's layers add up to. Contents stay where they are until they are opened. */
export async function readRootfs(storage: ImageStorage, image: StoredImage): Promise<Rootfs> {
  const rootfs = new Rootfs();
  for (const [i, layer] of image.manifest.layers.entries()) {
    await applyLayer(
      rootfs,
      storage,
      await plainLayer(storage, layer, image.config.rootfs.diff_ids[i]),
    );
  }
  return rootfs;
}

/** The digest of a layer as a plain tar, in which files can be reached directly. */
async function plainLayer(
  storage: ImageStorage,
  { digest, mediaType }: Descriptor,
  diffId: Digest | undefined,
): Promise<Digest> {
  if (diffId !== undefined && (await storage.hasBlob(diffId))) return diffId;
  const content = storage.openBlob(digest);
  const plain = mediaType.endsWith('zstd')
    ? Readable.from(content).compose(createZstdDecompress())
    : await gunzipped(content);
  return (await storage.putBlob(plain)).digest;
}

async function applyLayer(rootfs: Rootfs, storage: ImageStorage, digest: Digest): Promise<void> {
  for await (const { header, offset } of readTar(storage.openBlob(digest))) {
    const path = header.name.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(slash, 0));
    const name = path.slice(slash + 1);
    if (path === '' || path === '.') continue;
    if (name === '.wh..wh..opq') {
      rootfs.removeContents(folder);
    } else if (name.startsWith('.wh.')) {
      rootfs.remove(folder === '' ? name.slice(4) : `${folder}/${name.slice(4)}`);
    } else if (header.type === 'link') {
      const target = rootfs.get((header.linkname ?? '').replace(/^(\.?\/)+/, ''));
      if (target) rootfs.set(path, target);
    } else {
      const { type, mode, uid, gid, size, linkname } = header;
      // A folder's own entry again, in a higher layer, only changes what is said about it.
      if (type !== 'directory' && rootfs.get(path)) rootfs.remove(path);
      const about = { type, mode: mode & 0o7777, uid, gid, size };
      if (type === 'file') {
        rootfs.set(path, {
          ...about,
          type,
          open: () => storage.openBlob(digest, { offset, size }),
        });
      } else {
        rootfs.set(path, { ...about, type, ...(linkname !== undefined && { linkname }) });
      }
    }
  }
}
