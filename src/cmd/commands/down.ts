import { type Clock, sleep } from '../../base/clock.ts';
import { type CommandContext, CommandError, command } from '../../cli/command.ts';
import { isRunning, type ProcessIdentity, signalProcess } from '../../runtime/process.ts';
import { forgetRunning, readNotes } from '../background.ts';
import { clusterName, releaseName } from '../cluster-name.ts';
import { type DataFolder, dataFolderAt, deleteDataFolder, isDataFolder } from '../data-folder.ts';
import { lockFolderWithin } from '../folder-lock.ts';
import { NetworkClaims } from '../network-claims.ts';
import { removeFromUserKubeconfig } from '../user-kubeconfig.ts';

const STOP_TIMEOUT_MS = 20_000;
const LOCK_TIMEOUT_MS = 2_000;
const LOOK_MS = 20;
/** Whoever hears nothing for longer thinks that it hangs. */
const SILENCE_MS = 1_500;

export const down = command({
  name: 'down',
  summary: 'Stop the cluster with all its containers',
  details: `Leaves no process, interface, mount or packet filter table behind. What the cluster stores
stays, and "tutti up" has everything back, on the same host and port, unless --purge. To do it twice
does no harm.`,
  options: {
    purge: { description: 'Delete its data as well: objects, images, volumes, its context' },
  },
  async run({ options }, context) {
    const { place, io } = context;
    const folder = dataFolderAt(place.data);
    if (!isDataFolder(folder)) {
      if (options.purge) await removeFromUserKubeconfig(place.name, context);
      io.line(`cluster "${place.name}" isn't there: nothing in ${place.data}`);
      return 0;
    }
    const name = clusterName(folder, place);
    const wasUp = readNotes(folder).length > 0;
    await stopCluster(folder, name, context);
    if (!options.purge) {
      io.line(wasUp ? `cluster "${name}" is down` : `cluster "${name}" was down already`);
      return 0;
    }
    const isGone = deleteDataFolder(folder);
    new NetworkClaims().release(folder);
    await removeFromUserKubeconfig(name, context);
    io.line(`cluster "${name}" is down, and its data is gone`);
    if (!isGone) io.note(`${folder.path} stays, since not all in it was Tutti's`);
    return 0;
  },
});

/** Ends the process, then all that runs without it, while nobody can start it again. */
async function stopCluster(
  folder: DataFolder,
  name: string,
  context: CommandContext,
): Promise<void> {
  const { clock, io } = context;
  for (const { process } of readNotes(folder)) await endProcess(process, folder, clock);
  const lock = await lockFolderWithin(clock, folder, LOCK_TIMEOUT_MS);
  const { cleanUpNode, GRACE_SECONDS } = await import('../clean-up.ts');
  const hush = clock.after(SILENCE_MS, () =>
    io.note(`waiting for containers to end; they are killed after ${GRACE_SECONDS} s`),
  );
  try {
    await cleanUpNode(folder, name, { clock, io });
    releaseName(folder, name);
    forgetRunning(folder);
  } finally {
    hush();
    lock.release();
  }
}

/** Asks the process to end, and waits until it has. Throws CommandError when it doesn't. */
async function endProcess(
  process: ProcessIdentity,
  { log }: DataFolder,
  clock: Clock,
): Promise<void> {
  signalProcess(process, 'SIGTERM');
  const deadlineMs = clock.monotonicMs() + STOP_TIMEOUT_MS;
  while (isRunning(process)) {
    if (clock.monotonicMs() > deadlineMs) {
      throw new CommandError(`the cluster's process ${process.pid} doesn't end`, {
        advice: `See ${log}. "kill -9 ${process.pid}", then "tutti down" again, loses nothing.`,
      });
    }
    // Not for Ctrl-C: what is half stopped has to be stopped.
    await sleep(clock, LOOK_MS);
  }
}
