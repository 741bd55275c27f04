import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dataFolderAt, deleteDataFolder, isDataFolder, openDataFolder } from './data-folder.ts';

const parent = mkdtempSync(join(tmpdir(), 'data-folder-'));
after(() => rmSync(parent, { recursive: true }));
let count = 0;
const fresh = () => join(parent, String(count++));

test('is made when it is first opened, and found again', () => {
  const path = join(fresh(), 'deep');
  assert.equal(isDataFolder(dataFolderAt(path)), false);
  openDataFolder(path);
  openDataFolder(path);
  assert.deepEqual(readdirSync(path), ['version']);
  assert.equal(isDataFolder(dataFolderAt(path)), true);
});

test('can be passed through by others, but not read', () => {
  const path = join(fresh(), 'deep');
  openDataFolder(path);
  for (const folder of [path, join(path, '..')]) assert.equal(statSync(folder).mode & 0o777, 0o711);
});

test('of a newer Tutti is refused and left as it is', () => {
  const path = fresh();
  mkdirSync(path);
  writeFileSync(join(path, 'version'), '99\n');
  const wanted = {
    message: `the data folder ${path} was made by a newer Tutti (layout 99, this one knows 1)`,
    advice: 'Use that version, or another folder with --data. Nothing was changed.',
  };
  assert.throws(() => openDataFolder(path), wanted);
  assert.throws(() => isDataFolder(dataFolderAt(path)), wanted);
  assert.deepEqual(readdirSync(path), ['version']);
  assert.equal(readFileSync(join(path, 'version'), 'utf8'), '99\n');
});

for (const text of ['', 'one', '1.5', '-1']) {
  test(`with "${text}" for a version is none`, () => {
    const path = fresh();
    mkdirSync(path);
    writeFileSync(join(path, 'version'), text);
    assert.throws(() => openDataFolder(path), {
      message: /doesn't hold the version of a data folder$/,
    });
  });
}

test("somebody else's folder isn't taken for ours, but may be beside ours", () => {
  const path = fresh();
  mkdirSync(join(path, 'images'), { recursive: true });
  assert.throws(() => openDataFolder(path), {
    message: `${path} is no data folder of Tutti, and ${path}/images is in it`,
  });
  assert.deepEqual(readdirSync(path), ['images']);
  const other = fresh();
  mkdirSync(join(other, 'lost+found'), { recursive: true });
  openDataFolder(other);
});

for (const { name, path } of [
  {
    name: 'below a file',
    path: () => {
      const file = fresh();
      writeFileSync(file, '');
      return join(file, 'x');
    },
  },
  { name: 'where nothing can be made', path: () => '/proc/nowhere/x' },
]) {
  test(`${name} it can't be`, () => {
    assert.throws(() => openDataFolder(path()), {
      name: 'CommandError',
      message: /^can't use the data folder .*: [a-z ]+$/,
      advice: /--data/,
    });
  });
}

test('is deleted with all of ours in it', () => {
  const folder = openDataFolder(fresh());
  for (const file of [
    folder.database,
    `${folder.database}-wal`,
    folder.running,
    folder.lock,
    `${folder.log}.1`,
  ]) {
    writeFileSync(file, '');
  }
  mkdirSync(join(folder.containerd, 'deep'), { recursive: true });
  assert.equal(deleteDataFolder(folder), true);
  assert.equal(existsSync(folder.path), false);
});

test('what is not ours is not deleted', () => {
  const folder = openDataFolder(fresh());
  writeFileSync(join(folder.path, 'diary.txt'), 'dear');
  assert.equal(deleteDataFolder(folder), false);
  assert.deepEqual(readdirSync(folder.path), ['diary.txt']);
});
