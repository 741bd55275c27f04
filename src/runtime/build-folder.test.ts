import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openBuildFolder } from './build-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'tutti-build-folder-'));
mkdirSync(join(root, 'a/deep'), { recursive: true });
mkdirSync(join(root, 'b'));
writeFileSync(join(root, 'a/deep/f'), 'text', { mode: 0o640 });
writeFileSync(join(root, 'b/g'), '');
symlinkSync('../../outside', join(root, 'a/link'));
after(() => rmSync(root, { recursive: true }));

const pathsWithout = async (ignored: readonly string[], hasExceptions = false) => {
  const ignores = (path: string) => ignored.includes(path);
  const files = await openBuildFolder(root).list({ ignores, hasExceptions });
  return files.map(({ path }) => path);
};

test('everything is listed, folders before what is in them, links unfollowed', async () => {
  const files = await openBuildFolder(root).list({ ignores: () => false, hasExceptions: false });
  assert.deepEqual(
    files.map(({ path, type }) => `${type} ${path}`),
    [
      'directory a',
      'directory a/deep',
      'file a/deep/f',
      'symlink a/link',
      'directory b',
      'file b/g',
    ],
  );
  const [, , file, link] = files;
  assert.deepEqual([file!.size, file!.mode], [4, 0o640]);
  assert.equal(link!.linkname, '../../outside');
});

test('an ignored folder is not looked into, unless it may hold exceptions', async () => {
  assert.deepEqual(await pathsWithout(['a']), ['b', 'b/g']);
  assert.deepEqual(await pathsWithout(['a', 'a/link', 'b', 'b/g'], true), [
    'a',
    'a/deep',
    'a/deep/f',
  ]);
});

test('a file that is not there has no text', async () => {
  assert.equal(await openBuildFolder(root).readText('a/deep/f'), 'text');
  assert.equal(await openBuildFolder(root).readText('nope'), undefined);
});
