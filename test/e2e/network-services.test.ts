import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Service } from '../../src/api/generated/core/v1/types.ts';
import type { EndpointSlice } from '../../src/api/generated/discovery/v1/types.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { type NodeTableOptions, renderNodeTable } from '../../src/network/node-table.ts';
import { macAddressFor } from '../../src/network/pod-network.ts';
import { renderService } from '../../src/network/service-rules.ts';
import { createConntrack } from '../../src/runtime/conntrack.ts';
import { createLinks } from '../../src/runtime/netlink.ts';
import { createNft, createTableWriter } from '../../src/runtime/nft.ts';
import { NetworkLab } from '../support/network-lab.ts';
import { inOwnNetwork } from '../support/own-network.ts';

// What only this can prove: that the kernel does with real packets what the rendered rules mean.
// The node is this process's namespace; its pods and an outside client are namespaces beside it.

const BRIDGE = 'tutti-e2e';
const NODE = { name: 'node1' };
const options: NodeTableOptions = {
  name: 'tutti-e2e',
  bridge: BRIDGE,
  podNetworks: ['10.244.0.0/16', 'fd44::/48'],
  localPodNetworks: ['10.244.0.0/24', 'fd44::/64'],
  serviceNetworks: ['10.96.0.0/16', 'fd96::/112'],
  masqueradeMark: 0x4000,
  filtersBridge: true,
  redirects: [
    { protocol: 'tcp', address: '10.96.0.1', port: 443, toAddress: '127.0.0.1', toPort: 6443 },
  ],
};
const ONE = ['10.244.0.11', 'fd44::11'];
const TWO = ['10.244.0.12', 'fd44::12'];

