import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../cli/command.ts';
import { isSystemError } from '../cli/failure.ts';
import { makeFolder } from '../cli/files.ts';

/** The version of the folder's layout. Raised when an older Tutti could not read it any more. */
const LAYOUT_VERSION = 1;

/** Where a cluster keeps what must outlive its processes. */
export interface DataFolder {
  readonly path: string;
  /** Says which version of the layout this is. Whatever has it is a data folder. */
  readonly version: string;
  /** Says which cluster it is of. */
  readonly name: string;
  readonly database: string;
  readonly pki: string;
  readonly kubeconfig: string;
  readonly images: string;
  readonly containerd: string;
  readonly agent: string;
  readonly network: string;
  /** From where pods and services have their addresses. */
  readonly networks: string;
  /** With which options it was started last. */
  readonly startOptions: string;
  /** Held by the process that runs the control plane, and by the one that runs the node. */
  readonly lock: string;
  readonly nodeLock: string;
  /** Says which process runs the cluster, and how to reach it. */
  readonly running: string;
  /** The same of a process that runs nothing but the node. */
  readonly node: string;
  readonly log: string;
}

/** The names of what a folder would have, for a reader that must not make it. */
export function dataFolderAt(path: string): DataFolder {
  return {
    path,
    version: join(path, 'version'),
    name: join(path, 'name'),
    database: join(path, 'state.db'),
    pki: join(path, 'pki'),
    kubeconfig: join(path, 'kubeconfig'),
    images: join(path, 'images'),
    containerd: join(path, 'containerd'),
    agent: join(path, 'agent'),
    network: join(path, 'network'),
    networks: join(path, 'networks.json'),
    startOptions: join(path, 'options.json'),
    lock: join(path, 'lock'),
    nodeLock: join(path, 'node.lock'),
    running: join(path, 'running.json'),
    node: join(path, 'node.json'),
    log: join(path, 'tutti.log'),
  };
}

/** Everything of ours in a folder; beside it may lie what isn't. */
const entriesOf = ({ path, ...entries }: DataFolder): string[] => Object.values(entries);

/**
 * Opens a data folder, making it when it isn't there. Throws CommandError when it can't be written,
 * holds what isn't ours or was made by a newer Tutti, and then touches nothing in it.
 */
export function openDataFolder(path: string): DataFolder {
  const folder = dataFolderAt(path);
  try {
    if (readLayout(folder) === undefined) create(folder);
    return folder;
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    const why = cause.message.replace(/^\w+: /, '').replace(/, \w+( '.*)?$/, '');
    throw new CommandError(`can't use the data folder ${path}: ${why}`, {
      cause,
      advice: ADVICE[cause.code] ?? 'Choose another folder with --data.',
    });
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'Run it as root, or choose a folder of your own with --data.',
  EPERM: 'Run it as root, or choose a folder of your own with --data.',
  ENOSPC: 'Make room there, or choose a folder on another disk with --data.',
};

/** Whether there is a data folder. Throws CommandError when it was made by a newer Tutti. */
export const isDataFolder = (folder: DataFolder): boolean => readLayout(folder) !== undefined;

function create(folder: DataFolder): void {
  const foreign = entriesOf(folder).find((entry) => existsSync(entry));
  if (foreign) {
    throw new CommandError(`${folder.path} is no data folder of Tutti, and ${foreign} is in it`, {
      advice: 'Choose an empty or new folder with --data. Nothing was changed.',
    });
  }
  makeFolder(folder.path, 0o711); // Users of containers get at what is theirs, and list nothing.
  const draft = `${folder.version}.new`;
  try {
    writeFileSync(draft, `${LAYOUT_VERSION}\n`);
    renameSync(draft, folder.version);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** The version of the layout, or undefined for what is no data folder yet. */
function readLayout({ version, path }: DataFolder): number | undefined {
  const text = readIfThere(version)?.trim();
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) {
    throw new CommandError(`${version} doesn't hold the version of a data folder`, {
      advice: `Is ${path} one of Tutti's? Choose another one with --data.`,
    });
  }
  if (Number(text) > LAYOUT_VERSION) {
    throw new CommandError(
      `the data folder ${path} was made by a newer Tutti (layout ${text}, this one knows ${LAYOUT_VERSION})`,
      { advice: 'Use that version, or another folder with --data. Nothing was changed.' },
    );
  }
  return Number(text);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Deletes all of ours in a folder, and the folder when nothing else is in it: answers whether. */
export function deleteDataFolder(folder: DataFolder): boolean {
  const { path, version } = folder;
  const suffixes = ['', '.new', '.1', '-wal', '-shm', '-journal'];
  const all = entriesOf(folder).flatMap((entry) => suffixes.map((suffix) => entry + suffix));
  for (const entry of all) {
    if (entry !== version) rmSync(entry, { recursive: true, force: true });
  }
  // The last, so that a deletion that was cut off can be repeated.
  rmSync(version, { force: true });
  if (readdirSync(path).length > 0) return false;
  if (isMountPoint(path)) return true; // It stays, empty.
  rmdirSync(path);
  return true;
}

const isMountPoint = (path: string): boolean =>
  lstatSync(path).dev !== lstatSync(join(path, '..')).dev;
