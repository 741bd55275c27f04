import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../api/generated/core/v1/types.ts';
import { routesTo } from './node-routes.ts';

// Goal: pin which way leads to the pods of which node.

const node = (name: string, podCIDRs: string[], addresses: string[], type = 'InternalIP') =>
  ({
    metadata: { name },
    spec: { podCIDRs },
    status: { addresses: addresses.map((address) => ({ type, address })) },
  }) as unknown as Node;

const view = { nodeName: 'a', podNetworks: ['10.244.0.0/16', 'fd00::/16'] };
const own = node('a', ['10.244.0.0/24'], ['192.0.2.1']);

for (const { name, others, routes } of [
  { name: 'no other node', others: [], routes: [] },
  {
    name: 'two of them, in an order of their own',
    others: [
      node('c', ['10.244.2.0/24'], ['192.0.2.3']),
      node('b', ['10.244.1.0/24'], ['192.0.2.2']),
    ],
    routes: ['10.244.1.0/24 192.0.2.2', '10.244.2.0/24 192.0.2.3'],
  },
  {
    name: 'both families, each by its own',
    others: [node('b', ['10.244.1.0/24', 'fd00:1::/64'], ['192.0.2.2', '2001:db8::2'])],
    routes: ['10.244.1.0/24 192.0.2.2', 'fd00:1::/64 2001:db8::2'],
  },
  {
    name: 'a family that the node is not reached by',
    others: [node('b', ['10.244.1.0/24', 'fd00:1::/64'], ['192.0.2.2'])],
    routes: ['10.244.1.0/24 192.0.2.2'],
  },
  { name: 'a node without a network yet', others: [node('b', [], ['192.0.2.2'])], routes: [] },
  {
    name: 'a node that only tells its name',
    others: [node('b', ['10.244.1.0/24'], ['b'], 'Hostname')],
    routes: [],
  },
  {
    name: "a network that is not the pods'",
    others: [node('b', ['0.0.0.0/0', '10.0.0.0/8', '192.0.2.0/24', '::/0'], ['192.0.2.2'])],
    routes: [],
  },
  {
    name: 'what is no network and no address',
    others: [node('b', ['nonsense; reboot'], ['192.0.2.2']), node('c', ['10.244.3.0/24'], ['x y'])],
    routes: [],
  },
]) {
  test(name, () => {
    const found = routesTo([own, ...others], view).map(({ network, via }) => `${network} ${via}`);
    assert.deepEqual(found, routes);
  });
}