inOwnNetwork(import.meta.url, () => {
  const lab = new NetworkLab();
  const links = createLinks(silentLogger);
  const nft = createNft();
  const writer = createTableWriter(nft, options.name);

  before(async () => {
    await links.ensureBridge({
      name: BRIDGE,
      macAddress: macAddressFor(BRIDGE),
      mtu: 1500,
      addresses: ['10.244.0.1/24', 'fd44::1/64', '10.96.0.10/32'],
      translated: options.serviceNetworks,
    });
    for (const [name, [v4, v6]] of [
      ['one', ONE],
      ['two', TWO],
    ] as const) {
      lab.addPod(name, BRIDGE, [`${v4}/24`, `${v6}/64`], ['10.244.0.1', 'fd44::1']);
      await lab.serve(name, 8080);
    }
    lab.addMachine(
      'outside',
      ['192.0.2.100/24', '2001:db8::100/64'],
      ['192.0.2.1/24', '2001:db8::1/64'],
    );
    await lab.serve('outside', 8080);
  });

  after(async () => {
    await lab.remove();
    await nft.remove(options.name);
    await links.removeBridge(BRIDGE);
    const routes = 'ip -4 route; ip -6 route show dev lo';
    const left = await lab.runIn(undefined, 'sh', ['-c', routes]);
    assert.doesNotMatch(left, /10\.|fd44|fd96/);
  });

  async function write(
    services: [Service, EndpointSlice[]][],
    more: Partial<NodeTableOptions> = {},
  ) {
    const parts = services.map(([service, slices]) => ({
      rank: service.metadata.name,
      part: renderService(service, slices, { node: NODE, masqueradeMark: options.masqueradeMark }),
    }));
    await writer.write(renderNodeTable(parts, { ...options, ...more }));
  }

  const names = (answers: readonly string[]) =>
    answers.map((answer) => answer.split(' ')[0]).sort();

  test('a cluster IP leads pods to each endpoint in turn, with their own address', async () => {
    await write([[service({}), [slice([ONE, TWO])]]]);
    const answers = await lab.ask({ from: 'one', host: '10.96.0.20', port: 80, count: 6 });
    assert.deepEqual(names(answers), ['one', 'one', 'one', 'two', 'two', 'two']);
    assert.ok(answers.includes('two 10.244.0.11'), answers.join());
    // To itself it comes as a stranger: otherwise its own answer would never leave it.
    assert.ok(answers.includes('one 10.244.0.1'), answers.join());
  });

  test('UDP and IPv6 go the same way', async () => {
    await write([[service({}), [slice([ONE, TWO]), slice([ONE, TWO], { family: 'IPv6' })]]]);
    for (const [protocol, host] of [
      ['udp', '10.96.0.20'],
      ['tcp', 'fd96::20'],
      ['udp', 'fd96::20'],
    ] as const) {
      const answers = await lab.ask({ from: 'one', host, port: 80, protocol, count: 2 });
      assert.deepEqual(names(answers), ['one', 'two'], `${protocol} ${host}`);
    }
  });

  test('the node itself reaches a cluster IP, without any way out', async () => {
    await write([[service({}), [slice([TWO])]]]);
    assert.deepEqual(await lab.ask({ from: undefined, host: '10.96.0.20', port: 80 }), [
      'two 10.244.0.1',
    ]);
  });

  test('a node port answers outside, on the node, and on its loopback', async () => {
    await write([[service({ type: 'NodePort', nodePort: 30080 }), [slice([ONE, TWO])]]]);
    for (const [from, host] of [
      ['outside', '192.0.2.1'],
      ['one', '192.0.2.1'],
      [undefined, '192.0.2.1'],
      [undefined, '127.0.0.1'],
    ] as const) {
      for (const protocol of ['tcp', 'udp'] as const) {
        const answers = await lab.ask({ from, host, port: 30080, protocol, count: 2 });
        assert.deepEqual(names(answers), ['one', 'two'], `${protocol} from ${from} to ${host}`);
      }
    }
  });

  test('traffic policy Local keeps the address of clients, and drops what has nowhere to go', async () => {
    const local = service({ type: 'NodePort', nodePort: 30080, externalTrafficPolicy: 'Local' });
    await write([[local, [slice([ONE]), slice([TWO], { nodeName: 'node2' })]]]);
    const outside = { from: 'outside', host: '192.0.2.1', port: 30080 };
    assert.deepEqual(await lab.ask({ ...outside, count: 2 }), [
      'one 192.0.2.100',
      'one 192.0.2.100',
    ]);
    const inside = await lab.ask({ from: 'one', host: '192.0.2.1', port: 30080, count: 2 });
    assert.deepEqual(names(inside), ['one', 'two']); // Whoever is in the cluster reaches all.
    await write([[local, [slice([TWO], { nodeName: 'node2' })]]]);
    assert.deepEqual(await lab.ask(outside), ['TIMEOUT']);
    assert.deepEqual(names(await lab.ask({ ...outside, from: 'one' })), ['two']);
  });

  test('a load balancer address is served, for the ranges it is meant for', async () => {
    const balancer = { type: 'LoadBalancer', balancer: '192.0.2.1' } as const;
    const slices = [slice([ONE])];
    await write([[service(balancer), slices]]);
    const ask = (from: string | undefined) => lab.ask({ from, host: '192.0.2.1', port: 80 });
    assert.deepEqual(names(await ask('outside')), ['one']);
    assert.deepEqual(names(await ask(undefined)), ['one']);
    await write([[service({ ...balancer, sourceRanges: ['203.0.113.0/24'] }), slices]]);
    assert.deepEqual(await ask('outside'), ['TIMEOUT']);
    await write([
      [service({ ...balancer, sourceRanges: ['192.0.2.0/25', '192.0.2.100/32'] }), slices],
    ]);
    assert.deepEqual(names(await ask('outside')), ['one']);
  });

  test('what has no endpoints is refused at once', async () => {
    await write([[service({ type: 'NodePort', nodePort: 30080 }), []]]);
    for (const [from, host, port] of [
      ['one', '10.96.0.20', 80],
      [undefined, '10.96.0.20', 80],
      ['outside', '192.0.2.1', 30080],
      [undefined, '127.0.0.1', 30080],
      ['one', '10.96.77.77', 80], // An address that no service has.
      [undefined, '10.96.77.77', 80],
    ] as const) {
      assert.deepEqual(await lab.ask({ from, host, port }), ['ECONNREFUSED'], `${from} to ${host}`);
    }
    assert.deepEqual(
      await lab.ask({ from: 'one', host: '10.96.0.20', port: 80, protocol: 'udp' }),
      ['ECONNREFUSED'],
    );
  });

  test('with client affinity a client stays, also when the rules are written anew', async () => {
    const sticky = service({ affinitySeconds: 60 });
    await write([[sticky, [slice([ONE, TWO])]]]);
    const ask = { from: 'outside', host: '10.96.0.20', port: 80, count: 4 };
    const first = names(await lab.ask(ask));
    assert.equal(new Set(first).size, 1);
    writer.forget();
    await write([[sticky, [slice([ONE, TWO])]]]);
    assert.deepEqual(names(await lab.ask(ask)), first);
    const other = first[0] === 'one' ? 'two' : 'one';
    await write([[sticky, [slice([other === 'one' ? ONE : TWO])]]]);
    assert.deepEqual(names(await lab.ask(ask)), [other, other, other, other]);
  });

  test('a UDP client that keeps its port is led to another endpoint once its flow is forgotten', async (t) => {
    if (!existsSync('/usr/sbin/conntrack')) return t.skip('the package conntrack is not installed');
    const ask = () =>
      lab.ask({ from: 'outside', host: '10.96.0.20', port: 80, protocol: 'udp', localPort: 4242 });
    await write([[service({}), [slice([ONE])]]]);
    assert.deepEqual(names(await ask()), ['one']);
    await write([[service({}), [slice([TWO])]]]);
    assert.deepEqual(names(await ask()), ['one']); // The kernel remembers.
    const failures: unknown[] = [];
    const conntrack = createConntrack((failure) => failures.push(failure));
    const gone = { port: 80, endpoint: ONE[0]! };
    await conntrack.forget([
      { ...gone, address: '10.96.0.99' }, // Nobody's: no failure.
      { ...gone, address: '10.96.0.20' },
    ]);
    assert.deepEqual(failures, []);
    assert.deepEqual(names(await ask()), ['two']);
  });

  test('pods go out under the address of the node, and see each other under their own', async () => {
    await write([]);
    assert.deepEqual(await lab.ask({ from: 'one', host: '192.0.2.100', port: 8080 }), [
      'outside 192.0.2.1',
    ]);
    assert.deepEqual(await lab.ask({ from: 'one', host: TWO[0]!, port: 8080 }), [
      'two 10.244.0.11',
    ]);
  });

  test('a redirect leads to a socket on the loopback, which pods reach in no other way', async () => {
    await write([]);
    const { createServer } = await import('node:http');
    const server = createServer((_, response) => response.end('api'));
    await new Promise<void>((ready) => server.listen(6443, '127.0.0.1', ready));
    for (const from of ['one', undefined]) {
      assert.deepEqual(await lab.ask({ from, host: '10.96.0.1', port: 443 }), ['api'], `${from}`);
    }
    await lab
      .runIn('one', 'ip', ['route', 'add', '127.0.0.2/32', 'via', '10.244.0.1'])
      .catch(() => {});
    assert.deepEqual(await lab.ask({ from: 'outside', host: '192.0.2.1', port: 6443 }), [
      'ECONNREFUSED',
    ]);
    server.close();
    server.closeAllConnections();
  });

  test('without the bridge being filtered, pods still reach their neighbours by a cluster IP', async () => {
    await lab.runIn(undefined, 'ip', [
      'link',
      'set',
      BRIDGE,
      'type',
      'bridge',
      'nf_call_iptables',
      '0',
    ]);
    const setting = '/proc/sys/net/bridge/bridge-nf-call-iptables';
    await lab.runIn(undefined, 'sh', ['-c', `echo 0 > ${setting}`]);
    await write([[service({}), [slice([TWO])]]], { filtersBridge: false });
    assert.deepEqual(await lab.ask({ from: 'one', host: '10.96.0.20', port: 80 }), [
      'two 10.244.0.1',
    ]);
    await lab.runIn(undefined, 'ip', [
      'link',
      'set',
      BRIDGE,
      'type',
      'bridge',
      'nf_call_iptables',
      '1',
    ]);
  });

  test('the table comes back when somebody flushed all rules, and goes when it is removed', async () => {
    await write([[service({}), [slice([ONE])]]]);
    await lab.runIn(undefined, 'nft', ['flush', 'ruleset']);
    assert.equal(await writer.isPresent(), false);
    await write([[service({}), [slice([TWO])]]]);
    assert.deepEqual(names(await lab.ask({ from: 'one', host: '10.96.0.20', port: 80 })), ['two']);
    await writer.tidy();
    await nft.remove(options.name);
    assert.equal(await lab.runIn(undefined, 'nft', ['list', 'ruleset']), '');
    writer.forget();
  });
});

