import { rmSync } from 'node:fs';
import { sleep } from '../../base/clock.ts';
import { userKubeconfig } from '../../cli/cluster.ts';
import { type CommandContext, CommandError, command } from '../../cli/command.ts';
import { readKubeconfig, removeFromKubeconfig, writeKubeconfig } from '../../cli/kubeconfig.ts';
import { isRunning, signalProcess } from '../../runtime/process.ts';
import { findRunning, forgetRunning } from '../background.ts';
import { cleanUpNode } from '../clean-up.ts';
import { type DataFolder, dataFolderAt } from '../data-folder.ts';

const STOP_TIMEOUT_MS = 20_000;
const LOOK_MS = 20;

export const down = command({
  name: 'down',
  summary: 'Stop the cluster of this machine with all its containers',
  details: `Leaves no process, interface, mount or packet filter table behind. What the cluster stores
stays, and "tutti up" has everything back, unless --purge.`,
  options: { purge: { description: 'Delete the data folder as well: objects, images, volumes' } },
  async run({ options }, context) {
    const { place, io } = context;
    const folder = dataFolderAt(place.data);
    await stopProcess(folder, context);
    await cleanUpNode(folder, context);
    forgetRunning(folder);
    if (options.purge) {
      rmSync(folder.path, { recursive: true, force: true });
      removeFromUserKubeconfig(context);
    }
    io.line(`cluster "${place.name}" is down${options.purge ? ', and its data is gone' : ''}`);
    return 0;
  },
});

/** Asks the process to end, and waits until it has. Throws CommandError when it doesn't. */
async function stopProcess(folder: DataFolder, { clock, signal }: CommandContext): Promise<void> {
  const running = findRunning(folder);
  if (!running) return;
  signalProcess(running.process, 'SIGTERM');
  const deadlineMs = clock.monotonicMs() + STOP_TIMEOUT_MS;
  while (isRunning(running.process)) {
    if (clock.monotonicMs() > deadlineMs) {
      throw new CommandError(`the cluster's process ${running.process.pid} doesn't end`, {
        advice: `See ${folder.log}. "kill -9 ${running.process.pid}", then "tutti down" again, loses nothing.`,
      });
    }
    await sleep(clock, LOOK_MS, signal);
  }
}

function removeFromUserKubeconfig({ environment, place }: CommandContext): void {
  const path = userKubeconfig(environment);
  const config = readKubeconfig(path);
  if (config) writeKubeconfig(path, removeFromKubeconfig(config, place.name));
}
