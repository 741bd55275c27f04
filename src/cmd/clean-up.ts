import { existsSync } from 'node:fs';
import { OWNER } from '../agent/spec/labels.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { type CommandContext, CommandError } from '../cli/command.ts';
import { isSystemError } from '../cli/failure.ts';
import { PAUSE_IMAGE } from '../image/pause.ts';
import { machinePorts } from '../network/machine-ports.ts';
import { networkNames } from '../network/pod-network.ts';
import { removeNetwork } from '../network/start.ts';
import { createCgroups, killGroup } from '../runtime/cgroups.ts';
import { hasContainerd, killContainerd, startContainerd } from '../runtime/containerd.ts';
import { RuntimeFailure } from '../runtime/cri.ts';
import { createCriClient } from '../runtime/cri-client.ts';
import { unmountBelow } from '../runtime/mounts.ts';
import { removePods } from '../runtime/remove-pods.ts';
import { type NotedRuntime, readNotes } from './background.ts';
import type { DataFolder } from './data-folder.ts';
import { lineLogger } from './log.ts';
import { cgroupRoot, podOwner } from './node.ts';
import { cniFolder } from './node-runtime.ts';

/** Containers that don't end in so many seconds when they are asked to are killed. */
export const GRACE_SECONDS = 10;

/** Takes away all that a node has on this machine outside of its data folder. Safe to repeat. */
export async function cleanUpNode(
  folder: DataFolder,
  cluster: string,
  { clock, io }: Pick<CommandContext, 'clock' | 'io'>,
): Promise<void> {
  const logger = lineLogger((line) => io.note(line.trimEnd()), { least: 'warn', now: clock.now });
  await endContainerd(folder, { clock, logger });
  for (const { nodeName, given } of readNotes(folder)) {
    if (!nodeName) continue;
    // While the runtime still knows the network, by which it takes pods off it.
    if (given) await leaveRuntime(given, { cluster, nodeName }, { clock, logger });
    const { network } = networkNames(cluster, nodeName);
    const cni = given
      ? { cniConfDir: given.cniConfDir, sharedAs: network }
      : { cniConfDir: cniFolder(folder) };
    const ports = machinePorts(clock, logger, { ...cni, dnsAddresses: [] });
    await removeNetwork(ports, { cluster, nodeName });
  }
  createCgroups().remove(cgroupRoot(cluster));
  // Not the folder itself: it may be a disk of its own.
  for (const part of [folder.agent, folder.containerd, folder.network]) await unmountBelow(part);
}

interface Tools {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Ends a containerd of our own, if there is one, with all that it has. */
async function endContainerd(folder: DataFolder, { clock, logger }: Tools): Promise<void> {
  if (!hasContainerd(folder.containerd)) return;
  try {
    const containerd = await startContainerd(clock, logger, {
      folder: folder.containerd,
      sandboxImage: PAUSE_IMAGE,
      cniConfDir: cniFolder(folder),
    });
    await containerd.stop(GRACE_SECONDS);
  } catch (error) {
    if (!(error instanceof RuntimeFailure) && !isSystemError(error)) throw error;
    logger.warn('containerd is of no use, ending its pods without it', { error });
    await killContainerd(clock, folder.containerd);
  }
}

/** Removes a node's pods from a runtime that isn't ours, and nobody else's. */
async function leaveRuntime(
  { socketPath, name }: NotedRuntime,
  { cluster, nodeName }: { readonly cluster: string; readonly nodeName: string },
  { clock, logger }: Tools,
): Promise<void> {
  if (!existsSync(socketPath)) {
    logger.warn('the runtime is gone, ending its pods without it', { socketPath });
    return killGroup(cgroupRoot(cluster));
  }
  const runtime = createCriClient(clock, socketPath);
  try {
    const labels = { [OWNER]: podOwner(cluster, nodeName) };
    if (await removePods(runtime, logger, { labels }, GRACE_SECONDS)) return;
  } finally {
    runtime.close();
  }
  throw new CommandError(`pods of the cluster are left in the ${name} at ${socketPath}`, {
    advice: 'See that it answers, then "tutti down" again removes them.',
  });
}
