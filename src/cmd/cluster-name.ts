import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterPlace, CommandError } from '../cli/command.ts';
import { readNotes } from './background.ts';
import { CLAIMS, holderOf, releaseClaim } from './claim-links.ts';
import { type DataFolder, dataFolderAt } from './data-folder.ts';

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
export function claimName(folder: DataFolder, name: string, claims = CLAIMS): void {
  mkdirSync(claims, { recursive: true });
  const claim = join(claims, name);
  const holder = holderOf(claim);
  if (
    holder !== undefined &&
    holder !== folder.path &&
    readNotes(dataFolderAt(holder)).length > 0
  ) {
    throw new CommandError(`this machine has a cluster "${name}" already, in ${holder}`, {
      advice: 'Give this one another name with --name, or end that one with "tutti down".',
    });
  }
  if (holder !== folder.path) {
    rmSync(claim, { force: true });
    symlinkSync(folder.path, claim);
  }
  if (readNoted(folder) === name) return;
  writeFileSync(`${folder.name}.new`, `${name}\n`);
  renameSync(`${folder.name}.new`, folder.name);
}

/** Gives the name on this machine back. */
export function releaseName(folder: DataFolder, name: string, claims = CLAIMS): void {
  releaseClaim(join(claims, name), folder.path);
}
