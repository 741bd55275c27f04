import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cniConfiguration, gatewayOf, macAddressFor, networkNames } from './pod-network.ts';

test('names differ by cluster and node, and fit an interface', () => {
  const names = [
    ['tutti', 'a'],
    ['tutti', 'b'],
    ['my-very-long-cluster-name', 'a'],
    ['Ünïcode!', 'a'],
  ].map(([cluster, node]) => networkNames(cluster!, node!));
  assert.equal(new Set(names.map(({ bridge }) => bridge)).size, 4);
  assert.equal(new Set(names.map(({ table }) => table)).size, 4);
  for (const { bridge, table } of names) {
    assert.match(bridge, /^[a-z0-9]+-[0-9a-f]{6}$/);
    assert.ok(bridge.length <= 15, bridge);
    assert.match(table, /^tutti-[a-z0-9-]+$/);
  }
  assert.deepEqual(networkNames('tutti', 'a'), names[0]); // The same after a restart.
});

test('a MAC address is of the kind that nobody manufactures', () => {
  assert.match(macAddressFor('x'), /^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/);
  assert.notEqual(macAddressFor('x'), macAddressFor('y'));
});

for (const [network, want] of [
  ['10.244.3.0/24', '10.244.3.1/24'],
  ['10.244.3.7/24', '10.244.3.1/24'],
  ['fd44:0:0:3::/64', 'fd44:0:0:3::1/64'],
] as const) {
  test(`the gateway of ${network} is ${want}`, () => assert.equal(gatewayOf(network), want));
}

test('the configuration names our bridge, both families, and no plugin that needs iptables', () => {
  const names = networkNames('tutti', 'a');
  const stateFolder = '/data/cni';
  const podNetworks = ['10.244.3.0/24', 'fd44::/64'];
  const { name, plugins } = cniConfiguration({ names, podNetworks, mtu: 1400, stateFolder });
  assert.equal(name, names.network);
  assert.equal(plugins.length, 1);
  assert.deepEqual(plugins[0]!.ipam, {
    type: 'host-local',
    ranges: [
      [{ subnet: '10.244.3.0/24', gateway: '10.244.3.1' }],
      [{ subnet: 'fd44::/64', gateway: 'fd44::1' }],
    ],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
    dataDir: '/data/cni',
  });
  assert.equal(plugins[0]!.bridge, names.bridge);
  assert.equal(plugins[0]!.mtu, 1400);
});
