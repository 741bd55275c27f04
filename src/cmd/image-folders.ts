import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { CommandError } from '../cli/command.ts';

/** A folder of which an image is made. */
export interface ImageFolder {
  readonly path: string;
  /** The image's name: the folder's own, in lower case. */
  readonly tag: string;
}

/**
 * Of the paths that `up` was given, the folders that have a Containerfile, and those directly in
 * them that have one. Throws CommandError when two of them would give their images one name.
 */
export function imageFolders(paths: readonly string[]): readonly ImageFolder[] {
  const found = new Map<string, ImageFolder>();
  for (const path of paths.filter(isFolder).flatMap((folder) => [folder, ...foldersIn(folder)])) {
    const whole = resolve(path);
    const tag = basename(whole).toLowerCase();
    if (hasContainerfile(path) && !found.has(whole)) found.set(whole, { path, tag });
  }
  const folders = [...found.values()];
  for (const { path, tag } of folders) {
    const other = folders.find((each) => each.tag === tag && each.path !== path);
    if (!other) continue;
    throw new CommandError(`${path} and ${other.path} would both be the image ${tag}`, {
      advice: 'An image is called as its folder: rename one of the two.',
    });
  }
  return folders;
}

const isFolder = (path: string): boolean =>
  path !== '-' && (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);

const foldersIn = (folder: string): string[] =>
  readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter(isFolder);

const hasContainerfile = (folder: string): boolean =>
  ['Containerfile', 'Dockerfile'].some((name) => existsSync(join(folder, name)));
