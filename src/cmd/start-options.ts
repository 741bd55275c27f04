import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { CommandError } from '../cli/command.ts';
import type { RunningCluster } from './background.ts';
import type { DataFolder } from './data-folder.ts';

/** The options of a start, by name. */
export type StartOptions = Readonly<Record<string, string | undefined>>;

/**
 * What a cluster keeps from one start to the next. Its networks are kept by themselves; a runtime
 * that isn't ours is only as long as the node has something in it.
 */
const KEPT = ['host', 'port', 'node-name', 'node-ip', 'cluster-dns'] as const;

/** Those of a command's options that a cluster keeps. */
export const keptOf = (options: Readonly<Record<string, unknown>>): StartOptions =>
  Object.fromEntries(KEPT.map((name) => [name, options[name] as string | undefined]));

/** Keeps the options of a start that went well, for the next one. */
export function keepOptions({ startOptions: file }: DataFolder, options: StartOptions): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(keptOf(options))}\n`);
  renameSync(`${file}.new`, file);
}

/** The options with which the cluster was started last; none before it was. */
export function keptOptions({ startOptions: file }: DataFolder): StartOptions {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StartOptions;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new CommandError(`${file} can't be read: ${(cause as Error).message}`, {
      cause,
      advice: 'Delete it, and say the options of the cluster anew.',
    });
  }
}

/** A command's options, and what the cluster was started with before for those that weren't said. */
export function withKept<O extends Readonly<Record<string, unknown>>>(
  folder: DataFolder,
  options: O,
): O {
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...options, ...keptOptions(folder), ...Object.fromEntries(said) };
}

/** The options as a note of what runs has them: with a place for each that could be given. */
export const notedOptions = (options: StartOptions): Noted =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name, value ?? null]));

/** Throws CommandError when options that were given aren't those that the cluster runs with. */
export function assertRunsWith(
  { options }: Pick<RunningCluster, 'options'>,
  given: Readonly<Record<string, unknown>>,
): void {
  if (!options) return; // It was started by a Tutti that didn't note them.
  const other = Object.entries(options).filter(([name]) => isOther(name, options, given));
  if (other.length === 0) return;
  const all = other.map(([name]) => `--${name} ${options[name] ?? 'unset'}, not ${given[name]}`);
  throw new CommandError(`the cluster runs with ${all.join('; ')}`, {
    advice: '"tutti down" first, then "tutti up" with the new. Nothing was changed.',
  });
}

type Noted = NonNullable<RunningCluster['options']>;

function isOther(name: string, options: Noted, given: Readonly<Record<string, unknown>>): boolean {
  if (given[name] === undefined) return false;
  if (name === 'port' && Number(given[name]) === 0) return false; // Any will do: also this one.
  return given[name] !== options[name];
}
