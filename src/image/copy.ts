import { posix } from 'node:path';
import type { CopyStatement } from './containerfile.ts';
import { compileGlob, isGlob } from './glob.ts';
import type { Rootfs, RootfsFile } from './rootfs.ts';

/** What COPY reads from: a build context, or the file system of another image. */
export interface CopySource {
  /** How messages name it: `the build context`. */
  readonly title: string;
  /** Sorted by path. */
  readonly files: ReadonlyMap<string, RootfsFile>;
  /** Says more of a path that isn't there, such as that it is ignored. */
  explainMissing?(path: string): string | undefined;
}

export interface CopyOptions extends Pick<CopyStatement, 'sources' | 'destination'> {
  readonly workingDirectory: string;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  readonly mode?: number | undefined;
}

/** COPY can't be done as it is written. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
}

/**
 * The files that a COPY puts into an image, by path, as Docker does it: of a folder its content is
 * copied; a file goes into the destination when that is a folder (it ends with a slash, exists as
 * one, or several files come). Also puts them into `rootfs`. Throws CopyError.
 */
export function copyFiles(
  source: CopySource,
  rootfs: Rootfs,
  options: CopyOptions,
): Map<string, RootfsFile> {
  const found = options.sources.flatMap((pattern) => findSources(source, pattern));
  if (found.length === 0) {
    throw new CopyError(`nothing in ${source.title} matches ${options.sources.join(' ')}`);
  }
  const { destination } = options;
  const saysFolder = /(^|\/)\.?\.?$/.test(destination);
  if (found.length > 1 && !saysFolder) {
    throw new CopyError(
      `with several sources the destination must end with a slash: ${destination}/`,
    );
  }
  const absolute = posix.resolve('/', options.workingDirectory, destination).slice(1);
  const target = rootfs.resolve(absolute);
  if (target === undefined) throw new CopyError(`too many symbolic links in ${destination}`);
  const copier = new Copier(source, rootfs, options);
  for (const path of found) {
    const isFolder = path === '' || source.files.get(path)?.type === 'directory';
    if (isFolder) copier.copyFolder(path, target);
    else copier.copyFile(path, saysFolder || isDirectory(rootfs, target), target);
  }
  return copier.made;
}

const isDirectory = (rootfs: Rootfs, path: string): boolean =>
  rootfs.get(path)?.type === 'directory';

/** The paths that a source stands for, links followed: a lone link is copied as what it leads to. */
function findSources(source: CopySource, pattern: string): string[] {
  const path = posix.join('/', pattern).slice(1).replace(/\/$/, '');
  if (!isGlob(path)) {
    const followed = follow(source, path);
    if (followed === '' || source.files.has(followed)) return [followed];
    const why = source.explainMissing?.(path) ?? `it is not in ${source.title}`;
    throw new CopyError(`can't copy ${pattern}: ${why}`);
  }
  const glob = compileGlob(path);
  if (!glob) throw new CopyError(`${pattern} is not a pattern: a [ is not closed`);
  // One pattern may well match nothing (`package.json package-lock.jso[n]`), but not all of them.
  return [...source.files.keys()]
    .filter((candidate) => glob.test(candidate))
    .map((match) => follow(source, match));
}

function follow({ files }: CopySource, path: string): string {
  let at = path;
  for (let links = 0; links < 40; links++) {
    const { linkname } = files.get(at) ?? {};
    if (linkname === undefined) return at;
    at = posix.resolve('/', posix.dirname(at), linkname).slice(1);
  }
  throw new CopyError(`can't copy ${path}: symbolic links go round in circles`);
}

class Copier {
  readonly made = new Map<string, RootfsFile>();
  readonly #source: CopySource;
  readonly #rootfs: Rootfs;
  readonly #options: CopyOptions;

  constructor(source: CopySource, rootfs: Rootfs, options: CopyOptions) {
    this.#source = source;
    this.#rootfs = rootfs;
    this.#options = options;
  }

  copyFile(path: string, intoFolder: boolean, target: string): void {
    const name = intoFolder ? join(target, posix.basename(path)) : target;
    const existing = this.#rootfs.get(name);
    if (existing?.type === 'directory') throw new CopyError(`/${name} is a folder in the image`);
    this.makeFolder(posix.dirname(`/${name}`).slice(1));
    this.#put(name, this.#source.files.get(path)!);
  }

  copyFolder(folder: string, target: string): void {
    const existing = this.#rootfs.get(target);
    if (existing && existing.type !== 'directory') {
      throw new CopyError(`can't copy a folder to /${target}: it is a file in the image`);
    }
    // A folder that is there keeps its owner and mode; a new one takes them from what is copied.
    if (!existing) this.makeFolder(posix.dirname(`/${target}`).slice(1));
    const itself = this.#source.files.get(folder);
    if (!existing) itself ? this.#put(target, itself) : this.makeFolder(target);
    const prefix = folder === '' ? '' : `${folder}/`;
    for (const [path, file] of this.#source.files) {
      if (path !== '' && path.startsWith(prefix))
        this.#put(join(target, path.slice(prefix.length)), file);
    }
  }

  /** Makes a folder and those above it, as far as they aren't there. */
  makeFolder(path: string): void {
    const existing = this.#rootfs.get(this.#rootfs.resolve(path) ?? path);
    if (existing?.type === 'directory') return;
    if (existing) throw new CopyError(`/${path} is a file in the image`);
    this.makeFolder(posix.dirname(`/${path}`).slice(1));
    const { uid, gid } = this.#options.owner ?? { uid: 0, gid: 0 };
    this.#record(path, { type: 'directory', mode: 0o755, uid, gid, size: 0 });
  }

  #put(path: string, file: RootfsFile): void {
    const existing = this.#rootfs.get(path);
    const isFolder = file.type === 'directory';
    if (existing && (existing.type === 'directory') !== isFolder && existing.type !== 'symlink') {
      throw new CopyError(`/${path} is a ${isFolder ? 'file' : 'folder'} in the image`);
    }
    const { uid, gid } = this.#options.owner ?? file;
    const mode = file.type === 'symlink' ? file.mode : (this.#options.mode ?? file.mode);
    this.#record(path, { ...file, uid, gid, mode });
  }

  #record(path: string, file: RootfsFile): void {
    this.#rootfs.set(path, file);
    this.made.set(path, file);
  }
}

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
