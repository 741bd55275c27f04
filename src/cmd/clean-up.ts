import { existsSync } from 'node:fs';
import type { CommandContext } from '../cli/command.ts';
import { PAUSE_IMAGE } from '../image/pause.ts';
import { machinePorts } from '../network/machine-ports.ts';
import { removeNetwork } from '../network/start.ts';
import { createCgroups } from '../runtime/cgroups.ts';
import { startContainerd } from '../runtime/containerd.ts';
import { pathsUnder } from '../runtime/containerd-paths.ts';
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
  if (existsSync(pathsUnder(folder.containerd).pid)) {
    const containerd = await startContainerd(clock, logger, {
      folder: folder.containerd,
      sandboxImage: PAUSE_IMAGE,
      cniConfDir: cniFolder(folder),
    });
    await containerd.stop();
  }
  for (const { nodeName } of readNotes(folder)) {
    if (!nodeName) continue;
    const ports = machinePorts(clock, logger, { cniConfDir: cniFolder(folder), dnsAddresses: [] });
    await removeNetwork(ports, { cluster, nodeName });
  }
  createCgroups().remove(cgroupRoot(cluster));
  await unmountBelow(folder.path);
}
