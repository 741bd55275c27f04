import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, Taint } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { type Observed, reconcileNode } from './reconcile.ts';

// Goal: pin when a node counts as silent, and what that does to its conditions, taints and pods.

const NOW = Date.UTC(2026, 0, 1);
const GRACE_MS = 50_000;

interface Facts {
  readonly ready?: string;
  readonly taints?: readonly Taint[];
  readonly silentForMs?: number;
  readonly unschedulable?: boolean;
  readonly conditions?: readonly { type: string; status: string }[];
  /** Names of pods on the node, all of which say that they are ready. */
  readonly pods?: readonly string[];
  readonly marked?: readonly string[];
  readonly evictableInMs?: number | undefined;
  readonly isSpared?: boolean;
}

function observed(facts: Facts): Observed {
  const { ready, taints, silentForMs = 0, unschedulable, conditions = [] } = facts;
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', uid: 'n', resourceVersion: '1', creationTimestamp: toTime(NOW) },
    spec: { ...(taints && { taints }), ...(unschedulable && { unschedulable }) },
    status: {
      conditions: [...(ready ? [{ type: 'Ready', status: ready }] : []), ...conditions],
    },
  } as Node;
  const pods = (facts.pods ?? []).map((name) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name },
    spec: { containers: [], nodeName: 'n' },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  })) as unknown as Pod[];
  return {
    node,
    pods: () => pods,
    silentMs: silentForMs,
    now: NOW,
    graceMs: GRACE_MS,
    evictableInMs: 'evictableInMs' in facts ? facts.evictableInMs : 0,
    isSpared: facts.isSpared ?? false,
    marked: new Set(facts.marked),
  };
}

function summary(facts: Facts): string[] {
  const texts = (taints: readonly Taint[]) =>
    taints.map(({ key, effect }) => `${key.split('/').at(-1)}:${effect}`).join(' ');
  return reconcileNode(observed(facts)).map((action) => {
    switch (action.type) {
      case 'setTaints':
        return `taints ${texts(action.taints)}`;
      case 'beginEviction':
        return `evict ${texts(action.taints)}`;
      case 'updateStatus':
        return `status ${action.conditions.map(({ type, status }) => `${type}=${status}`).join(' ')}`;
      case 'wait':
        return `wait ${action.forMs}`;
      default:
        return `mark ${action.pod.metadata.name}`;
    }
  });
}

const taint = (key: string, effect: string, forMs?: number): Taint => ({
  key: `node.kubernetes.io/${key}`,
  effect: effect as Taint['effect'],
  ...(forMs !== undefined && { timeAdded: toTime(NOW - forMs) }),
});
const UNREACHABLE = [taint('unreachable', 'NoSchedule'), taint('unreachable', 'NoExecute', 10_000)];
const SOFT = [taint('unreachable', 'NoSchedule')];
const HEARD = `wait ${GRACE_MS + 1}`;

const rows: readonly { name: string; facts: Facts; want: string[] }[] = [
  { name: 'a healthy node needs nothing', facts: { ready: 'True' }, want: [HEARD] },
  {
    name: 'a node that comes back loses our taints, and keeps those of others',
    facts: { ready: 'True', taints: [{ key: 'gpu', effect: 'NoSchedule' }, ...UNREACHABLE] },
    want: ['taints gpu:NoSchedule', HEARD],
  },
  {
    name: "a taint under one of our keys with another effect is somebody else's",
    facts: { ready: 'True', taints: [taint('unschedulable', 'NoExecute')] },
    want: [HEARD],
  },
  {
    name: 'a node that is not ready is kept from new pods at once',
    facts: { ready: 'False' },
    want: ['taints not-ready:NoSchedule', HEARD],
  },
  {
    name: 'and loses those it has when it is its turn',
    facts: { ready: 'Unknown', taints: SOFT },
    want: ['evict unreachable:NoSchedule unreachable:NoExecute', HEARD],
  },
  {
    name: 'which may be later',
    facts: { ready: 'Unknown', taints: SOFT, evictableInMs: 7000 },
    want: ['wait 7000', HEARD],
  },
  {
    name: 'or never, as long as too many are lost',
    facts: { ready: 'Unknown', taints: SOFT, evictableInMs: undefined },
    want: [HEARD],
  },
  {
    name: 'a lost node that is lost in another way has had its turn',
    facts: { ready: 'False', taints: UNREACHABLE, evictableInMs: 7000 },
    want: ['taints not-ready:NoSchedule not-ready:NoExecute', HEARD],
  },
  {
    name: 'when all nodes seem lost, none drives its pods away',
    facts: { ready: 'Unknown', taints: UNREACHABLE, isSpared: true },
    want: ['taints unreachable:NoSchedule', HEARD],
  },
  {
    name: 'a node that has told nothing yet is only kept from new pods',
    facts: { taints: [taint('not-ready', 'NoSchedule')] },
    want: [HEARD],
  },
  {
    name: 'silence up to the grace period is no news',
    facts: { ready: 'True', silentForMs: GRACE_MS },
    want: ['wait 1'],
  },
  {
    name: 'silence beyond it makes everything unknown, and its pods unready',
    facts: {
      ready: 'True',
      silentForMs: GRACE_MS + 1,
      conditions: [
        { type: 'DiskPressure', status: 'True' },
        { type: 'NetworkUnavailable', status: 'False' },
      ],
      pods: ['p'],
    },
    want: [
      'status Ready=Unknown DiskPressure=Unknown NetworkUnavailable=False MemoryPressure=Unknown PIDPressure=Unknown',
      'mark p',
    ],
  },
  {
    name: 'pods are marked once: an agent that lives may know better',
    facts: { ready: 'False', taints: UNREACHABLE, pods: ['p', 'q'], marked: ['p'] },
    want: ['taints not-ready:NoSchedule not-ready:NoExecute', 'mark q', HEARD],
  },
  {
    name: 'cordoned and under pressure: kept from new pods',
    facts: {
      ready: 'True',
      unschedulable: true,
      conditions: [{ type: 'MemoryPressure', status: 'True' }],
    },
    want: ['taints unschedulable:NoSchedule memory-pressure:NoSchedule', HEARD],
  },
];

for (const { name, facts, want } of rows) {
  test(name, () => assert.deepEqual(summary(facts), want));
}
