import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { NetworkClaims } from './network-claims.ts';
import { type ClusterNetworks, clusterNetworks, nthOf } from './networks.ts';

let folder: DataFolder;
let other: DataFolder;
let claims: NetworkClaims;
const root = mkdtempSync(join(tmpdir(), 'networks-'));
beforeEach(() => {
  folder = openDataFolder(mkdtempSync(join(root, 'one-')));
  other = openDataFolder(mkdtempSync(join(root, 'other-')));
  claims = new NetworkClaims(mkdtempSync(join(root, 'claims-')));
});
after(() => rmSync(root, { recursive: true }));

const NOTHING = { podCidr: undefined, serviceCidr: undefined };

const networksBeside = (
  taken: readonly string[],
  asked: Partial<ClusterNetworks> = {},
  of: DataFolder = folder,
) => clusterNetworks(of, { ...NOTHING, ...asked }, { taken, claims });

test('two clusters that begin at once have different networks', () => {
  const [one, two] = [networksBeside([]), networksBeside([], {}, other)];
  assert.deepEqual(one, { podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' });
  assert.deepEqual(two, { podCidr: '10.245.0.0/16', serviceCidr: '10.97.0.0/16' });
  assert.deepEqual(networksBeside([]), one, 'and keep them');
});

test('what a cluster gave back, or was deleted with its folder, another may have', () => {
  networksBeside([]);
  claims.release(folder);
  assert.equal(networksBeside([], {}, other).serviceCidr, '10.96.0.0/16');
  rmSync(other.path, { recursive: true });
  assert.equal(networksBeside([]).serviceCidr, '10.96.0.0/16');
});

test('a network that another cluster has is refused', () => {
  networksBeside([], { podCidr: '10.20.0.0/16' }, other);
  assert.throws(
    () => networksBeside([], { podCidr: '10.20.0.0/16' }),
    new RegExp(`the cluster in ${other.path} has the network 10\\.20\\.0\\.0/16`),
  );
});

test('takes the usual networks where nobody has them', () => {
  const networks = networksBeside(['127.0.0.1', '192.0.2.2', 'fe80::1']);
  assert.deepEqual(networks, { podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' });
});

test('takes the next ones beside another cluster', () => {
  const networks = networksBeside(['10.244.0.1', '10.96.0.10', '10.245.3.1']);
  assert.deepEqual(networks, { podCidr: '10.246.0.0/16', serviceCidr: '10.97.0.0/16' });
});

test('stays with those that it began with', () => {
  const first = networksBeside([], { podCidr: '10.20.0.0/16' });
  assert.deepEqual(networksBeside(['10.20.0.1', '10.96.0.10']), first);
});

test('refuses to change them, and says which they are', () => {
  networksBeside([]);
  const change = () => networksBeside([], { serviceCidr: '10.50.0.0/16' });
  assert.throws(change, /began with --service-cidr 10\.96\.0\.0\/16/);
});

test('refuses what is no network, and writes nothing', () => {
  const call = () => networksBeside([], { podCidr: '10.20' });
  assert.throws(call, /--pod-cidr takes a network/);
  assert.throws(() => readFileSync(join(folder.path, 'networks.json')), /ENOENT/);
});

test('tells of a file that was damaged', () => {
  writeFileSync(join(folder.path, 'networks.json'), '{');
  assert.throws(() => networksBeside([]), /networks\.json can't be read/);
});

for (const [cidr, n, address] of [
  ['10.96.0.0/16', 1, '10.96.0.1'],
  ['10.96.5.250/16', 10, '10.96.0.10'],
  ['10.96.0.248/22', 300, '10.96.1.44'],
  ['fd00:10:96::/112', 10, 'fd00:10:96::a'],
] as const) {
  test(`address ${n} of ${cidr} is ${address}`, () => assert.equal(nthOf(cidr, n), address));
}
