import type { ClusterPlace } from '../cli/command.ts';
import { forgetRunning, noteRunning, type RunningCluster, readNotes } from './background.ts';
import { claimName, clusterName, releaseName } from './cluster-name.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { lockFolder } from './folder-lock.ts';
import { assertFitsNode, assertHasParts, assertRoot } from './machine-check.ts';
import { type GivenRuntime, runtimeFor } from './runtime-choice.ts';

/** What a node takes of this machine before anything of it is made: a folder, a name. */
export interface NodePlace {
  readonly folder: DataFolder;
  /** The name of the cluster on this machine. */
  readonly cluster: string;
  /** The runtime that was there before; undefined for one of our own. */
  readonly given: GivenRuntime | undefined;
  /** Gives back what nothing came of. What an earlier life has left is for `down` to find. */
  undo(): void;
}

/**
 * Takes the place of a node for this process, for as long as it runs. Throws CommandError when the
 * machine lacks something, or somebody else is there.
 */
export function takeNodePlace(
  what: 'cluster' | 'node',
  place: ClusterPlace,
  options: Parameters<typeof runtimeFor>[1],
): NodePlace {
  assertRoot();
  const folder = openDataFolder(place.data);
  assertFitsNode(folder);
  const given = runtimeFor(folder, options);
  assertHasParts({ hasRuntime: given !== undefined });
  lockFolder(folder, what);
  const cluster = clusterName(folder, place);
  const isFirst = readNotes(folder).length === 0;
  claimName(folder, cluster);
  return {
    folder,
    cluster,
    given,
    undo() {
      if (!isFirst) return;
      forgetRunning(folder);
      releaseName(folder, cluster);
    },
  };
}

type Facts = Omit<RunningCluster, 'process'>;

/** Notes in a file what this process runs, and returns what adds to it as more gets known. */
export function keepNoted(file: string, first: Facts): (more: Partial<Facts>) => void {
  let noted = first;
  const note = (more: Partial<Facts>): void => {
    noted = { ...noted, ...more };
    noteRunning(file, noted);
  };
  note({});
  return note;
}
