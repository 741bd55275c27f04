import { sleep } from '../base/clock.ts';
import { type CommandContext, CommandError, type OptionSpecs } from '../cli/command.ts';
import type { LiveRow } from '../cli/live-view.ts';
import { unlessAborted } from './aborting.ts';
import { findRunning, type RunningCluster, type Started, startInBackground } from './background.ts';
import type { DataFolder } from './data-folder.ts';

export interface LaunchCall {
  readonly context: CommandContext;
  readonly folder: DataFolder;
  /** What starts the cluster in the background. */
  readonly words: readonly string[];
  readonly show: (rows: readonly LiveRow[]) => void;
  /** Called once the API of a cluster that is started here answers, before its node is ready. */
  readonly onApi?: () => void;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
}

const LOOK_MS = 50;

/**
 * Sees to it that the cluster of a data folder runs with its node ready: starts it when nobody
 * does. Resolves to whether it had to. Throws CommandError when it can't be had.
 */
export async function ensureRunning(call: LaunchCall): Promise<'started' | 'ran'> {
  const { context, folder, words } = call;
  const { environment, signal } = context;
  for (;;) {
    if (findRunning(folder)) {
      await untilReady(call);
      return 'ran';
    }
    const { log } = folder;
    const started = startInBackground(words, { log, environment });
    const taken = await inTime(call, unlessAborted(signal, follow(started, call)));
    if (!taken) return 'started';
    // Somebody was faster: most likely another `up`, whose cluster is as good as ours.
    await untilNoted(call, taken);
  }
}

/** Rejects with CommandError when the work takes longer than one wanted to wait. */
async function inTime<T>(
  { context, folder, deadlineMs }: LaunchCall,
  work: Promise<T>,
): Promise<T> {
  const { clock, place } = context;
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(deadlineMs - clock.monotonicMs(), () =>
    late.reject(
      new CommandError(`the cluster "${place.name}" was not ready in time`, {
        advice: `It goes on starting; see ${folder.log}. "tutti down" ends it.`,
      }),
    ),
  );
  return Promise.race([work, late.promise]).finally(cancel);
}

/** Follows a start to its end. Resolves to the refusal when another process has the folder. */
async function follow(
  { progress, ended }: Started,
  { show, onApi }: Pick<LaunchCall, 'show' | 'onApi'>,
): Promise<CommandError | undefined> {
  let url: string | undefined;
  show(rowsOf({ url, isReady: false }));
  for await (const step of progress) {
    if (step.type === 'inUse' || step.type === 'failed') {
      await ended; // Whoever is told of a failure finds nothing of it running.
      if (step.type === 'inUse') return errorOf(step);
      throw errorOf(step);
    }
    if (step.type === 'apiReady') {
      url = step.url;
      onApi?.();
    }
    show(rowsOf({ url, isReady: step.type === 'nodeReady' }));
  }
  return undefined;
}

const errorOf = ({ message, advice }: { message: string; advice?: string | undefined }) =>
  new CommandError(message, { ...(advice && { advice }) });

/** Waits for the process that has the folder to say that it runs the cluster, or to let it go. */
async function untilNoted({ context, folder }: LaunchCall, refusal: CommandError): Promise<void> {
  const { clock, signal } = context;
  const deadlineMs = clock.monotonicMs() + NOTED_WITHIN_MS;
  while (!findRunning(folder)) {
    if (clock.monotonicMs() > deadlineMs) throw refusal;
    await sleep(clock, LOOK_MS, signal);
  }
}

const NOTED_WITHIN_MS = 2000;

/** Waits for a cluster that another command has started. */
async function untilReady({ context, folder, show, deadlineMs }: LaunchCall): Promise<void> {
  const { clock, signal, place } = context;
  for (;;) {
    const running = findRunning(folder);
    if (!running) {
      throw new CommandError(`the cluster "${place.name}" ended while it was starting`, {
        advice: `See ${folder.log}, then try again.`,
      });
    }
    if (running.url && !running.nodeName) {
      const { pid } = running.process;
      throw new CommandError(`the cluster "${place.name}" runs without a node (process ${pid})`, {
        advice: 'It was started by "tutti server". Stop that one, then "tutti up" starts both.',
      });
    }
    show(rowsOf(running));
    if (running.isReady) return;
    if (clock.monotonicMs() > deadlineMs) {
      throw new CommandError(`the node of the cluster "${place.name}" is not ready`, {
        advice: `See "tutti describe nodes" and ${folder.log}.`,
      });
    }
    await sleep(clock, LOOK_MS, signal);
  }
}

const rowsOf = ({ url, isReady }: Pick<RunningCluster, 'url' | 'isReady'>): LiveRow[] => [
  { label: 'API server', state: url ? 'healthy' : 'progressing', text: url ?? 'starting' },
  {
    label: 'node',
    state: isReady ? 'healthy' : 'progressing',
    text: isReady ? 'ready' : 'starting',
  },
];

/** The words that start a cluster in the background with the options that `up` was given. */
export function backgroundWords(
  { name, data }: { readonly name: string; readonly data: string },
  specs: OptionSpecs,
  values: Readonly<Record<string, unknown>>,
): string[] {
  const words = ['run', '--name', name, '--data', data];
  for (const [option, spec] of Object.entries(specs)) {
    const value = values[option];
    if (spec.value && value !== undefined) words.push(`--${option}=${value}`);
    if (!spec.value && value === true) words.push(`--${option}`);
  }
  return words;
}
