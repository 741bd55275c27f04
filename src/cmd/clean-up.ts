import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandContext } from '../cli/command.ts';
import { PAUSE_IMAGE } from '../image/pause.ts';
import { machinePorts } from '../network/machine-ports.ts';
import { removeNetwork } from '../network/start.ts';
import { createCgroups } from '../runtime/cgroups.ts';
import { startContainerd } from '../runtime/containerd.ts';
import { unmountBelow } from '../runtime/mounts.ts';
import { readRunning } from './background.ts';
import type { DataFolder } from './data-folder.ts';
import { lineLogger } from './log.ts';
import { cgroupRoot, cniFolder } from './node.ts';

/** Takes away all that a node has on this machine outside of its data folder. Safe to repeat. */
export async function cleanUpNode(folder: DataFolder, context: CommandContext): Promise<void> {
  const { clock, io, place } = context;
  const logger = lineLogger((line) => io.note(line.trimEnd()), { least: 'warn', now: clock.now });
  if (existsSync(join(folder.containerd, 'containerd.pid'))) {
    const containerd = await startContainerd(clock, logger, {
      folder: folder.containerd,
      sandboxImage: PAUSE_IMAGE,
      cniConfDir: cniFolder(folder),
    });
    await containerd.stop();
  }
  const nodeName = readRunning(folder)?.nodeName;
  if (nodeName) {
    const ports = machinePorts(clock, logger, { cniConfDir: cniFolder(folder), dnsAddresses: [] });
    await removeNetwork(ports, { cluster: place.name, nodeName });
  }
  createCgroups().remove(cgroupRoot(place.name));
  await unmountBelow(folder.path);
}
