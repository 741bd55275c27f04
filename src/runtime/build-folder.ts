import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A file below a folder. Paths are relative, with slashes. */
export interface FolderFile {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly size: number;
  readonly linkname?: string;
}

/** What is to be left out, as ignore files say it. */
export interface IgnoredPaths {
  ignores(path: string): boolean;
  readonly hasExceptions: boolean;
}

/** A folder that an image is built from. It isn't followed outside through links. */
export interface BuildFolder {
  list(ignored: IgnoredPaths): Promise<FolderFile[]>;
  open(path: string): AsyncIterable<Uint8Array>;
  readText(path: string): Promise<string | undefined>;
}

/** Opens a folder for building. Nothing is read yet. */
export function openBuildFolder(folder: string): BuildFolder {
  return {
    async list(ignored) {
      const files = await listBelow(folder, '', ignored);
      return files.sort((a, b) => (a.path < b.path ? -1 : 1));
    },
    open: (path) => createReadStream(join(folder, path)),
    async readText(path) {
      try {
        return await readFile(join(folder, path), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}

async function listBelow(
  root: string,
  folder: string,
  ignored: IgnoredPaths,
): Promise<FolderFile[]> {
  const files: FolderFile[] = [];
  for (const name of await readdir(join(root, folder))) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const isIgnored = ignored.ignores(path);
    if (isIgnored && !ignored.hasExceptions) continue; // Spares us node_modules and the like.
    const file = await describe(root, path);
    if (!file) continue;
    const below = file.type === 'directory' ? await listBelow(root, path, ignored) : [];
    // A folder comes along for what an exception takes in below it.
    if (!isIgnored || below.length > 0) files.push(file);
    files.push(...below);
  }
  return files;
}

async function describe(root: string, path: string): Promise<FolderFile | undefined> {
  const stats = await lstat(join(root, path));
  const about = { path, mode: stats.mode & 0o7777, size: stats.size };
  if (stats.isFile()) return { ...about, type: 'file' };
  if (stats.isDirectory()) return { ...about, type: 'directory', size: 0 };
  if (!stats.isSymbolicLink()) return undefined;
  return { ...about, type: 'symlink', size: 0, linkname: await readlink(join(root, path)) };
}
