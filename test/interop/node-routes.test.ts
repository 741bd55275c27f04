import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodes } from '../../src/api/generated/core/v1/resources.ts';
import type { Node } from '../../src/api/generated/core/v1/types.ts';
import { Informer } from '../../src/client/informer.ts';
import { startNodeRoutes } from '../../src/network/node-routes.ts';
import type { Route } from '../../src/runtime/netlink.ts';
import { startVirtualApi } from '../support/virtual-api.ts';

// Goal: routes follow the nodes as they come and go, what an earlier life has left goes, and what
// can't be had is said once and tried again.

const VIEW = { bridge: 'br', nodeName: 'own', podNetworks: ['10.244.0.0/16'] };

test('routes follow the nodes', async () => {
  const api = await startVirtualApi();
  const { client, clock } = api;
  const made: string[][] = [];
  let refuses = false;
  const links = {
    async setRoutes(_: string, routes: readonly Route[]) {
      made.push(routes.map(({ network, via }) => `${network} ${via}`));
      return new Map(refuses ? routes.map((route) => [route, 'no way'] as const) : []);
    },
  };
  const add = async (name: string, podCIDR: string, address: string) => {
    const created = await client.create(nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      spec: { podCIDR, podCIDRs: [podCIDR] },
    } as never);
    const status = { addresses: [{ type: 'InternalIP', address }] };
    await client.update(nodes, { ...created, status } as Node, { subresource: 'status' });
    await clock.advance(100);
  };
  const stop = new AbortController();
  await add('own', '10.244.0.0/24', '192.0.2.1');
  const informer = new Informer(api, nodes);
  startNodeRoutes({ ...api, links }, informer, VIEW, stop.signal);
  informer.start(stop.signal);
  await clock.advance(100);
  assert.deepEqual(made, [[]], 'none, also of what an earlier life has left');

  await add('b', '10.244.1.0/24', '192.0.2.2');
  assert.deepEqual(made.at(-1), ['10.244.1.0/24 192.0.2.2']);
  const count = made.length;
  await client.patch(
    nodes,
    { name: 'b' },
    { type: 'merge', body: { metadata: { labels: { a: 'b' } } } },
  );
  await clock.advance(1_000);
  assert.equal(made.length, count, 'a change that is none of ours');

  refuses = true;
  await add('c', '10.244.2.0/24', '198.51.100.3');
  await clock.advance(60_000);
  assert.ok(made.length > count + 5, 'it is tried again');
  const warnings = api.log.filter(({ message }) => /not reached/.test(message));
  assert.equal(warnings.length, 1, 'and said once');

  refuses = false;
  await client.delete(nodes, { name: 'b' });
  await client.delete(nodes, { name: 'c' });
  await clock.advance(20_000);
  assert.deepEqual(made.at(-1), []);
  stop.abort();
  api.close();
});