interface ServiceWords {
  type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  nodePort?: number;
  externalTrafficPolicy?: 'Local';
  affinitySeconds?: number;
  balancer?: string;
  sourceRanges?: string[];
}

/** A dual-stack service on port 80, by TCP and UDP. */
function service({ type = 'ClusterIP', ...words }: ServiceWords): Service {
  const port = (protocol: 'TCP' | 'UDP') => ({
    name: protocol.toLowerCase(),
    protocol,
    port: 80,
    targetPort: 8080,
    ...(words.nodePort !== undefined && { nodePort: words.nodePort }),
  });
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
    },
    spec: {
      type,
      clusterIP: '10.96.0.20',
      clusterIPs: ['10.96.0.20', 'fd96::20'],
      ports: [port('TCP'), port('UDP')],
      ...(words.externalTrafficPolicy && { externalTrafficPolicy: words.externalTrafficPolicy }),
      ...(words.sourceRanges && { loadBalancerSourceRanges: words.sourceRanges }),
      ...(words.affinitySeconds && {
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: words.affinitySeconds } },
      }),
    },
    status: words.balancer ? { loadBalancer: { ingress: [{ ip: words.balancer }] } } : {},
  };
}

/** Ready endpoints on port 8080, on this node unless said. */
function slice(
  pods: readonly string[][],
  { family = 'IPv4', nodeName = NODE.name }: { family?: 'IPv4' | 'IPv6'; nodeName?: string } = {},
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'web-1',
      namespace: 'default',
      uid: 's',
      resourceVersion: '1',
      creationTimestamp: '',
    },
    addressType: family,
    endpoints: pods.map((addresses) => ({
      addresses: [addresses[family === 'IPv4' ? 0 : 1]!],
      nodeName,
    })),
    ports: [
      { name: 'tcp', protocol: 'TCP', port: 8080 },
      { name: 'udp', protocol: 'UDP', port: 8080 },
    ],
  };
}
