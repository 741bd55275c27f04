import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, sleep } from '../base/clock.ts';
import { pathsUnder } from './containerd-paths.ts';
import { findProcesses, isRunning, type ProcessIdentity, signalProcess } from './process.ts';

const KILLED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 5;

/** The containerd of a folder, also when whoever started it was killed before it was noted. */
export function daemonOf(folder: string): ProcessIdentity | undefined {
  const { config } = pathsUnder(folder);
  return findProcesses((argv) => isDaemonOf(config, argv))[0];
}

/**
 * Kills what a containerd leaves behind: its shims and all that runs in their containers, also in
 * those that were just being made, or whose shim is gone. Resolves when the kernel has none of it.
 * To be called once the containerd itself is gone, as nothing new may begin.
 */
export async function killLeftovers(clock: Clock, folder: string): Promise<void> {
  const { state, socket } = pathsUnder(folder);
  const containers = new Set<string>();
  const deadline = clock.monotonicMs() + KILLED_WITHIN_MS;
  // What is being made may begin one more process until its shim is gone, so we look again.
  for (;;) {
    for (const id of bundlesIn(state)) containers.add(id);
    const left = findProcesses(
      (argv, pid) => isShimOf(socket, argv) || isContained(pid, containers),
    );
    if (left.length === 0 || clock.monotonicMs() > deadline) return;
    for (const each of left) signalProcess(each, 'SIGKILL');
    while (left.some(isRunning) && clock.monotonicMs() < deadline) {
      await sleep(clock, LOOK_EVERY_MS);
    }
  }
}

/** Kills a containerd that can't be asked to end, with all that runs in it. */
export async function killDaemon(clock: Clock, folder: string): Promise<void> {
  const daemon = daemonOf(folder);
  if (daemon) signalProcess(daemon, 'SIGKILL');
  while (daemon && isRunning(daemon)) await sleep(clock, LOOK_EVERY_MS);
  await killLeftovers(clock, folder);
}

const isDaemonOf = (config: string, argv: readonly string[]): boolean =>
  /(^|\/)containerd$/.test(argv[0] ?? '') && argv.includes(config);

function isShimOf(socketPath: string, argv: readonly string[]): boolean {
  const address = argv.indexOf('-address');
  return /containerd-shim/.test(argv[0] ?? '') && argv[address + 1] === socketPath && address > 0;
}

/** The containers that have a shim, by their folders. */
function bundlesIn(state: string): string[] {
  try {
    return readdirSync(join(state, 'io.containerd.runtime.v2.task', 'k8s.io'));
  } catch {
    return []; // There was never one.
  }
}

/** Whether a process is in the cgroup of a container, or below it. */
function isContained(pid: number, containers: ReadonlySet<string>): boolean {
  if (containers.size === 0) return false;
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  return groups.split(/[/\n]/).some((part) => containers.has(part));
}
