import { statSync } from 'node:fs';
import { CommandError } from '../cli/command.ts';
import { readNotes } from './background.ts';
import type { DataFolder } from './data-folder.ts';

/** A container runtime that was there before, for a node to use beside others. */
export interface GivenRuntime {
  readonly socketPath: string;
  /** The folder from which it takes its network; it is asked unless said. */
  readonly cniConfDir?: string | undefined;
}

interface RuntimeOptions {
  readonly cri: string | undefined;
  readonly 'cni-conf-dir': string | undefined;
}

/**
 * The runtime that a node shall use: the given one, or what it used when it ran last and wasn't
 * taken down; undefined for a containerd of our own. Throws CommandError when these contradict.
 */
export function runtimeFor(folder: DataFolder, options: RuntimeOptions): GivenRuntime | undefined {
  const { cri, 'cni-conf-dir': cniConfDir } = options;
  const given = cri === undefined ? undefined : { socketPath: socketOf(cri), cniConfDir };
  if (cniConfDir !== undefined && !given) {
    throw new CommandError('--cni-conf-dir is for runtimes that were there before', {
      advice: 'Name the socket of the runtime with --cri, or leave both out.',
    });
  }
  const before = readNotes(folder).find((noted) => noted.given ?? noted.containerd);
  if (!before || before.given?.socketPath === given?.socketPath) return given;
  if (!given) return before.given;
  const socketPath = before.given?.socketPath ?? before.containerd?.socketPath;
  throw new CommandError(`the node's containers are in another runtime: ${socketPath}`, {
    advice: '"tutti down" ends them; then the node can start on this one.',
  });
}

/** Throws CommandError when nothing listens there. */
function socketOf(text: string): string {
  const path = text.replace(/^unix:\/\//, '');
  if (statSync(path, { throwIfNoEntry: false })?.isSocket()) return path;
  throw new CommandError(`there is no socket at ${path}`, {
    advice: 'Is the container runtime running? containerd has /run/containerd/containerd.sock.',
  });
}
