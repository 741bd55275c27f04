import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { CommandError } from '../cli/command.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from '../runtime/process.ts';
import type { DataFolder } from './data-folder.ts';
import type { ContainerdTarget } from './local-images.ts';

/** What the process in the background tells the one that started it, a JSON line each. */
export type Progress =
  | { readonly type: 'apiReady'; readonly url: string }
  | { readonly type: 'nodeReady' }
  | { readonly type: 'failed'; readonly message: string; readonly advice?: string | undefined };

/** The descriptor on which the process in the background tells of its progress. */
export const PROGRESS_FD = 3;

/** Which process runs a cluster, and how to reach it; kept in its data folder. */
export interface RunningCluster {
  readonly process: ProcessIdentity;
  readonly url: string;
  readonly startedAt: string;
  /** The node on this machine, by which its network is named. */
  readonly nodeName: string;
  /** Where the node's containers run; known once its containerd answers. */
  readonly containerd?: ContainerdTarget;
}

/** The cluster that runs on this data folder; undefined when none does. */
export function findRunning(folder: DataFolder): RunningCluster | undefined {
  const noted = readRunning(folder);
  return noted && isRunning(noted.process) ? noted : undefined;
}

/** What was noted of the process that runs the cluster, or ran it last. */
export function readRunning(folder: DataFolder): RunningCluster | undefined {
  try {
    return JSON.parse(readFileSync(folder.running, 'utf8')) as RunningCluster;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined; // Not written, or not to its end: nobody got as far as running.
    }
    throw error;
  }
}

/** Notes that this process runs the cluster. */
export function noteRunning(folder: DataFolder, facts: Omit<RunningCluster, 'process'>): void {
  const identity = identifyProcess(process.pid);
  writeFileSync(`${folder.running}.new`, JSON.stringify({ process: identity, ...facts }));
  renameSync(`${folder.running}.new`, folder.running);
}

/** The containerd of a running cluster. Throws CommandError when there is none. */
export function containerdOf(folder: DataFolder): ContainerdTarget {
  const target = findRunning(folder)?.containerd;
  if (target) return target;
  throw new CommandError('no cluster with a node runs here', {
    advice: 'Start one with "tutti up".',
  });
}

export function forgetRunning(folder: DataFolder): void {
  rmSync(folder.running, { force: true });
}

/** A process that was started in the background, and what it tells. */
export interface Started {
  readonly pid: number;
  /** Ends when the process has nothing more to tell, or is gone. */
  readonly progress: AsyncIterable<Progress>;
}

/** Starts this very program again with other words, detached, its output going to a log file. */
export function startInBackground(words: readonly string[], log: string): Started {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'a', 0o640);
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...words], {
    detached: true,
    stdio: ['ignore', output, output, 'pipe'],
    cwd: '/',
  });
  closeSync(output);
  child.unref();
  const pipe = child.stdio[PROGRESS_FD] as Readable;
  return { pid: child.pid ?? 0, progress: readProgress(pipe, log) };
}

async function* readProgress(pipe: Readable, log: string): AsyncGenerator<Progress> {
  let rest = '';
  let ended = false;
  pipe.setEncoding('utf8');
  for await (const chunk of pipe) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const progress = JSON.parse(line) as Progress;
      ended = progress.type !== 'apiReady';
      yield progress;
    }
  }
  if (ended) return;
  throw new CommandError(`the cluster's process ended before it was ready`, {
    advice: `The end of ${log}:\n${lastLines(log, 8)}`,
  });
}

/** The end of a text file, for messages. */
export function lastLines(file: string, count: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '(it can not be read)';
  }
}

/** Tells the process that started this one; goes nowhere when nobody listens. */
export function tellProgress(progress: Progress): void {
  try {
    writeFileSync(PROGRESS_FD, `${JSON.stringify(progress)}\n`);
  } catch {
    // It was started by hand, or the other end has gone: there is nobody to tell.
  }
}

/** Says that nothing more will be told. */
export function endProgress(): void {
  try {
    closeSync(PROGRESS_FD);
  } catch {
    // It was never open.
  }
}
