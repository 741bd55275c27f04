import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { hostPortsOf, renderHostPorts } from './host-ports.ts';
import { type NodeTableOptions, renderNodeTable } from './node-table.ts';
import type { PartElement, TablePart } from './table-part.ts';

const OPTIONS: NodeTableOptions = {
  name: 'tutti-t',
  bridge: 'br',
  podNetworks: ['10.244.0.0/16', 'fd44::/48'],
  localPodNetworks: ['10.244.0.0/24'],
  serviceNetworks: ['10.96.0.0/12'],
  masqueradeMark: 0x8000,
  filtersBridge: true,
};

const part = (elements: readonly PartElement[], more: Partial<TablePart> = {}): TablePart => ({
  chains: new Map(),
  sets: new Map(),
  elements,
  localAddresses: [],
  udpFlows: [],
  ...more,
});

const element = (verdict: string): PartElement => ({
  map: 'service_ips',
  family: '4',
  key: '192.0.2.1 . tcp . 80',
  verdict,
});

const elementsOf = (table: ReturnType<typeof renderNodeTable>, name: string) => [
  ...(table.sets.get(name)?.elements ?? []),
];

test('every family has its maps, also while nothing is in them', () => {
  const { sets, name } = renderNodeTable([], OPTIONS);
  assert.equal(name, 'tutti-t');
  for (const family of ['4', '6']) {
    for (const map of ['service_ips', 'node_ports', 'unserved_ips', 'unserved_ports', 'hairpin']) {
      assert.equal(sets.get(`${map}${family}`)?.elements?.size, 0);
    }
  }
  assert.deepEqual(elementsOf(renderNodeTable([], OPTIONS), 'pod_networks6'), [['fd44::/48', '']]);
});

test('of two that claim the same, the one of lower rank has it, in whatever order they come', () => {
  const parts = [
    { rank: '2025', part: part([element('goto younger')]) },
    { rank: '2024', part: part([element('goto older')]) },
  ];
  for (const order of [parts, parts.toReversed()]) {
    assert.deepEqual(elementsOf(renderNodeTable(order, OPTIONS), 'service_ips4'), [
      ['192.0.2.1 . tcp . 80', 'goto older'],
    ]);
  }
});

test('a redirect takes the place of what services have there', () => {
  const redirects = [
    { protocol: 'tcp', address: '192.0.2.1', port: 80, toAddress: '127.0.0.1', toPort: 6443 },
  ] as const;
  const refused = { ...element('goto refuse'), map: 'unserved_ips' } as const;
  const parts = [{ rank: '1', part: part([element('goto service'), refused]) }];
  const table = renderNodeTable(parts, { ...OPTIONS, redirects });
  assert.deepEqual(elementsOf(table, 'service_ips4'), [
    ['192.0.2.1 . tcp . 80', 'goto redirect-0'],
  ]);
  assert.deepEqual(elementsOf(table, 'unserved_ips4'), []);
  assert.deepEqual(table.chains.get('redirect-0')?.rules, [
    'meta l4proto tcp dnat ip to 127.0.0.1:6443',
  ]);
});

test('what the machine answers itself is neither led elsewhere nor refused', () => {
  const refused = { ...element('goto refuse'), map: 'unserved_ips' } as const;
  const parts = [{ rank: '1', part: part([element('goto service'), refused]) }];
  const table = renderNodeTable(parts, { ...OPTIONS, ownAddresses: ['192.0.2.1'] });
  assert.deepEqual(elementsOf(table, 'service_ips4'), []);
  assert.deepEqual(elementsOf(table, 'unserved_ips4'), []);
});

test('endpoints of this node are paired with themselves, once each', () => {
  const localAddresses = ['10.244.0.1', 'fd44::1', '10.244.0.1'];
  const table = renderNodeTable([{ rank: '1', part: part([], { localAddresses }) }], OPTIONS);
  assert.deepEqual(elementsOf(table, 'hairpin4'), [['10.244.0.1 . 10.244.0.1', '']]);
  assert.deepEqual(elementsOf(table, 'hairpin6'), [['fd44::1 . fd44::1', '']]);
});

test('the mark and the bridge are the ones that were given', () => {
  const { chains } = renderNodeTable([], OPTIONS);
  assert.match(chains.get('nat-postrouting')!.rules[0]!, /mark and 0x8000 != 0 .* xor 0x8000/);
  assert.match(chains.get('guard')!.rules[0]!, /^iifname "br" ip daddr 127.0.0.0\/8 drop$/);
});

test('only where the bridge is not filtered are neighbours masqueraded', () => {
  const isMasqueraded = (filtersBridge: boolean) =>
    renderNodeTable([], { ...OPTIONS, filtersBridge })
      .chains.get('nat-postrouting')!
      .rules.some((rule) => /saddr @local_pod_networks4 ip daddr @local_pod_networks4/.test(rule));
  assert.deepEqual([isMasqueraded(true), isMasqueraded(false)], [false, true]);
});

const pod = (more: Partial<Pod['spec']> = {}, phase = 'Running'): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: {
      containers: [
        {
          name: 'c',
          ports: [
            { containerPort: 80, hostPort: 8080 },
            { containerPort: 53, hostPort: 53, protocol: 'UDP', hostIP: '192.0.2.1' },
            { containerPort: 90 },
          ],
        },
      ],
      ...more,
    },
    status: { phase, podIPs: [{ ip: '10.244.0.9' }] },
  }) as unknown as Pod;

test('host ports lead to the pod, on all addresses or on the one that was said', () => {
  const { elements, chains, localAddresses } = renderHostPorts(pod(), { masqueradeMark: 1 });
  const [any, one] = [...chains.keys()];
  assert.deepEqual(elements, [
    { map: 'node_ports', family: '4', key: 'tcp . 8080', verdict: `goto ${any}` },
    { map: 'service_ips', family: '4', key: '192.0.2.1 . udp . 53', verdict: `goto ${one}` },
  ]);
  assert.deepEqual(chains.get(any!)!.rules, [
    'fib saddr type local meta mark set mark or 0x1',
    'meta l4proto tcp dnat ip to 10.244.0.9:80',
  ]);
  assert.deepEqual(localAddresses, ['10.244.0.9']);
});

test('pods on the network of the host, and those that have ended, have no host ports', () => {
  assert.deepEqual(hostPortsOf(pod({ hostNetwork: true })), []);
  assert.deepEqual(hostPortsOf(pod({}, 'Succeeded')), []);
  assert.equal(hostPortsOf(pod()).length, 2);
});
