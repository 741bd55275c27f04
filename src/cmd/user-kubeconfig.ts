import type { CommandContext } from '../cli/command.ts';
import { readKubeconfig, updateKubeconfig } from '../cli/kubeconfig.ts';
import { mergeKubeconfig, removeFromKubeconfig } from '../cli/kubeconfig-entries.ts';
import { userKubeconfigs } from '../cli/place.ts';
import type { DataFolder } from './data-folder.ts';

type Context = Pick<CommandContext, 'place' | 'environment' | 'clock'>;

/** The kubeconfig that kubectl reads: the one that was named, else the user's own. */
const pathOf = ({ place, environment }: Context): string =>
  place.kubeconfig ?? userKubeconfigs(environment)[0]!;

/** Throws CommandError when the user's kubeconfig makes no sense, so can't be added to. */
export function assertUserKubeconfig(context: Context): void {
  readKubeconfig(pathOf(context));
}

/** Adds the cluster's context to the user's kubeconfig and makes it the current one. */
export async function addToUserKubeconfig(folder: DataFolder, context: Context): Promise<void> {
  const own = readKubeconfig(folder.kubeconfig);
  if (!own) return;
  await updateKubeconfig(pathOf(context), context.clock, (config) => mergeKubeconfig(config, own));
}

/** Takes the cluster of this name out of the user's kubeconfig again. */
export async function removeFromUserKubeconfig(name: string, context: Context): Promise<void> {
  const path = pathOf(context);
  if (!readKubeconfig(path)) return;
  await updateKubeconfig(path, context.clock, (config) => removeFromKubeconfig(config, name));
}
