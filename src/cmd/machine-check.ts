import { CommandError } from '../cli/command.ts';
import { isSocketPathShort } from '../runtime/containerd-paths.ts';
import type { DataFolder } from './data-folder.ts';
import { missingParts } from './system-parts.ts';

/** Throws CommandError unless this process may do all that containers take. */
export function assertRoot(user: number | undefined = process.getuid?.()): void {
  if (user === 0) return;
  throw new CommandError('running containers takes root', {
    advice: 'Put sudo in front of the command.',
  });
}

/** Throws CommandError when a node can't have its files in this folder. */
export function assertFitsNode(folder: DataFolder): void {
  if (isSocketPathShort(folder.containerd)) return;
  throw new CommandError(`the path ${folder.path} is too long for the sockets in it`, {
    advice: 'Choose a data folder with a shorter path with --data.',
  });
}

/** Throws CommandError when this machine lacks what nodes are made of, beside a runtime it has. */
export function assertHasParts({ hasRuntime }: { readonly hasRuntime: boolean }): void {
  const missing = missingParts(hasRuntime).map((part) => part.package);
  if (missing.length === 0) return;
  throw new CommandError(`these system parts are missing: ${missing.join(', ')}`, {
    advice: '"tutti up" installs them; so does "apt-get install" and those names.',
  });
}
