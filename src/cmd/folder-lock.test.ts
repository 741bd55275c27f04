import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { openDataFolder } from './data-folder.ts';
import { FolderInUse, lockFolder, lockFolderWithin, type Role } from './folder-lock.ts';

// Goal: one process has a folder, the others are told which, and it is free as soon as that one is
// gone. Locks are between processes, so each holder is one.

const path = mkdtempSync(join(tmpdir(), 'folder-lock-'));
const folder = openDataFolder(path);
after(() => rmSync(path, { recursive: true }));

const HOLDER = `
  const { openDataFolder } = await import('${join(import.meta.dirname, 'data-folder.ts')}');
  const { lockFolder } = await import('${join(import.meta.dirname, 'folder-lock.ts')}');
  lockFolder(openDataFolder(process.argv[1]), process.argv[2]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  gc(); // What nobody refers to is not held for long.
  await new Promise((resolve) => setTimeout(resolve, 20));
  console.log('held');
  setInterval(() => {}, 1000);
`;

async function holder(role: Role): Promise<{ pid: number; kill: () => Promise<unknown> }> {
  const args = ['--expose-gc', '--input-type=module', '-e', HOLDER, path, role];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => child.kill('SIGKILL')); // Also when the test fails before it does.
  await once(child.stdout, 'data');
  return {
    pid: child.pid!,
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

test('another process is told who has it, and has it when that one is killed', async () => {
  const { pid, kill } = await holder('cluster');
  assert.throws(
    () => lockFolder(folder, 'cluster'),
    (error: FolderInUse) => {
      assert.equal(error.message, `the data folder ${path} is in use by process ${pid}`);
      return error instanceof FolderInUse && error.pid === pid;
    },
  );
  await assert.rejects(lockFolderWithin(systemClock, folder, 60), FolderInUse);
  const awaited = lockFolderWithin(systemClock, folder, 10_000);
  await kill();
  (await awaited).release();
});

test('nobody else may read its files, and so lock them', () => {
  lockFolder(folder, 'cluster').release();
  for (const file of [folder.lock, folder.nodeLock]) {
    assert.equal(statSync(file).mode & 0o777, 0o600);
  }
});

for (const { held, wanted, free } of [
  { held: 'server', wanted: 'server', free: false },
  { held: 'server', wanted: 'cluster', free: false },
  { held: 'server', wanted: 'node', free: true },
  { held: 'node', wanted: 'server', free: true },
  { held: 'node', wanted: 'node', free: false },
  { held: 'node', wanted: 'cluster', free: false },
  { held: 'cluster', wanted: 'node', free: false },
] as const) {
  test(`a ${wanted} beside a ${held}: ${free ? 'yes' : 'no'}`, async () => {
    const { kill } = await holder(held);
    try {
      if (free) lockFolder(folder, wanted).release();
      else assert.throws(() => lockFolder(folder, wanted), FolderInUse);
    } finally {
      await kill();
    }
    lockFolder(folder, 'cluster').release(); // Nothing was kept of a lock that failed.
  });
}
