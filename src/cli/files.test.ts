import assert from 'node:assert/strict';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { CommandError } from './command.ts';
import { replaceFile, withLock } from './files.ts';

const folder = mkdtempSync(join(tmpdir(), 'files-'));
after(() => rmSync(folder, { recursive: true }));
const isRoot = process.getuid?.() === 0;

test('a file that is replaced keeps its owner', { skip: !isRoot }, () => {
  const path = join(folder, 'owned');
  writeFileSync(path, 'old');
  chownSync(path, 1234, 5678);
  replaceFile(path, 'new', { mode: 0o600 });
  assert.equal(readFileSync(path, 'utf8'), 'new');
  const { uid, gid, mode } = statSync(path);
  assert.deepEqual([uid, gid, mode & 0o777], [1234, 5678, 0o600]);
});

test('what is new belongs to whoever has the folder', { skip: !isRoot }, () => {
  const home = mkdtempSync(join(folder, 'home-'));
  chownSync(home, 1234, 5678);
  replaceFile(join(home, '.kube', 'config'), 'x', { mode: 0o600 });
  assert.equal(statSync(join(home, '.kube')).uid, 1234);
  assert.equal(statSync(join(home, '.kube', 'config')).uid, 1234);
});

test('work goes on when another program lets go of its lock', async () => {
  const clock = new VirtualClock();
  const path = join(folder, 'awaited');
  writeFileSync(`${path}.lock`, '');
  const done = withLock(path, clock, async () => existsSync(`${path}.lock`));
  await clock.advance(500);
  rmSync(`${path}.lock`);
  await clock.advance(100);
  assert.equal(await done, true);
  assert.equal(existsSync(`${path}.lock`), false);
});

test('a lock that is left behind is told of, and left', async () => {
  const clock = new VirtualClock();
  const path = join(folder, 'stuck');
  writeFileSync(`${path}.lock`, '');
  const refused = assert.rejects(
    withLock(path, clock, async () => {}),
    (error: CommandError) => {
      assert.equal(error.message, `another program is changing ${path}`);
      return error.advice?.includes(`${path}.lock`) ?? false;
    },
  );
  await clock.advance(10_000);
  await refused;
  assert.ok(existsSync(`${path}.lock`));
});

test('the lock goes when the work fails', async () => {
  const path = join(folder, 'failing');
  const work = withLock(path, new VirtualClock(), () => Promise.reject(new Error('no')));
  await assert.rejects(work, { message: 'no' });
  assert.equal(existsSync(`${path}.lock`), false);
});
