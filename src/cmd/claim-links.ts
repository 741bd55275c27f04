import { readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What the clusters of this machine have of it, until it is started anew: links to their data
 * folders, by the name of what each has, in folders below.
 */
export const CLAIMS = '/run/tutti';

/** The data folder of the cluster that has a claim. */
export function holderOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Gives a claim back if the data folder has it, and its folder with the last one. */
export function releaseClaim(link: string, path: string): void {
  if (holderOf(link) !== path) return;
  rmSync(link, { force: true });
  try {
    rmdirSync(dirname(link));
  } catch {
    // Others have claims there.
  }
}
