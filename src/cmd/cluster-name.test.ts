import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { placeOf } from '../cli/place.ts';
import { noteRunning } from './background.ts';
import { claimName, clusterName, releaseName } from './cluster-name.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';

const parent = mkdtempSync(join(tmpdir(), 'cluster-name-'));
after(() => rmSync(parent, { recursive: true }));
const claims = join(parent, 'claims');
const folder = (name: string): DataFolder => openDataFolder(join(parent, name));
const startedAt = '2026-01-01T00:00:00Z';

test('a folder keeps the name that it began with', () => {
  const data = folder('kept');
  const place = (name?: string) => placeOf({ name, data: data.path });
  assert.equal(clusterName(data, place('a')), 'a');
  assert.equal(clusterName(data, place()), 'tutti');
  claimName(data, 'a', claims);
  assert.equal(clusterName(data, place()), 'a');
  assert.equal(clusterName(data, place('a')), 'a');
  assert.throws(() => clusterName(data, place('b')), {
    message: `${data.path} is the data folder of the cluster "a"`,
    advice: 'Say --name a, or choose another folder with --data.',
  });
});

test('a name has one node on the machine, until it is given back', () => {
  const [first, second] = [folder('first'), folder('second')];
  claimName(first, 'n', claims);
  claimName(first, 'n', claims);
  noteRunning(first.running, { startedAt });
  assert.throws(() => claimName(second, 'n', claims), {
    message: `this machine has a cluster "n" already, in ${first.path}`,
  });
  assert.equal(existsSync(second.name), false);
  releaseName(second, 'n', claims);
  assert.equal(readlinkSync(join(claims, 'n')), first.path);
  releaseName(first, 'n', claims);
  claimName(second, 'n', claims);
});

test('a claim of what went down without it is void', () => {
  const [first, second] = [folder('gone'), folder('next')];
  claimName(first, 'm', claims);
  claimName(second, 'm', claims);
  assert.equal(readlinkSync(join(claims, 'm')), second.path);
});

test('nothing is left when the last has gone', () => {
  const own = join(parent, 'own-claims');
  claimName(folder('last'), 'z', own);
  releaseName(folder('last'), 'z', own);
  assert.equal(existsSync(own), false);
  releaseName(folder('last'), 'z', own);
});
