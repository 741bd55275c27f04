import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { lstat, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { RuntimeFailure } from './cri.ts';
import { isMounted, mountsBelow, mountTmpfs, unmountBelow } from './mounts.ts';
import { runCommand } from './process.ts';
import { type ProjectedFiles, writeProjectedFiles } from './projected-files.ts';

/** An empty volume: on the disk, or in memory. */
export interface EmptyVolume {
  readonly inMemory: boolean;
  readonly sizeBytes?: number;
  /** Who else may write to it. */
  readonly group?: number;
}

/** What the node agent keeps on the machine for each pod. Paths that it answers are absolute. */
export interface PodFiles {
  /** Pods that have files here, by UID. */
  podUids(): string[];
  /** Removes a pod's volumes, with their mounts. Its logs and last words stay. */
  removeVolumes(uid: string): Promise<void>;
  /** Removes all that a pod has here. */
  removePod(uid: string): Promise<void>;
  /** Removes the log of one run of a container, with what was set aside of it. */
  removeLog(path: string): Promise<void>;
  /** What the log of one run takes on the disk, with what was set aside of it, in bytes. */
  logUsage(path: string): number;
  /** The folder of the pod's logs, made if need be. */
  logFolder(pod: { namespace: string; name: string; uid: string }): string;
  /** A file to mount at `/etc/hosts`. */
  writeHosts(uid: string, text: string): string;
  /** An empty file for a container's last words. */
  terminationLog(uid: string, container: string, restartCount: number): string;
  /** The beginning of a file; undefined when it isn't there. */
  readStart(path: string, maxBytes: number): string | undefined;
  /** A volume of files that the agent writes and updates; in memory, so that no secret rests on disk. */
  projectedVolume(uid: string, volume: string): string;
  /** Makes a projected volume show these files; see `writeProjectedFiles`. */
  writeProjected(folder: string, files: ProjectedFiles, group?: number): boolean;
  emptyVolume(uid: string, volume: string, options: EmptyVolume): Promise<string>;
  /** What an empty volume takes on the disk, in bytes; 0 when it isn't there. */
  volumeUsage(uid: string, volume: string): Promise<number>;
  /** Checks a path of the machine against the `type` of a hostPath volume; makes it where it says. */
  checkHostPath(path: string, type: string): void;
  /** A folder or file in a volume, mounted so that the pod can't lead it elsewhere by a link. */
  subPath(uid: string, at: SubPath): Promise<string>;
  /** The text of a file of the machine, such as `/etc/hosts`. */
  readMachineFile(path: string): Promise<string>;
}

export interface SubPath {
  readonly volume: string;
  /** Where the volume is. */
  readonly folder: string;
  /** The wanted part, below the folder. */
  readonly path: string;
  /** Tells mounts of the pod apart: container and position. */
  readonly key: string;
}

/** Keeps pods' files below `folder`, and logs below `logFolder`, which may be elsewhere. */
export function createPodFiles(folder: string, logFolder: string): PodFiles {
  const podsFolder = join(folder, 'pods');
  const memoryFolder = join(folder, 'memory');
  const podFolder = (uid: string) => join(podsFolder, uid);
  mkdirSync(podsFolder, { recursive: true, mode: 0o750 });

  return {
    podUids: () => readdirSync(podsFolder),

    async removeVolumes(uid) {
      for (const path of [podFolder(uid), join(memoryFolder, uid)]) {
        await unmountBelow(path);
        // To remove through a mount would be to remove what isn't the pod's.
        const [left] = mountsBelow(path);
        if (left) throw new RuntimeFailure('transient', `${left.path} is still mounted`);
      }
      const paths = ['volumes', 'subpaths'].map((name) => join(podFolder(uid), name));
      for (const path of [...paths, join(memoryFolder, uid)]) {
        await rm(path, { recursive: true, force: true });
      }
    },

    async removePod(uid) {
      await this.removeVolumes(uid);
      await rm(podFolder(uid), { recursive: true, force: true });
      for (const name of readdirIfThere(logFolder)) {
        if (name.endsWith(`_${uid}`)) await rm(join(logFolder, name), { recursive: true });
      }
    },

    async removeLog(path) {
      for (const file of logFilesOf(path)) await rm(file, { force: true });
    },

    logUsage: (path) =>
      logFilesOf(path)
        .map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0)
        .reduce((total, size) => total + size, 0),

    logFolder({ namespace, name, uid }) {
      const path = join(logFolder, `${namespace}_${name}_${uid}`);
      mkdirSync(path, { recursive: true, mode: 0o755 });
      return path;
    },

    writeHosts(uid, text) {
      const path = join(podFolder(uid), 'hosts');
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode: 0o644 }); // In place: running containers have it mounted.
      return path;
    },

    terminationLog(uid, container, restartCount) {
      const path = join(podFolder(uid), 'containers', container, `${restartCount}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
      chmodSync(path, 0o666); // Whoever the container runs as may write to it.
      return path;
    },

    readStart,

    projectedVolume: (uid, volume) => join(memoryFolder, uid, volume),

    writeProjected: writeProjectedFiles,

    async emptyVolume(uid, volume, { inMemory, sizeBytes, group }) {
      const path = join(podFolder(uid), 'volumes', volume);
      const fresh = mkdirSync(path, { recursive: true }) !== undefined;
      const mode = group === undefined ? 0o777 : 0o2777;
      const mounts = inMemory && !isMounted(path);
      if (mounts) await mountTmpfs(path, { mode, sizeBytes });
      if (fresh || mounts) {
        if (group !== undefined) chownSync(path, 0, group);
        chmodSync(path, mode);
      }
      return path;
    },

    async volumeUsage(uid, volume) {
      const path = join(podFolder(uid), 'volumes', volume);
      const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
      let bytes = 0;
      for (const entry of entries) {
        const stat = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined);
        bytes += (stat?.blocks ?? 0) * 512; // The unit of `blocks`, whatever the file system's.
      }
      return bytes;
    },

    checkHostPath,

    async subPath(uid, { volume, folder: root, path, key }) {
      const target = join(podFolder(uid), 'subpaths', volume, key);
      if (isMounted(target)) return target;
      const source = await resolveBelow(root, path);
      const handle = openSync(source, O_PATH | constants.O_NOFOLLOW);
      try {
        // Whatever a container does to the path meanwhile: what is mounted is what was checked.
        const handlePath = `/proc/${process.pid}/fd/${handle}`;
        if (readlinkSync(handlePath) !== source) throw escapes(path);
        if (statSync(handlePath).isDirectory()) mkdirSync(target, { recursive: true });
        else {
          mkdirSync(dirname(target), { recursive: true });
          closeSync(openSync(target, 'w'));
        }
        await runCommand('mount', ['--no-canonicalize', '--bind', handlePath, target]);
        return target;
      } finally {
        closeSync(handle);
      }
    },

    readMachineFile: (path) => readFile(path, 'utf8'),
  };
}

const MEMORY_MODE = 0o750; // Secrets are in it, readable for whoever may enter.

/** Mounts the memory in which projected volumes are. To be called before any is written. */
export async function mountProjectedMemory(folder: string): Promise<void> {
  const path = join(folder, 'memory');
  mkdirSync(path, { recursive: true, mode: MEMORY_MODE });
  if (!isMounted(path)) await mountTmpfs(path, { mode: MEMORY_MODE });
}

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const O_PATH = 0o10000000; // Linux: a handle that only names the file.

function readStart(path: string, maxBytes: number): string | undefined {
  let handle: number;
  try {
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const bytes = Buffer.alloc(maxBytes);
    return bytes.toString('utf8', 0, readSync(handle, bytes));
  } finally {
    closeSync(handle);
  }
}

const escapes = (path: string): RuntimeFailure =>
  new RuntimeFailure('permanent', `subpath ${JSON.stringify(path)} not within volume path`);

/** The real place of a path below a folder; what is missing of it is made. */
async function resolveBelow(folder: string, path: string): Promise<string> {
  const root = await realpath(folder);
  const isBelow = (place: string) => place === root || place.startsWith(`${root}/`);
  let place = root;
  for (const part of normalize(path)
    .split('/')
    .filter((name) => name !== '' && name !== '.')) {
    if (part === '..') throw escapes(path);
    const next = join(place, part);
    if (statSync(next, { throwIfNoEntry: false }) === undefined) makeFolderIn(place, part, path);
    place = await realpath(next);
    if (!isBelow(place)) throw escapes(path);
  }
  return place;
}

/**
 * Makes a folder with the owner and mode of the one that it is in. All by handles, since a container
 * may be exchanging the paths for links to elsewhere just now.
 */
function makeFolderIn(folder: string, name: string, path: string): void {
  const parent = openSync(folder, DIRECTORY);
  try {
    const parentPath = `/proc/self/fd/${parent}`;
    if (readlinkSync(parentPath) !== folder) throw escapes(path);
    mkdirSync(`${parentPath}/${name}`); // Fails on a link that leads nowhere.
    const made = openSync(`${parentPath}/${name}`, DIRECTORY);
    try {
      const { mode, uid, gid } = fstatSync(parent);
      fchownSync(made, uid, gid);
      fchmodSync(made, mode & 0o7777);
    } finally {
      closeSync(made);
    }
  } finally {
    closeSync(parent);
  }
}

const HOST_PATH_CHECKS: Readonly<
  Record<string, [what: string, (stat: import('node:fs').Stats) => boolean]>
> = {
  DirectoryOrCreate: ['a directory', (stat) => stat.isDirectory()],
  Directory: ['a directory', (stat) => stat.isDirectory()],
  FileOrCreate: ['a file', (stat) => stat.isFile()],
  File: ['a file', (stat) => stat.isFile()],
  Socket: ['a socket file', (stat) => stat.isSocket()],
  CharDevice: ['a character device', (stat) => stat.isCharacterDevice()],
  BlockDevice: ['a block device', (stat) => stat.isBlockDevice()],
};

function checkHostPath(path: string, type: string): void {
  const check = HOST_PATH_CHECKS[type];
  if (!check) return; // Anything will do, even nothing.
  const present = statSync(path, { throwIfNoEntry: false });
  if (!present && type === 'DirectoryOrCreate') mkdirSync(path, { recursive: true, mode: 0o755 });
  if (!present && type === 'FileOrCreate') writeFileSync(path, '', { mode: 0o644 });
  const stat = statSync(path, { throwIfNoEntry: false });
  const [what, holds] = check;
  if (!stat || !holds(stat)) {
    const message = `hostPath type check failed: ${path} is not ${what}`;
    throw new RuntimeFailure('transient', message);
  }
}

/** A run's log, and what was set aside of it. */
const logFilesOf = (path: string): string[] =>
  readdirIfThere(dirname(path))
    .map((name) => join(dirname(path), name))
    .filter((file) => file === path || file.startsWith(`${path}.`));

function readdirIfThere(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
