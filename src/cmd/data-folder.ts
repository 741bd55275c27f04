import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../cli/command.ts';

/** The version of the folder's layout. Raised when an older Tutti could not read it any more. */
const LAYOUT_VERSION = 1;

/** Where a cluster keeps what must outlive its processes. */
export interface DataFolder {
  readonly path: string;
  readonly database: string;
  readonly pki: string;
  readonly kubeconfig: string;
  readonly images: string;
  readonly containerd: string;
  readonly agent: string;
  readonly network: string;
  /** Says which process runs the cluster, and how to reach it. */
  readonly running: string;
  readonly log: string;
}

/**
 * Opens a data folder, making it when it isn't there. Throws CommandError when it can't be written
 * or was made by a newer Tutti, and then touches nothing in it.
 */
export function openDataFolder(path: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    checkLayout(join(path, 'version'), path);
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new CommandError(`can't use the data folder ${path}: ${message}`, {
      cause,
      advice:
        code === 'EACCES' || code === 'EPERM'
          ? 'Run as root, or choose a folder of your own with --data.'
          : 'Choose another folder with --data.',
    });
  }
  return dataFolderAt(path);
}

/** The same names, for a reader that must not make the folder. */
export function dataFolderAt(path: string): DataFolder {
  return {
    path,
    database: join(path, 'state.db'),
    pki: join(path, 'pki'),
    kubeconfig: join(path, 'kubeconfig'),
    images: join(path, 'images'),
    containerd: join(path, 'containerd'),
    agent: join(path, 'agent'),
    network: join(path, 'network'),
    running: join(path, 'running.json'),
    log: join(path, 'tutti.log'),
  };
}

function checkLayout(file: string, folder: string): void {
  const found = readVersion(file);
  if (found === undefined) {
    writeFileSync(`${file}.new`, `${LAYOUT_VERSION}\n`);
    renameSync(`${file}.new`, file);
  } else if (found > LAYOUT_VERSION) {
    throw new CommandError(
      `the data folder ${folder} was made by a newer Tutti (layout ${found}, this one knows ${LAYOUT_VERSION})`,
      { advice: 'Use that version, or another folder with --data. Nothing was changed.' },
    );
  } else if (Number.isNaN(found)) {
    throw new CommandError(`${file} doesn't hold a version`, {
      advice: `Is ${folder} a data folder of Tutti? Choose another one with --data.`,
    });
  }
}

function readVersion(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^\d+$/.test(text) ? Number(text) : Number.NaN;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
