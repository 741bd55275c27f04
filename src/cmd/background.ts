import { spawn } from 'node:child_process';
import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Readable } from 'node:stream';
import { CommandError } from '../cli/command.ts';
import { linesOf } from '../cli/lines.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from '../runtime/process.ts';
import type { DataFolder } from './data-folder.ts';
import type { ContainerdTarget } from './local-images.ts';

/** What the process in the background tells the one that started it, a JSON line each. */
export type Progress =
  | { readonly type: 'apiReady'; readonly url: string }
  | { readonly type: 'nodeReady' }
  /** Another process has the data folder; it may be a cluster that is just starting. */
  | { readonly type: 'inUse'; readonly message: string; readonly advice?: string | undefined }
  | { readonly type: 'failed'; readonly message: string; readonly advice?: string | undefined };

/** The descriptor on which the process in the background tells of its progress. */
const PROGRESS_FD = 3;
/** Set for a process that was given that descriptor. In others it may be anything. */
const PROGRESS_VARIABLE = 'TUTTI_PROGRESS';

/** A container runtime that was there before, and what Tutti has in it. */
export interface NotedRuntime {
  readonly socketPath: string;
  /** `containerd`, `cri-o`. */
  readonly name: string;
  /** The folder in which our network is set. */
  readonly cniConfDir: string;
}

/** Which process runs a cluster, and how to reach it; kept in its data folder. */
export interface RunningCluster {
  readonly process: ProcessIdentity;
  readonly startedAt: string;
  /** Where its API answers, as soon as it does. */
  readonly url?: string;
  /** The node on this machine, by which its network is named; a control plane has none. */
  readonly nodeName?: string;
  /** Where the node's containers run and images go; known once its containerd answers. */
  readonly containerd?: ContainerdTarget;
  /** The node's runtime, if it isn't ours; noted before anything is made in it. */
  readonly given?: NotedRuntime;
  /** The options that it runs with; null where none was said and nothing stands for it. */
  readonly options?: Readonly<Record<string, string | null>>;
  /** Whether the node has been ready since the process began. */
  readonly isReady?: boolean;
}

/** The cluster, or control plane, that runs on this data folder; undefined when none does. */
export const findRunning = (folder: DataFolder): RunningCluster | undefined =>
  ifRunning(readNote(folder.running));

/** What runs a node on this data folder: a cluster, or an agent. */
export function findNode(folder: DataFolder): RunningCluster | undefined {
  const running = findRunning(folder);
  return running?.nodeName ? running : ifRunning(readNote(folder.node));
}

const ifRunning = (noted: RunningCluster | undefined): RunningCluster | undefined =>
  noted && isRunning(noted.process) ? noted : undefined;

/** What was noted of the processes that run on the folder, or ran there last. */
export const readNotes = ({ node, running }: DataFolder): RunningCluster[] =>
  [node, running].flatMap((file) => readNote(file) ?? []);

/** Whether containers of the folder's node may still run: nobody has ended them, nor the machine. */
export const mayHaveContainers = (folder: DataFolder): boolean => {
  const bootId = identifyProcess(process.pid)?.bootId;
  return readNotes(folder).some((noted) => noted.process.bootId === bootId);
};

/** The runtime that isn't ours and in which the folder's node had its pods when it ran last. */
export const notedRuntime = (folder: DataFolder): Pick<RunningCluster, 'given'> => {
  const given = readNotes(folder).find((noted) => noted.given)?.given;
  return given ? { given } : {};
};

function readNote(file: string): RunningCluster | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunningCluster;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined; // Not written, or not to its end: nobody got as far as running.
    }
    throw error;
  }
}

/** Notes in one of the folder's two files what this process runs, and how far it is. */
export function noteRunning(file: string, facts: Omit<RunningCluster, 'process'>): void {
  const identity = identifyProcess(process.pid);
  writeFileSync(`${file}.new`, JSON.stringify({ process: identity, ...facts }));
  renameSync(`${file}.new`, file);
}

