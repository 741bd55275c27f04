import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaSet } from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { type Observed, reconcileReplicaSet } from './reconcile.ts';

// Goal: pin the decision table. Each row is one observed world and the actions it must produce.

const NOW = Date.UTC(2026, 0, 1);
const OWNER = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'web',
  uid: 'set',
  controller: true,
};

interface PodFacts {
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly owner?: 'set' | 'other' | 'none';
  readonly readyForS?: number;
  readonly phase?: Pod['status']['phase'];
  readonly deleted?: boolean;
  readonly node?: string;
  readonly cost?: string;
}

function pod(facts: PodFacts): Pod {
  const { name, labels = { app: 'web' }, owner = 'set', readyForS, phase = 'Running' } = facts;
  const ready = readyForS !== undefined && {
    conditions: [
      { type: 'Ready', status: 'True', lastTransitionTime: toTime(NOW - readyForS * 1000) },
    ],
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      namespace: 'default',
      resourceVersion: '1',
      creationTimestamp: toTime(NOW - 100_000),
      labels,
      ...(facts.cost && {
        annotations: { 'controller.kubernetes.io/pod-deletion-cost': facts.cost },
      }),
      ...(owner !== 'none' && { ownerReferences: [{ ...OWNER, uid: owner }] }),
      ...(facts.deleted && { deletionTimestamp: toTime(NOW) }),
    },
    spec: { containers: [], nodeName: facts.node ?? 'n1' },
    status: { phase, ...ready },
  } as Pod;
}

function observed(
  pods: readonly PodFacts[],
  spec: Partial<ReplicaSet['spec']> = {},
  more: Partial<Observed> & { deleted?: boolean } = {},
): Observed {
  const replicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'web',
      uid: 'set',
      namespace: 'default',
      resourceVersion: '1',
      generation: 2,
      creationTimestamp: toTime(NOW),
      ...(more.deleted && { deletionTimestamp: toTime(NOW) }),
    },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } },
      ...spec,
    },
    status: { replicas: 0 },
  } as unknown as ReplicaSet;
  const all = pods.map(pod);
  return { replicaSet, pods: all, related: () => all, tellsTerminating: true, now: NOW, ...more };
}

const summary = (world: Observed): string[] =>
  reconcileReplicaSet(world).map((action) => {
    if ('pod' in action) return `${action.type} ${action.pod.metadata.name}`;
    return action.type === 'wait' ? `wait ${action.forMs}` : action.type;
  });

