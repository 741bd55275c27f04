import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { clusterNetworks, nthOf } from './networks.ts';

let folder: DataFolder;
beforeEach(() => {
  folder = openDataFolder(mkdtempSync(join(tmpdir(), 'networks-')));
});
afterEach(() => rmSync(folder.path, { recursive: true }));

const NOTHING = { podCidr: undefined, serviceCidr: undefined };

test('takes the usual networks where nobody has them', () => {
  const networks = clusterNetworks(folder, NOTHING, ['127.0.0.1', '192.0.2.2', 'fe80::1']);
  assert.deepEqual(networks, { podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' });
});

test('takes the next ones beside another cluster', () => {
  const networks = clusterNetworks(folder, NOTHING, ['10.244.0.1', '10.96.0.10', '10.245.3.1']);
  assert.deepEqual(networks, { podCidr: '10.246.0.0/16', serviceCidr: '10.97.0.0/16' });
});

test('stays with those that it began with', () => {
  const first = clusterNetworks(folder, { ...NOTHING, podCidr: '10.20.0.0/16' }, []);
  assert.deepEqual(clusterNetworks(folder, NOTHING, ['10.20.0.1', '10.96.0.10']), first);
});

test('refuses to change them, and says which they are', () => {
  clusterNetworks(folder, NOTHING, []);
  const change = () => clusterNetworks(folder, { ...NOTHING, serviceCidr: '10.50.0.0/16' }, []);
  assert.throws(change, /began with --service-cidr 10\.96\.0\.0\/16/);
});

test('refuses what is no network, and writes nothing', () => {
  const call = () => clusterNetworks(folder, { ...NOTHING, podCidr: '10.20' }, []);
  assert.throws(call, /--pod-cidr takes a network/);
  assert.throws(() => readFileSync(join(folder.path, 'networks.json')), /ENOENT/);
});

test('tells of a file that was damaged', () => {
  writeFileSync(join(folder.path, 'networks.json'), '{');
  assert.throws(() => clusterNetworks(folder, NOTHING, []), /networks\.json can't be read/);
});

for (const [cidr, n, address] of [
  ['10.96.0.0/16', 1, '10.96.0.1'],
  ['10.96.5.250/16', 10, '10.96.0.10'],
  ['10.96.0.248/22', 300, '10.96.1.44'],
  ['fd00:10:96::/112', 10, 'fd00:10:96::a'],
] as const) {
  test(`address ${n} of ${cidr} is ${address}`, () => assert.equal(nthOf(cidr, n), address));
}
