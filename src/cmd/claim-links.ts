import { mkdirSync, readlinkSync, renameSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What the clusters of this machine have of it, until it is started anew: links to their data
 * folders, by the name of what each has, in folders below.
 */
export const CLAIMS = '/run/tutti';

/**
 * Takes a claim for the data folder at `path`, also from a holder that doesn't hold on to it. The
 * data folder that has it, if another one has.
 */
export function takeClaim(
  link: string,
  path: string,
  holdsOn: (holder: string) => boolean,
): string | undefined {
  for (;;) {
    const holder = holderOf(link);
    if (holder === path) return undefined;
    if (holder !== undefined && holdsOn(holder)) return holder;
    if (holder !== undefined) removeVoid(link, holder);
    if (tryClaim(link, path)) return undefined;
  }
}

/** Removes a claim unless another took it meanwhile: who finds a void one isn't alone in that. */
function removeVoid(link: string, holder: string): void {
  const aside = `${link}.${process.pid}`;
  try {
    renameSync(link, aside);
  } catch (error) {
    if (isOf(error, 'ENOENT')) return;
    throw error;
  }
  const moved = readlinkSync(aside);
  rmSync(aside);
  if (moved !== holder) tryClaim(link, moved);
}

/** False when somebody has it, or took its folder away as he gave back the last one in it. */
function tryClaim(link: string, path: string): boolean {
  mkdirSync(dirname(link), { recursive: true });
  try {
    symlinkSync(path, link);
    return true;
  } catch (error) {
    if (isOf(error, 'EEXIST') || isOf(error, 'ENOENT')) return false;
    throw error;
  }
}

const isOf = (error: unknown, code: string): boolean =>
  (error as NodeJS.ErrnoException).code === code;

/** The data folder of the cluster that has a claim. */
function holderOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (isOf(error, 'ENOENT')) return undefined;
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
