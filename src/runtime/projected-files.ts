import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { RuntimeFailure } from './cri.ts';

/** A file of a volume that shows objects of the API. */
export interface ProjectedFile {
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  /** Its owner; root unless said. */
  readonly uid?: number;
}

/** Files by their paths in the volume. */
export type ProjectedFiles = ReadonlyMap<string, ProjectedFile>;

const DATA = '..data';
const DATA_NEXT = '..data_next';
const VERSION = '..version-';

/**
 * Makes a folder show these files and no others, in one step: whoever reads while they change sees
 * all old or all new ones. Answers whether anything had to change. With a group, it may read all.
 *
 * The files are in a folder of their own per version; `..data` points to the present one, and what
 * users see are links through it. So a change is one rename of `..data`.
 */
export function writeProjectedFiles(
  folder: string,
  files: ProjectedFiles,
  group?: number,
): boolean {
  for (const path of files.keys()) requireWithin(path);
  mkdirSync(folder, { recursive: true });
  const before = presentVersion(folder);
  if (before && shows(join(folder, before), files, group)) return false;
  const version = mkdtempSync(join(folder, VERSION));
  chmodSync(version, 0o755);
  for (const [path, file] of files) writeFile(version, path, file, group);
  symlinkSync(version.slice(folder.length + 1), join(folder, DATA_NEXT));
  renameSync(join(folder, DATA_NEXT), join(folder, DATA));
  linkNames(folder, new Set(Array.from(files.keys(), (path) => path.split('/')[0]!)));
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.startsWith(VERSION) && path !== version) rmSync(path, { recursive: true });
  }
  return true;
}

/** Paths come from objects. Validation has seen them; what writes as root looks for itself. */
function requireWithin(path: string): void {
  if (path.startsWith('/') || path.startsWith('..') || path.split('/').includes('..')) {
    throw new RuntimeFailure('permanent', `${JSON.stringify(path)} is no path within a volume`);
  }
}

function presentVersion(folder: string): string | undefined {
  rmSync(join(folder, DATA_NEXT), { force: true }); // Left by a process that was killed just there.
  try {
    return readlinkSync(join(folder, DATA));
  } catch {
    return undefined;
  }
}

/** Whether a version has exactly these files. */
function shows(version: string, files: ProjectedFiles, group: number | undefined): boolean {
  try {
    const paths = readdirSync(version, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(version.length + 1));
    if (paths.length !== files.size) return false;
    return paths.every((path) => {
      const file = files.get(path);
      if (!file) return false;
      const stat = lstatSync(join(version, path));
      const same = (stat.mode & 0o7777) === modeOf(file, group) && stat.uid === (file.uid ?? 0);
      return same && readFileSync(join(version, path)).equals(file.content);
    });
  } catch {
    return false;
  }
}

const modeOf = ({ mode }: ProjectedFile, group: number | undefined): number =>
  group === undefined ? mode : mode | 0o440;

function writeFile(
  version: string,
  path: string,
  file: ProjectedFile,
  group: number | undefined,
): void {
  const target = join(version, path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  writeFileSync(target, file.content);
  if (file.uid !== undefined || group !== undefined) {
    chownSync(target, file.uid ?? 0, group ?? 0);
  }
  chmodSync(target, modeOf(file, group)); // Not with the write, where the umask would take part.
}

/** What users see: a link per name, through `..data`. */
function linkNames(folder: string, names: ReadonlySet<string>): void {
  const present = readdirSync(folder).filter((name) => !name.startsWith('..'));
  for (const name of present) {
    if (!names.has(name)) rmSync(join(folder, name), { force: true });
  }
  for (const name of names) {
    if (!present.includes(name)) symlinkSync(`${DATA}/${name}`, join(folder, name));
  }
}
