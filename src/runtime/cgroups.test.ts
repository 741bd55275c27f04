// Goal: the same limits reach the kernel in either layout of its groups.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cpuWeight, createCgroups } from './cgroups.ts';

const V1_FILES = {
  'cpu,cpuacct': ['cpu.shares', 'cpu.cfs_period_us', 'cpu.cfs_quota_us'],
  memory: ['memory.limit_in_bytes'],
  pids: ['pids.max'],
  unified: [],
};

/** Plain folders in the kernel's layout; the files that it would make are made here. */
function pretend(layout: Record<string, readonly string[]>, path: string): string {
  const root = mkdtempSync(join(tmpdir(), 'cgroups-'));
  for (const [hierarchy, names] of Object.entries(layout)) {
    mkdirSync(join(root, hierarchy, path), { recursive: true });
    for (const name of names) writeFileSync(join(root, hierarchy, path, name), '');
  }
  return root;
}

test('v1: one hierarchy per controller', () => {
  const root = pretend(V1_FILES, 'kubepods/pod1');
  const limits = { cpuShares: 512, cpuPeriod: 100_000, cpuQuota: 50_000, memoryLimitBytes: 4096 };
  createCgroups(root).apply('/kubepods/pod1', limits);
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  assert.equal(read('cpu,cpuacct/kubepods/pod1/cpu.shares'), '512');
  assert.equal(read('cpu,cpuacct/kubepods/pod1/cpu.cfs_quota_us'), '50000');
  assert.equal(read('memory/kubepods/pod1/memory.limit_in_bytes'), '4096');
  rmSync(root, { recursive: true });
});

test('v2: one hierarchy', () => {
  const root = pretend({ '.': ['cpu.weight', 'cpu.max', 'memory.max'] }, 'kubepods/pod1');
  writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory');
  createCgroups(root).apply('/kubepods/pod1', { cpuShares: 1024, memoryLimitBytes: 4096 });
  const read = (name: string) => readFileSync(join(root, 'kubepods/pod1', name), 'utf8');
  assert.deepEqual(
    [read('cpu.weight'), read('cpu.max'), read('memory.max')],
    ['39', 'max 100000', '4096'],
  );
  rmSync(root, { recursive: true });
});

for (const [shares, weight] of [
  [2, 1],
  [1024, 39],
  [262_144, 10_000],
] as const) {
  test(`${shares} shares weigh ${weight}`, () => assert.equal(cpuWeight(shares), weight));
}
