import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../../api/generated/core/v1/types.ts';
import { testNode, testPod } from '../../scheduler/test-objects.ts';
import { explainPending } from './pending.ts';
import type { ClusterObjects } from './scenario.ts';

// Goal: pin what is said of pods without a node, and what is advised.

const clusterOf = (nodes: readonly Node[], pods: readonly Pod[] = []): ClusterObjects => ({
  nodes,
  pods,
  namespaces: [],
  claims: [],
  volumes: [],
  storageClasses: [],
});

const on = (
  node: string,
  name: string,
  requests: Record<string, string>,
  replicaOf?: string,
): Pod =>
  testPod(name, {
    requests,
    spec: { nodeName: node },
    status: { phase: 'Running' },
    ...(replicaOf && { replicaOf }),
  });

const dedicated = { key: 'team', value: 'a', effect: 'NoSchedule' } as const;
const zoned = (name: string, zone: string) => testNode(name, { labels: { zone } });
const antiAffinity = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' },
    ],
  },
};

for (const { name, pod, cluster, summary, evidence, advice } of [
  {
    name: 'too little cpu left: ask for what there is',
    pod: testPod('web', { requests: { cpu: '2' } }),
    cluster: clusterOf([testNode('n1')], [on('n1', 'db', { cpu: '3500m' })]),
    summary: "the only node can't take it",
    evidence: ['n1: cpu: 2 asked, 500m of 4 free; used most by default/db (3500m)'],
    advice: [
      'let container main request 500m of cpu instead of 2',
      'delete pod/db in default from n1',
      'add a node with 2 of cpu to spare',
    ],
  },
  {
    name: 'a cordoned node',
    pod: testPod('web'),
    cluster: clusterOf([testNode('n1', { spec: { unschedulable: true } })]),
    summary: "the only node can't take it",
    evidence: ['n1: is cordoned'],
    advice: ['uncordon n1', 'add a node'],
  },
  {
    name: 'a taint',
    pod: testPod('web'),
    cluster: clusterOf([testNode('n1', { taints: [dedicated] })]),
    summary: "the only node can't take it",
    evidence: ["n1: has the taint team=a:NoSchedule, which the pod doesn't tolerate"],
    advice: [
      'add a toleration for the taint team=a:NoSchedule',
      'take the taint team:NoSchedule from n1',
      'add a node',
    ],
  },
  {
    name: 'a taint and too little memory: two changes, or another node',
    pod: testPod('web', { requests: { memory: '16Gi' } }),
    cluster: clusterOf([testNode('n1', { taints: [dedicated] })]),
    summary: "the only node can't take it",
    evidence: ["n1: has the taint team=a:NoSchedule, which the pod doesn't tolerate"],
    advice: ['add a node with 16Gi of memory to spare'],
  },
  {
    name: 'a node selector that no node has',
    pod: testPod('web', { spec: { nodeSelector: { disk: 'ssd' } } }),
    cluster: clusterOf([testNode('n1'), testNode('n2')]),
    summary: 'none of the 2 nodes can take it',
    evidence: ["n1, n2: node(s) didn't match Pod's node affinity/selector"],
    advice: [
      'label n1 with disk=ssd',
      'label n2 with disk=ssd',
      'drop "disk: ssd" from its node selector',
    ],
  },
  {
    name: 'everywhere is one of its own kind',
    pod: testPod('web-2', { labels: { app: 'web' }, spec: { affinity: antiAffinity } }),
    cluster: clusterOf(
      [zoned('n1', 'a')],
      [testPod('web-1', { labels: { app: 'web' }, spec: { nodeName: 'n1' } })],
    ),
    summary: "the only node can't take it",
    evidence: ["n1: node(s) didn't match pod anti-affinity rules"],
    advice: [
      'drop its pod anti-affinity by kubernetes.io/hostname, or only prefer it',
      'delete pod/web-1 in default from n1',
      'add a node',
    ],
  },
  {
    name: 'a claim that is not there',
    pod: testPod('web', {
      spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] },
    }),
    cluster: clusterOf([testNode('n1')]),
    summary: 'no node is looked for: persistentvolumeclaim "data" not found',
    evidence: [],
    advice: [],
  },
  {
    name: 'a gate',
    pod: testPod('web', { spec: { schedulingGates: [{ name: 'example.com/quota' }] } }),
    cluster: clusterOf([testNode('n1')]),
    summary: 'scheduling is held back by the gate example.com/quota',
    evidence: [],
    advice: ['whoever set them has to remove them from spec.schedulingGates'],
  },
  {
    name: 'no node at all',
    pod: testPod('web', { requests: { cpu: '1' } }),
    cluster: clusterOf([]),
    summary: 'there are no nodes',
    evidence: [],
    advice: ['add a node with 1 of cpu to spare'],
  },
  {
    name: 'it fits, and nobody has placed it',
    pod: testPod('web'),
    cluster: clusterOf([testNode('n1')]),
    summary: 'it fits on n1, and waits for default-scheduler',
    evidence: [],
    advice: ['if this stays so, see whether a scheduler named default-scheduler runs'],
  },
])
  test(name, () => {
    const found = explainPending(pod, cluster);
    assert.equal(found.summary, summary);
    assert.deepEqual(
      found.evidence.map(({ subject, text }) => `${subject}: ${text}`),
      evidence,
    );
    assert.deepEqual(
      found.advice.map(({ text }) => text),
      advice,
    );
  });

test('two changes where one is not enough', () => {
  const pod = testPod('web', {
    requests: { cpu: '6' },
    spec: { nodeSelector: { disk: 'ssd' }, tolerations: [] },
  });
  const small = testNode('n1', { labels: { disk: 'ssd' }, taints: [dedicated] });
  const found = explainPending(pod, clusterOf([small]));
  assert.equal(found.advice[0]?.text, 'add a node with 6 of cpu to spare, labelled disk=ssd');
});
