import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ContainerResources } from './cri-types.ts';

/** The kernel's groups of processes, by paths that begin at the root of the hierarchy. */
export interface Cgroups {
  /** Makes the group if need be, and sets its share of the machine. */
  apply(path: string, resources: ContainerResources): void;
  /** Removes the group with all below it; false while there are processes in it. */
  remove(path: string): boolean;
}

/**
 * Groups as the machine has them: one hierarchy (v2), or one per controller (v1, and hybrid
 * machines, whose unified hierarchy has no controllers).
 */
export function createCgroups(root = '/sys/fs/cgroup'): Cgroups {
  return existsSync(join(root, 'cgroup.controllers')) ? unified(root) : perController(root);
}

const PIDS_UNLIMITED = 'max';

function unified(root: string): Cgroups {
  return {
    apply(path, { cpuShares, cpuQuota, cpuPeriod, memoryLimitBytes }) {
      let folder = root;
      for (const part of path.split('/').filter(Boolean)) {
        // A controller reaches a group only if its parent hands it down.
        for (const controller of ['cpu', 'memory', 'pids', 'io', 'cpuset']) {
          tryWrite(join(folder, 'cgroup.subtree_control'), `+${controller}`);
        }
        folder = join(folder, part);
        mkdirSync(folder, { recursive: true });
      }
      if (cpuShares !== undefined) write(folder, 'cpu.weight', cpuWeight(cpuShares));
      write(folder, 'cpu.max', `${cpuQuota ?? 'max'} ${cpuPeriod ?? 100_000}`);
      write(folder, 'memory.max', memoryLimitBytes ?? 'max');
    },
    remove: (path) => removeTree(join(root, path)),
  };
}

/** Shares of v1 (2 to 262144) as a weight of v2 (1 to 10000). */
export const cpuWeight = (shares: number): number =>
  1 + Math.floor(((shares - 2) * 9999) / 262_142);

function perController(root: string): Cgroups {
  const hierarchies = readdirSync(root).filter((name) => isFolder(join(root, name)));
  const group = (controller: string, path: string): string | undefined => {
    // Mounted together, controllers share a folder: `cpu,cpuacct`.
    const hierarchy = hierarchies.find((name) => name.split(',').includes(controller));
    if (!hierarchy) return undefined;
    const folder = join(root, hierarchy, path);
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  return {
    apply(path, { cpuShares, cpuQuota, cpuPeriod, memoryLimitBytes }) {
      const cpu = group('cpu', path);
      if (cpu && cpuShares !== undefined) write(cpu, 'cpu.shares', cpuShares);
      if (cpu && cpuPeriod !== undefined) write(cpu, 'cpu.cfs_period_us', cpuPeriod);
      if (cpu) write(cpu, 'cpu.cfs_quota_us', cpuQuota ?? -1);
      const memory = group('memory', path);
      if (memory) write(memory, 'memory.limit_in_bytes', memoryLimitBytes ?? -1);
      const pids = group('pids', path);
      if (pids) write(pids, 'pids.max', PIDS_UNLIMITED);
    },
    // The runtime makes the group in every hierarchy.
    remove: (path) =>
      hierarchies.map((name) => removeTree(join(root, name, path))).every((gone) => gone),
  };
}

/** Kills all that runs in a group and below it, in whichever hierarchy. */
export function killGroup(path: string, root = '/sys/fs/cgroup'): void {
  const isUnified = existsSync(join(root, 'cgroup.controllers'));
  const roots = isUnified ? [root] : readdirSync(root).map((name) => join(root, name));
  for (const pid of new Set(roots.flatMap((each) => processesBelow(join(each, path))))) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended while we looked.
    }
  }
}

function processesBelow(folder: string): number[] {
  if (!isFolder(folder)) return [];
  const own = readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
  const below = readdirSync(folder).flatMap((name) => processesBelow(join(folder, name)));
  return [...own.map(Number), ...below];
}

function write(folder: string, file: string, value: string | number): void {
  const path = join(folder, file);
  if (readFileSync(path, 'utf8').trim() !== String(value)) writeFileSync(path, String(value));
}

function tryWrite(path: string, value: string): void {
  try {
    writeFileSync(path, value);
  } catch {
    // The machine doesn't have the controller; then nothing can be limited by it.
  }
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function removeTree(folder: string): boolean {
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (isFolder(path)) removeTree(path);
    }
    rmdirSync(folder); // The files in it aren't real, so it counts as empty.
    return true;
  } catch {
    return !isFolder(folder); // In use, or gone meanwhile: whoever runs in it may take it away, too.
  }
}