/** Forgets what ran on the folder. */
export function forgetRunning({ node, running }: DataFolder): void {
  for (const file of [node, running]) rmSync(file, { force: true });
}

/** The containerd of a running node. Throws CommandError when there is none. */
export function containerdOf(folder: DataFolder): ContainerdTarget {
  const node = findNode(folder);
  if (node?.containerd) return node.containerd;
  if (node?.given) {
    const { name, socketPath } = node.given;
    throw new CommandError(`images can't be given to the ${name} at ${socketPath}`, {
      advice: 'Push them to a registry and name them there, or put them in with its own tools.',
    });
  }
  throw new CommandError(`no node runs on the data folder ${folder.path}`, {
    advice: 'Start a cluster with "tutti up".',
  });
}

/** A process that was started in the background, and what it tells. */
export interface Started {
  readonly pid: number;
  /** Ends when the process has nothing more to tell; throws CommandError when it ended instead. */
  readonly progress: AsyncIterable<Progress>;
  /** Resolves once the process is gone, to how it ended. */
  readonly ended: Promise<string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const LOG_MAX_BYTES = 16 << 20;

/** Starts this very program again with other words, detached, its output going to a log file. */
export function startInBackground(
  words: readonly string[],
  { log, environment }: { readonly log: string; readonly environment: Environment },
): Started {
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > LOG_MAX_BYTES) {
    renameSync(log, `${log}.1`);
  }
  const output = openSync(log, 'a', 0o640);
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...words], {
    detached: true, // Ctrl-C is meant for the one who waits, not for the cluster.
    stdio: ['ignore', output, output, 'pipe'],
    cwd: '/',
    env: { ...environment, [PROGRESS_VARIABLE]: '1' },
  });
  closeSync(output);
  child.unref();
  const ended = new Promise<string>((resolve) => {
    child.on('error', ({ message }) => resolve(`could not be started: ${message}`));
    child.on('exit', (code, signal) => {
      resolve(signal ? `was killed (${signal})` : `ended with exit code ${code}`);
    });
  });
  const pipe = child.stdio[PROGRESS_FD] as Readable;
  return { pid: child.pid ?? 0, progress: readProgress(pipe, { ended, log }), ended };
}

async function* readProgress(
  pipe: Readable,
  { ended, log }: { readonly ended: Promise<string>; readonly log: string },
): AsyncGenerator<Progress> {
  let isLast = false;
  for await (const line of linesOf(pipe)) {
    const progress = JSON.parse(line) as Progress;
    isLast = progress.type !== 'apiReady';
    yield progress;
  }
  if (isLast) return;
  throw new CommandError(`the cluster's process ${await ended} before it was ready`, {
    advice: `The end of ${log}:\n${lastLines(log, 8)}`,
  });
}

/** The end of a log, for messages: what went wrong, without where in our code it did. */
export function lastLines(file: string, count: number): string {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.filter(isTelling).slice(-count).join('\n');
  } catch {
    return '(it can not be read)';
  }
}

/** Of an error that nobody caught, Node.js writes a line of source, the error, its stack, itself. */
const isTelling = (line: string): boolean =>
  line.trim() !== '' && !/^\s+at \S|^\s*[~^]+$|^Node\.js v\d/.test(line);

/** Tells the process that started this one how far it is. */
export interface ProgressReport {
  tell(progress: Progress): void;
  /** Nothing more will be told. */
  end(): void;
}

/** Reports to whoever started this process with `startInBackground`, and to nobody else. */
export function reportProgress(environment: Environment): ProgressReport {
  let isOpen = environment[PROGRESS_VARIABLE] !== undefined;
  const attempt = (action: () => void) => {
    try {
      if (isOpen) action();
    } catch {
      isOpen = false; // The other end has gone: there is nobody to tell.
    }
  };
  return {
    tell: (progress) => attempt(() => writeFileSync(PROGRESS_FD, `${JSON.stringify(progress)}\n`)),
    end: () =>
      attempt(() => {
        closeSync(PROGRESS_FD);
        isOpen = false; // From now on the number may be somebody else's.
      }),
  };
}