const STATUS = 'updateStatus';
const rows: readonly { name: string; world: Observed; want: string[] }[] = [
  {
    name: 'creates what is missing',
    world: observed([{ name: 'a' }], { replicas: 3 }),
    want: ['createPod', 'createPod', STATUS],
  },
  {
    name: 'makes up for finished and deleted pods',
    world: observed([
      { name: 'a', phase: 'Failed' },
      { name: 'b', deleted: true },
      { name: 'c', phase: 'Succeeded' },
    ]),
    want: ['createPod', 'createPod', STATUS],
  },
  {
    name: 'leaves a deleted owner alone, but tells its status',
    world: observed([], {}, { deleted: true }),
    want: [STATUS],
  },
  {
    name: 'gives up what is not scheduled, then what is not ready',
    world: observed(
      [
        { name: 'ready', readyForS: 50 },
        { name: 'starting' },
        { name: 'pending', phase: 'Pending', node: '' },
      ],
      { replicas: 1 },
    ),
    want: ['deletePod pending', 'deletePod starting', STATUS],
  },
  {
    name: 'gives up the cheaper of ready pods',
    world: observed(
      [
        { name: 'dear', readyForS: 50, cost: '10' },
        { name: 'cheap', readyForS: 50, cost: '-1' },
      ],
      { replicas: 1 },
    ),
    want: ['deletePod cheap', STATUS],
  },
  {
    name: 'gives up a pod of the more crowded node',
    world: observed(
      [
        { name: 'a', readyForS: 50, node: 'n1' },
        { name: 'b', readyForS: 50, node: 'n2' },
        { name: 'c', readyForS: 50, node: 'n2' },
      ],
      { replicas: 2 },
    ),
    want: ['deletePod b', STATUS],
  },
  {
    name: 'adopts matching orphans, and counts them',
    world: observed([{ name: 'a', owner: 'none' }], { replicas: 1 }),
    want: ['adoptPod a', STATUS],
  },
  {
    name: 'does not touch what another owner manages, nor finished orphans',
    world: observed(
      [
        { name: 'a', owner: 'other' },
        { name: 'b', owner: 'none', phase: 'Failed' },
      ],
      { replicas: 1 },
    ),
    want: ['createPod', STATUS],
  },
  {
    name: 'does not adopt while it is being deleted',
    world: observed([{ name: 'a', owner: 'none' }], { replicas: 1 }, { deleted: true }),
    want: [STATUS],
  },
  {
    name: 'lets pods that have ended or are going keep their owner, whatever their labels',
    world: observed(
      [
        { name: 'a', labels: { app: 'debug' }, phase: 'Failed' },
        { name: 'b', labels: { app: 'debug' }, deleted: true },
      ],
      { replicas: 0 },
    ),
    want: [STATUS],
  },
  {
    name: 'lets go of a pod whose labels were changed, and replaces it',
    world: observed([{ name: 'a', labels: { app: 'debug' } }], { replicas: 1 }),
    want: ['releasePod a', 'createPod', STATUS],
  },
  {
    name: 'lets go of nothing while it goes: its pods go with it',
    world: observed([{ name: 'a', labels: { app: 'debug' } }], { replicas: 1 }, { deleted: true }),
    want: [STATUS],
  },
  {
    name: 'comes back when the next pod becomes available',
    world: observed(
      [
        { name: 'a', readyForS: 4 },
        { name: 'b', readyForS: 20 },
      ],
      { minReadySeconds: 10 },
    ),
    want: [STATUS, 'wait 6000'],
  },
];

for (const { name, world, want } of rows) {
  test(name, () => assert.deepEqual(summary(world), want));
}

test('never makes more than a burst in one pass', () => {
  const created = summary(observed([], { replicas: 5000 })).filter((type) => type === 'createPod');
  assert.equal(created.length, 500);
});

test('counts ready and available apart, and writes nothing when nothing has changed', () => {
  const world = observed(
    [
      { name: 'a', readyForS: 4 },
      { name: 'b', readyForS: 20 },
    ],
    { minReadySeconds: 10 },
  );
  const change = reconcileReplicaSet(world).find(({ type }) => type === 'updateStatus');
  assert.ok(change?.type === 'updateStatus');
  assert.deepEqual(change.status, {
    replicas: 2,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 1,
    terminatingReplicas: 0,
    observedGeneration: 2,
  });
  const settled = { ...world, replicaSet: { ...world.replicaSet, status: change.status } };
  assert.deepEqual(summary(settled), ['wait 6000']);
});

const failure = { reason: 'FailedCreate', message: 'exceeded quota' } as const;

test('tells of a failure before it tries again, and only of the first', () => {
  const failing = observed([], { replicas: 1 }, { failure });
  assert.deepEqual(summary(failing), [STATUS, 'createPod']);
  const [change] = reconcileReplicaSet(failing);
  assert.ok(change?.type === 'updateStatus');
  assert.equal(change.status.conditions?.[0]?.type, 'ReplicaFailure');
  assert.equal(change.status.conditions?.[0]?.message, 'exceeded quota');
  const { replicaSet } = failing;
  const again = { ...failing, replicaSet: { ...replicaSet, status: change.status } };
  const later = { ...again, failure: { ...failure, message: 'exceeded quota, still' } };
  assert.deepEqual(summary(later), ['createPod']);
});

test('a failure is over when there is nothing left to do', () => {
  const failing = observed([{ name: 'a', readyForS: 50 }], { replicas: 1 }, { failure });
  const change = reconcileReplicaSet(failing).find(({ type }) => type === 'updateStatus');
  assert.ok(change?.type === 'updateStatus');
  assert.equal(change.status.conditions, undefined);
});
