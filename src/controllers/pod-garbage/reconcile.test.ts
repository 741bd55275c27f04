import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../../api/generated/core/v1/types.ts';
import { reconcilePodGarbage, reconcileTerminated } from './reconcile.ts';

// Goal: pin which pods are deleted by force: only those that nobody is there to stop.

interface Facts {
  readonly nodeName?: string;
  readonly isGoing?: boolean;
  /** `absent`, or whether the node is ready and out of service. */
  readonly node?: 'absent' | 'ready' | 'lost' | 'ready, out' | 'lost, out';
  readonly goneMs?: number;
}

function decide({ nodeName = 'n', isGoing, node = 'ready', goneMs = 0 }: Facts): string[] {
  const pod = {
    metadata: { name: 'p', ...(isGoing && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
    spec: { nodeName },
    status: {},
  } as unknown as Pod;
  const [state, isOut] = node.split(', ');
  const there = {
    metadata: { name: 'n' },
    spec: isOut ? { taints: [{ key: 'node.kubernetes.io/out-of-service' }] } : {},
    status: { conditions: [{ type: 'Ready', status: state === 'ready' ? 'True' : 'Unknown' }] },
  } as unknown as Node;
  const observed = { pod, node: node === 'absent' ? undefined : there, nodeGoneMs: goneMs };
  return reconcilePodGarbage(observed).map((action) =>
    action.type === 'wait' ? `wait ${action.forMs}` : action.why,
  );
}

for (const { name, facts, want } of [
  { name: 'waiting for a node', facts: { nodeName: '' }, want: [] },
  {
    name: 'deleted before it had a node',
    facts: { nodeName: '', isGoing: true },
    want: ['unscheduled'],
  },
  { name: 'on a node', facts: {}, want: [] },
  { name: 'being stopped by its node', facts: { isGoing: true }, want: [] },
  { name: 'on a node that is lost', facts: { isGoing: true, node: 'lost' }, want: [] },
  {
    name: 'on a node that somebody vouches for to be off',
    facts: { isGoing: true, node: 'lost, out' },
    want: ['outOfService'],
  },
  { name: 'as before, but nobody deleted it', facts: { node: 'lost, out' }, want: [] },
  { name: 'but the node is ready', facts: { isGoing: true, node: 'ready, out' }, want: [] },
  {
    name: 'on a node that has just gone',
    facts: { node: 'absent', goneMs: 10_000 },
    want: ['wait 30000'],
  },
  {
    name: 'on a node that has been gone for long',
    facts: { node: 'absent', goneMs: 40_000 },
    want: ['nodeGone', 'wait 40000'],
  },
] as { name: string; facts: Facts; want: string[] }[]) {
  test(`a pod ${name}`, () => assert.deepEqual(decide(facts), want));
}

const ended = (name: string, created: string, reason?: string): Pod =>
  ({
    metadata: { name, creationTimestamp: created },
    status: { phase: 'Failed', ...(reason && { reason }) },
  }) as unknown as Pod;
const PODS = [
  ended('new', '2026-01-03T00:00:00Z'),
  ended('old', '2026-01-01T00:00:00Z'),
  ended('evicted', '2026-01-02T00:00:00Z', 'Evicted'),
];

for (const { threshold, sweptAgoMs, want } of [
  { threshold: 3, sweptAgoMs: 60_000, want: [] },
  { threshold: 2, sweptAgoMs: 60_000, want: ['evicted'] },
  { threshold: 1, sweptAgoMs: 60_000, want: ['evicted', 'old'] },
  { threshold: 1, sweptAgoMs: 5_000, want: ['wait 15000'] },
]) {
  test(`of three that have ended ${threshold} may stay, swept ${sweptAgoMs} ms ago`, () => {
    const actions = reconcileTerminated({ pods: PODS, threshold, sweptAgoMs });
    assert.deepEqual(
      actions.map((each) => (each.type === 'wait' ? `wait ${each.forMs}` : each.pod.metadata.name)),
      want,
    );
  });
}
