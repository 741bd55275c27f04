import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterPlace, CommandError } from '../cli/command.ts';
import { readNotes } from './background.ts';
import { CLAIMS, releaseClaim, takeClaim } from './claim-links.ts';
import { type DataFolder, dataFolderAt } from './data-folder.ts';

const NAMES = join(CLAIMS, 'names');

/**
 * The name of the cluster of a data folder: the one that it began with, since bridges, control
 * groups and contexts bear it. Throws CommandError when another one was given.
 */
export function clusterName(folder: DataFolder, { name, given }: ClusterPlace): string {
  const noted = readNoted(folder);
  if (noted === undefined || noted === name) return name;
  if (!given.name) return noted;
  throw new CommandError(`${folder.path} is the data folder of the cluster "${noted}"`, {
    advice: `Say --name ${noted}, or choose another folder with --data.`,
  });
}

function readNoted(folder: DataFolder): string | undefined {
  try {
    return readFileSync(folder.name, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Notes the name in the data folder, and that its node has the name on this machine. Throws
 * CommandError when the node of another data folder has it.
 */
export function claimName(folder: DataFolder, name: string, claims = NAMES): void {
  const holder = takeClaim(join(claims, name), folder.path, isRunning);
  if (holder !== undefined) {
    throw new CommandError(`this machine has a cluster "${name}" already, in ${holder}`, {
      advice: 'Give this one another name with --name, or end that one with "tutti down".',
    });
  }
  if (readNoted(folder) === name) return;
  writeFileSync(`${folder.name}.new`, `${name}\n`);
  renameSync(`${folder.name}.new`, folder.name);
}

/** Whether something runs for the cluster of a data folder. */
const isRunning = (path: string): boolean => readNotes(dataFolderAt(path)).length > 0;

/** Gives the name on this machine back. */
export function releaseName(folder: DataFolder, name: string, claims = NAMES): void {
  releaseClaim(join(claims, name), folder.path);
}
