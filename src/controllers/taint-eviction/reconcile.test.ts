import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, Taint, Toleration } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { reconcileEviction } from './reconcile.ts';

// Goal: pin which pods leave a tainted node, and when.

const NOW = Date.UTC(2026, 0, 1);

interface Facts {
  readonly taints?: readonly Taint[];
  readonly tolerations?: readonly Toleration[];
  readonly wasDue?: boolean;
  readonly deleted?: boolean;
  readonly phase?: Pod['status']['phase'];
}

function summary({ taints = LOST, tolerations = [], wasDue = false, ...facts }: Facts): string[] {
  const pod = {
    metadata: { name: 'p', uid: 'p', ...(facts.deleted && { deletionTimestamp: toTime(NOW) }) },
    spec: { nodeName: 'n', tolerations },
    status: { phase: facts.phase ?? 'Running' },
  } as unknown as Pod;
  const node = { metadata: { name: 'n' }, spec: { taints } } as unknown as Node;
  return reconcileEviction({ pod, node, wasDue, now: NOW }).map((action) =>
    action.type === 'wait' ? `wait ${action.forMs}` : action.type,
  );
}

const KEY = 'node.kubernetes.io/unreachable';
const LOST: Taint[] = [{ key: KEY, effect: 'NoExecute', timeAdded: toTime(NOW - 10_000) }];
const tolerate = (tolerationSeconds?: number): Toleration => ({
  key: KEY,
  operator: 'Exists',
  effect: 'NoExecute',
  ...(tolerationSeconds !== undefined && { tolerationSeconds }),
});

const rows: readonly { name: string; facts: Facts; want: string[] }[] = [
  { name: 'no taint, no eviction', facts: { taints: [] }, want: [] },
  {
    name: 'a taint that only keeps new pods away drives none',
    facts: { taints: [{ key: KEY, effect: 'NoSchedule' }] },
    want: [],
  },
  { name: 'a pod that tolerates nothing goes at once', facts: {}, want: ['evict'] },
  {
    name: 'one that tolerates for a time goes when it is over, counted from the taint',
    facts: { tolerations: [tolerate(300)] },
    want: ['expect', 'wait 290000'],
  },
  {
    name: 'that it will go is noted once',
    facts: { tolerations: [tolerate(300)], wasDue: true },
    want: ['wait 290000'],
  },
  {
    name: 'when its time is over it goes',
    facts: { tolerations: [tolerate(10)] },
    want: ['evict'],
  },
  { name: 'one that tolerates without end stays', facts: { tolerations: [tolerate()] }, want: [] },
  {
    name: 'the first toleration that fits counts',
    facts: { tolerations: [tolerate(), tolerate(0)] },
    want: [],
  },
  {
    name: 'a toleration of everything without a key needs the operator',
    facts: { tolerations: [{ operator: 'Exists' }] },
    want: [],
  },
  { name: 'an empty one tolerates nothing', facts: { tolerations: [{}] }, want: ['evict'] },
  {
    name: 'values must be equal where the operator says so',
    facts: {
      taints: [{ key: 'gpu', value: 'a', effect: 'NoExecute' }],
      tolerations: [{ key: 'gpu', operator: 'Equal', value: 'b' }],
    },
    want: ['evict'],
  },
  {
    name: 'of several taints the least tolerated counts',
    facts: {
      taints: [...LOST, { key: 'gpu', effect: 'NoExecute', timeAdded: toTime(NOW) }],
      tolerations: [tolerate(300), { key: 'gpu', operator: 'Exists', tolerationSeconds: 20 }],
    },
    want: ['expect', 'wait 20000'],
  },
  {
    name: 'a pod that may stay after all is told',
    facts: { taints: [], wasDue: true },
    want: ['cancel'],
  },
  { name: 'what is going already is left alone', facts: { deleted: true }, want: [] },
  { name: 'what has ended is left alone', facts: { phase: 'Succeeded' }, want: [] },
];

for (const { name, facts, want } of rows) {
  test(name, () => assert.deepEqual(summary(facts), want));
}
