import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { imageFolders } from './image-folders.ts';

const root = mkdtempSync(join(tmpdir(), 'image-folders-'));
after(() => rmSync(root, { recursive: true }));

for (const file of [
  'shop/app.yaml',
  'shop/front/Containerfile',
  'shop/Back/Dockerfile',
  'shop/docs/readme.md',
  'shop/front/deep/Containerfile',
  'one/Containerfile',
  'other/one/Containerfile',
]) {
  const path = join(root, file);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '');
}

for (const { name, paths, want } of [
  { name: 'a folder that has one itself', paths: ['one'], want: ['one: one'] },
  {
    name: 'folders directly in it, and none deeper',
    paths: ['shop'],
    want: ['shop/Back: back', 'shop/front: front'],
  },
  {
    name: 'a folder and one in it',
    paths: ['shop/front'],
    want: ['shop/front: front', 'shop/front/deep: deep'],
  },
  { name: 'a folder given twice', paths: ['one', './one/', 'one'], want: ['one: one'] },
  { name: 'a file, and what is not there', paths: ['shop/app.yaml', 'nowhere'], want: [] },
]) {
  test(name, () => {
    const folders = imageFolders(paths.map((path) => join(root, path)));
    assert.deepEqual(
      folders.map(({ path, tag }) => `${path.replace(`${root}/`, '').replace(/\/$/, '')}: ${tag}`),
      want,
    );
  });
}

test('standard input is no folder', () => assert.deepEqual(imageFolders(['-']), []));

test('two folders of one name are a mistake that names both', () => {
  assert.throws(() => imageFolders([join(root, 'one'), join(root, 'other')]), {
    name: 'CommandError',
    message: /\/one and .*other\/one would both be the image one$/,
    advice: /rename one/,
  });
});
