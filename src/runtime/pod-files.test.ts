// Goal: no path of a pod leads out of its volumes, and nothing of a removed pod stays.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { mountsBelow, unmountBelow } from './mounts.ts';
import { createPodFiles, mountProjectedMemory, type PodFiles } from './pod-files.ts';

const root = { skip: process.getuid?.() !== 0 && 'needs root' };
let folder: string;
let files: PodFiles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pod-files-'));
  files = createPodFiles(folder, join(folder, 'logs'));
});
afterEach(async () => {
  for (const uid of files.podUids()) await files.removePod(uid);
  rmSync(folder, { recursive: true });
});

const part = (volume: string, path: string) =>
  files.subPath('u1', { volume: 'v', folder: volume, path, key: 'main-0' });

test('an empty volume is writable by all, and keeps its content', async () => {
  const path = await files.emptyVolume('u1', 'v', { inMemory: false });
  assert.equal(statSync(path).mode & 0o7777, 0o777);
  writeFileSync(join(path, 'kept'), '');
  await files.emptyVolume('u1', 'v', { inMemory: false });
  assert.deepEqual(readdirSync(path), ['kept']);
});

test('an empty volume in memory is limited, and mounted once', root, async () => {
  const options = { inMemory: true, sizeBytes: 65_536, group: 2000 };
  const path = await files.emptyVolume('u1', 'v', options);
  await files.emptyVolume('u1', 'v', options);
  assert.deepEqual(
    mountsBelow(path).map(({ type }) => type),
    ['tmpfs'],
  );
  assert.deepEqual([statSync(path).gid, statSync(path).mode & 0o7777], [2000, 0o2777]);
  assert.throws(() => writeFileSync(join(path, 'big'), Buffer.alloc(100_000)), /ENOSPC/);
});

test('a part of a volume is made if need be, and mounted', root, async () => {
  const volume = await files.emptyVolume('u1', 'v', { inMemory: false });
  const path = await part(volume, 'a/b');
  writeFileSync(join(path, 'file'), 'seen');
  assert.equal(readFileSync(join(volume, 'a/b/file'), 'utf8'), 'seen');
});

test('a file of a volume can be mounted alone', root, async () => {
  const volume = await files.emptyVolume('u1', 'v', { inMemory: false });
  writeFileSync(join(volume, 'f'), 'text');
  assert.equal(readFileSync(await part(volume, 'f'), 'utf8'), 'text');
});

for (const { name, path } of [
  { name: 'upwards', path: '../other' },
  { name: 'through a link', path: 'link/x' },
  { name: 'to a link', path: 'link' },
]) {
  test(`no part of a volume leads ${name}`, root, async () => {
    const volume = await files.emptyVolume('u1', 'v', { inMemory: false });
    mkdirSync(join(folder, 'outside/x'), { recursive: true });
    symlinkSync(join(folder, 'outside'), join(volume, 'link'));
    await assert.rejects(part(volume, path), /not within volume path/);
  });
}

test('a removed pod leaves no file, mount or log, and what was mounted stays', root, async () => {
  const pod = { namespace: 'default', name: 'web', uid: 'u1' };
  writeFileSync(join(files.logFolder(pod), '0.log'), '');
  const host = join(folder, 'host');
  mkdirSync(join(host, 'dir'), { recursive: true });
  writeFileSync(join(host, 'dir/precious'), '');
  await part(host, 'dir');
  await files.emptyVolume('u1', 'memory', { inMemory: true });
  files.terminationLog('u1', 'main', 0);
  await files.removePod('u1');
  assert.deepEqual(files.podUids(), []);
  assert.deepEqual(readdirSync(join(folder, 'logs')), []);
  assert.deepEqual(mountsBelow(folder), []);
  assert.ok(existsSync(join(host, 'dir/precious')));
});

test('a folder reached through a link loses nothing that is mounted in it', root, async () => {
  const link = `${folder}-link`;
  symlinkSync(folder, link);
  try {
    const linked = createPodFiles(link, join(link, 'logs'));
    const memory = { inMemory: true };
    const volume = await linked.emptyVolume('u1', 'memory', memory);
    await linked.emptyVolume('u1', 'memory', memory);
    assert.equal(mountsBelow(volume).length, 1);
    mkdirSync(join(folder, 'host/dir'), { recursive: true });
    writeFileSync(join(folder, 'host/dir/precious'), '');
    const at = { volume: 'v', folder: join(link, 'host'), path: 'dir', key: 'main-0' };
    await linked.subPath('u1', at);
    await linked.removePod('u1');
    assert.deepEqual(mountsBelow(folder), []);
    assert.ok(existsSync(join(folder, 'host/dir/precious')));
  } finally {
    rmSync(link);
  }
});

test('only root enters where secrets are', root, async () => {
  await mountProjectedMemory(folder);
  try {
    assert.equal(statSync(join(folder, 'memory')).mode & 0o7777, 0o750);
  } finally {
    await unmountBelow(folder);
  }
});

for (const { name, type, path, ok } of [
  { name: 'a folder is one', type: 'Directory', path: 'dir', ok: true },
  { name: 'a file is no folder', type: 'Directory', path: 'file', ok: false },
  { name: 'a folder is made', type: 'DirectoryOrCreate', path: 'new/dir', ok: true },
  { name: 'a file is made', type: 'FileOrCreate', path: 'new-file', ok: true },
  { name: 'a missing file is none', type: 'File', path: 'no', ok: false },
  { name: 'a file is no socket', type: 'Socket', path: 'file', ok: false },
  { name: 'without a type anything will do', type: '', path: 'no', ok: true },
]) {
  test(`host path: ${name}`, () => {
    mkdirSync(join(folder, 'dir'));
    writeFileSync(join(folder, 'file'), '');
    const check = () => files.checkHostPath(join(folder, path), type);
    if (ok) assert.doesNotThrow(check);
    else assert.throws(check, /^RuntimeFailure: hostPath type check failed: .* is not a/);
  });
}
