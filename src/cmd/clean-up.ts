import type { CommandContext } from '../cli/command.ts';
import { isSystemError } from '../cli/failure.ts';
import { PAUSE_IMAGE } from '../image/pause.ts';
import { machinePorts } from '../network/machine-ports.ts';
import { removeNetwork } from '../network/start.ts';
import { createCgroups, killGroup } from '../runtime/cgroups.ts';
import { hasContainerd, killContainerd, startContainerd } from '../runtime/containerd.ts';
import { RuntimeFailure } from '../runtime/cri.ts';
import { unmountBelow } from '../runtime/mounts.ts';
import { readNotes } from './background.ts';
import type { DataFolder } from './data-folder.ts';
import { lineLogger } from './log.ts';
import { cgroupRoot, cniFolder } from './node.ts';

/** Takes away all that a node has on this machine outside of its data folder. Safe to repeat. */
export async function cleanUpNode(
  folder: DataFolder,
  cluster: string,
  { clock, io }: Pick<CommandContext, 'clock' | 'io'>,
): Promise<void> {
  const logger = lineLogger((line) => io.note(line.trimEnd()), { least: 'warn', now: clock.now });
  if (hasContainerd(folder.containerd)) {
    try {
      const containerd = await startContainerd(clock, logger, {
        folder: folder.containerd,
        sandboxImage: PAUSE_IMAGE,
        cniConfDir: cniFolder(folder),
      });
      await containerd.stop();
    } catch (error) {
      if (!(error instanceof RuntimeFailure) && !isSystemError(error)) throw error;
      logger.warn('containerd is of no use, ending its pods without it', { error });
      await killContainerd(clock, folder.containerd);
      killGroup(cgroupRoot(cluster));
    }
  }
  for (const { nodeName } of readNotes(folder)) {
    if (!nodeName) continue;
    const ports = machinePorts(clock, logger, { cniConfDir: cniFolder(folder), dnsAddresses: [] });
    await removeNetwork(ports, { cluster, nodeName });
  }
  createCgroups().remove(cgroupRoot(cluster));
  // Not the folder itself: it may be a disk of its own.
  for (const part of [folder.agent, folder.containerd, folder.network]) await unmountBelow(part);
}
