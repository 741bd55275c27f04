import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, TopologySpreadConstraint } from '../../api/generated/core/v1/types.ts';
import { onlyPlugins, ratings, refusals, testCluster, testNode, testPod } from '../test-objects.ts';
import { podTopologySpread } from './pod-topology-spread.ts';

const profile = onlyPlugins({ surroundings: [podTopologySpread] });
const MISMATCH = "node(s) didn't match pod topology spread constraints";
const web = { app: 'web' };
const HOSTNAME = 'kubernetes.io/hostname';

const inZone = (name: string, zone: string, labels = {}): Node =>
  testNode(name, { labels: { zone, ...labels } });
const webs = (count: number, prefix = 'w', parts = {}): Pod[] =>
  Array.from({ length: count }, (_, i) => testPod(`${prefix}${i}`, { labels: web, ...parts }));
const spreading = (...constraints: Partial<TopologySpreadConstraint>[]): Pod =>
  testPod('p', {
    labels: web,
    spec: {
      topologySpreadConstraints: constraints.map((each) => ({
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: web },
        ...each,
      })),
    },
  });

const NODES = [inZone('a1', 'a'), inZone('a2', 'a'), inZone('b1', 'b')];

interface Row {
  name: string;
  nodes?: Node[];
  running: Record<string, Pod[]>;
  pod: Pod;
  refused: string[];
}

// Goal: a node is refused exactly when the pod there would make its domain too full.
for (const { name, nodes = NODES, running, pod, refused } of [
  { name: 'the fuller zone', running: { a1: webs(1) }, pod: spreading({}), refused: ['a1', 'a2'] },
  {
    name: 'a skew that is allowed',
    running: { a1: webs(1) },
    pod: spreading({ maxSkew: 2 }),
    refused: [],
  },
  {
    name: 'even again',
    running: { a1: webs(1), b1: webs(1, 'x') },
    pod: spreading({}),
    refused: [],
  },
  {
    name: 'by host',
    running: { a1: webs(1) },
    pod: spreading({ topologyKey: HOSTNAME }),
    refused: ['a1'],
  },
  {
    name: 'zone and host',
    running: { a1: webs(1), b1: webs(1, 'x') },
    pod: spreading({}, { topologyKey: HOSTNAME }),
    refused: ['a1', 'b1'],
  },
  {
    name: 'others do not count',
    running: { a1: [testPod('q', { labels: { app: 'db' } })] },
    pod: spreading({}),
    refused: [],
  },
  {
    name: 'another namespace does not count',
    running: { a1: webs(1, 'w', { namespace: 'other' }) },
    pod: spreading({}),
    refused: [],
  },
  {
    name: 'who is leaving does not count',
    running: { a1: webs(1, 'w', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }) },
    pod: spreading({}),
    refused: [],
  },
  {
    name: 'fewer domains than wanted',
    running: { a1: webs(1), b1: webs(1, 'x') },
    pod: spreading({ minDomains: 3 }),
    refused: ['a1', 'a2', 'b1'],
  },
  {
    name: 'as many domains as wanted',
    running: { a1: webs(1), b1: webs(1, 'x') },
    pod: spreading({ minDomains: 2 }),
    refused: [],
  },
  {
    name: 'only labels of the same revision',
    running: { a1: webs(1, 'w', { labels: { ...web, rev: '1' } }) },
    pod: testPod('p', {
      labels: { ...web, rev: '2' },
      spec: spreading({ matchLabelKeys: ['rev'] }).spec,
    }),
    refused: [],
  },
  {
    name: 'a tainted zone counts',
    nodes: [
      ...NODES,
      testNode('c1', { labels: { zone: 'c' }, taints: [{ key: 'x', effect: 'NoSchedule' }] }),
    ],
    running: { a1: webs(1), b1: webs(1, 'x') },
    pod: spreading({}),
    refused: ['a1', 'a2', 'b1'],
  },
  {
    name: 'unless taints are honoured',
    nodes: [
      ...NODES,
      testNode('c1', { labels: { zone: 'c' }, taints: [{ key: 'x', effect: 'NoSchedule' }] }),
    ],
    running: { a1: webs(1), b1: webs(1, 'x') },
    pod: spreading({ nodeTaintsPolicy: 'Honor' }),
    refused: [],
  },
  {
    name: 'a zone that the pod does not want',
    running: { a1: webs(1) },
    pod: testPod('p', {
      labels: web,
      spec: { ...spreading({}).spec, nodeSelector: { zone: 'a' } },
    }),
    refused: [],
  },
  {
    name: 'unless that is ignored',
    running: { a1: webs(1) },
    pod: testPod('p', {
      labels: web,
      spec: { ...spreading({ nodeAffinityPolicy: 'Ignore' }).spec, nodeSelector: { zone: 'a' } },
    }),
    refused: ['a1', 'a2'],
  },
] as Row[]) {
  test(`PodTopologySpread: ${name}`, () => {
    const got = refusals(profile, testCluster(nodes, running), pod);
    assert.deepEqual(got, Object.fromEntries(refused.map((node) => [node, MISMATCH])));
  });
}

test('PodTopologySpread: a node without the label', () => {
  const snapshot = testCluster([...NODES, testNode('none')]);
  const want = { none: `!${MISMATCH} (missing required label)` };
  assert.deepEqual(refusals(profile, snapshot, spreading({})), want);
});

test('PodTopologySpread: hostnames that nodes share are one domain', () => {
  const shared = { [HOSTNAME]: 'h' };
  const nodes = [inZone('a1', 'a', shared), inZone('a2', 'a', shared), inZone('b1', 'b')];
  const got = refusals(
    profile,
    testCluster(nodes, { a1: webs(1) }),
    spreading({ topologyKey: HOSTNAME }),
  );
  assert.deepEqual(got, { a1: MISMATCH, a2: MISMATCH });
});

test('PodTopologySpread prefers emptier domains', () => {
  const soft = spreading({ whenUnsatisfiable: 'ScheduleAnyway' });
  const snapshot = testCluster([...NODES, testNode('none')], { a1: webs(2), b1: webs(1, 'x') });
  assert.deepEqual(ratings(podTopologySpread, snapshot, soft), {
    a1: 33,
    a2: 33,
    b1: 100,
    none: 0,
  });
  assert.deepEqual(refusals(profile, snapshot, soft), {});
});

test('PodTopologySpread spreads replicas that say nothing over hosts and zones', () => {
  const replica = testPod('p', { labels: web, replicaOf: 'rs' });
  const nodes = NODES.map((node, i) =>
    testNode(node.metadata.name, { labels: { 'topology.kubernetes.io/zone': i < 2 ? 'a' : 'b' } }),
  );
  const snapshot = testCluster(nodes, { a1: webs(1, 'w', { replicaOf: 'rs' }) });
  const scores = ratings(podTopologySpread, snapshot, replica);
  const best = Object.entries(scores).sort(([, a], [, b]) => b - a);
  assert.deepEqual(
    best.map(([name]) => name),
    ['b1', 'a2', 'a1'],
  );
  assert.deepEqual(ratings(podTopologySpread, snapshot, testPod('lone', { labels: web })), {});
});
