// Goal: readers of a projected volume see one version of its files, whole, whatever came before.
import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type ProjectedFiles, writeProjectedFiles } from './projected-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'projected-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = (contents: Record<string, string>, mode = 0o644): ProjectedFiles =>
  new Map(
    Object.entries(contents).map(([path, text]) => [path, { content: Buffer.from(text), mode }]),
  );
const visible = () =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => !path.startsWith('..') && statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  );
const versions = () => readdirSync(folder).filter((name) => name.startsWith('..version-'));

test('shows the files through one link', () => {
  assert.equal(writeProjectedFiles(folder, files({ a: '1', 'd/b': '2' })), true);
  assert.equal(readFileSync(join(folder, 'a'), 'utf8'), '1');
  assert.equal(readFileSync(join(folder, 'd/b'), 'utf8'), '2');
  assert.equal(readlinkSync(join(folder, 'a')), '..data/a');
  assert.equal(readlinkSync(join(folder, '..data')), versions()[0]);
});

test('changes nothing when nothing has changed', () => {
  writeProjectedFiles(folder, files({ a: '1', 'd/b': '2' }));
  const [before] = versions();
  assert.equal(writeProjectedFiles(folder, files({ a: '1', 'd/b': '2' })), false);
  assert.deepEqual(versions(), [before]);
});

test('replaces content, adds and removes names, and leaves one version', () => {
  writeProjectedFiles(folder, files({ a: '1', b: '2' }));
  assert.equal(writeProjectedFiles(folder, files({ a: 'new', c: '3' })), true);
  assert.deepEqual(visible(), { a: 'new', c: '3' });
  assert.equal(versions().length, 1);
});

test('shows no file when there are none', () => {
  writeProjectedFiles(folder, files({ a: '1' }));
  writeProjectedFiles(folder, files({}));
  assert.deepEqual(visible(), {});
});

test('sets the permissions asked for, whatever the umask', () => {
  const before = process.umask(0o077);
  writeProjectedFiles(folder, files({ a: '1' }, 0o666));
  process.umask(before);
  assert.equal(statSync(join(folder, 'a')).mode & 0o777, 0o666);
});

test('a change of permissions alone is a change', () => {
  writeProjectedFiles(folder, files({ a: '1' }, 0o644));
  assert.equal(writeProjectedFiles(folder, files({ a: '1' }, 0o600)), true);
  assert.equal(statSync(join(folder, 'a')).mode & 0o777, 0o600);
});

test('lets a group read', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  writeProjectedFiles(folder, files({ a: '1' }, 0o600), 2000);
  const stat = statSync(join(folder, 'a'));
  assert.deepEqual([stat.gid, stat.mode & 0o777], [2000, 0o640]);
});

test('goes on where a process was killed just before the change', () => {
  writeProjectedFiles(folder, files({ a: '1' }));
  symlinkSync('..version-lost', join(folder, '..data_next'));
  writeProjectedFiles(folder, files({ a: '2' }));
  assert.deepEqual(visible(), { a: '2' });
});

for (const path of ['../out', '/out', 'a/../../out', '..data']) {
  test(`writes nothing to ${path}`, () => {
    const write = () => writeProjectedFiles(join(folder, 'volume'), files({ [path]: '1' }));
    assert.throws(write, { name: 'RuntimeFailure', kind: 'permanent' });
    assert.deepEqual(readdirSync(folder), []);
  });
}
