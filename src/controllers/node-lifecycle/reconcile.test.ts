import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, Taint, Toleration } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import { type Observed, reconcileNode } from './reconcile.ts';

// Goal: pin when a node counts as silent, what that does to its taints, and when its pods must go.

const NOW = Date.UTC(2026, 0, 1);
const GRACE_MS = 50_000;

interface Facts {
  readonly ready?: string;
  readonly taints?: readonly Taint[];
  readonly silentForMs?: number;
  readonly unschedulable?: boolean;
  readonly tolerations?: readonly (readonly Toleration[])[];
  readonly conditions?: readonly { type: string; status: string }[];
}

function observed(facts: Facts): Observed {
  const {
    ready,
    taints,
    silentForMs = 0,
    unschedulable,
    tolerations = [],
    conditions = [],
  } = facts;
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', uid: 'n', resourceVersion: '1', creationTimestamp: toTime(NOW) },
    spec: { ...(taints && { taints }), ...(unschedulable && { unschedulable }) },
    status: {
      conditions: [...(ready ? [{ type: 'Ready', status: ready }] : []), ...conditions],
    },
  } as Node;
  const pods = tolerations.map((each, i) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `p${i}`, namespace: 'default', uid: `p${i}` },
    spec: { containers: [], nodeName: 'n', tolerations: each },
    status: {},
  })) as unknown as Pod[];
  return { node, pods, heardAt: NOW - silentForMs, now: NOW, graceMs: GRACE_MS };
}

function summary(facts: Facts): string[] {
  return reconcileNode(observed(facts)).map((action) => {
    switch (action.type) {
      case 'setTaints':
        return `taints ${action.taints.map(({ key, effect }) => `${key.split('/').at(-1)}:${effect}`).join(' ')}`;
      case 'updateStatus':
        return `status ${action.conditions.map(({ type, status }) => `${type}=${status}`).join(' ')}`;
      case 'wait':
        return `wait ${action.forMs}`;
      default:
        return `${action.type} ${action.pod.metadata.name}`;
    }
  });
}

const taint = (key: string, effect: string, forMs?: number): Taint => ({
  key: `node.kubernetes.io/${key}`,
  effect: effect as Taint['effect'],
  ...(forMs !== undefined && { timeAdded: toTime(NOW - forMs) }),
});
const UNREACHABLE = [taint('unreachable', 'NoSchedule'), taint('unreachable', 'NoExecute', 10_000)];
const HEARD = `wait ${GRACE_MS + 1}`;
const tolerate = (tolerationSeconds?: number): Toleration => ({
  key: 'node.kubernetes.io/unreachable',
  operator: 'Exists',
  effect: 'NoExecute',
  ...(tolerationSeconds !== undefined && { tolerationSeconds }),
});

const rows: readonly { name: string; facts: Facts; want: string[] }[] = [
  { name: 'a healthy node needs nothing', facts: { ready: 'True' }, want: [HEARD] },
  {
    name: 'a node that comes back loses our taints, and keeps those of others',
    facts: { ready: 'True', taints: [{ key: 'gpu', effect: 'NoSchedule' }, ...UNREACHABLE] },
    want: ['taints gpu:NoSchedule', HEARD],
  },
  {
    name: 'a node that is not ready is tainted for both',
    facts: { ready: 'False' },
    want: ['taints not-ready:NoSchedule not-ready:NoExecute', HEARD],
  },
  {
    name: 'silence up to the grace period is no news',
    facts: { ready: 'True', silentForMs: GRACE_MS },
    want: ['wait 1'],
  },
  {
    name: 'silence beyond it makes everything unknown',
    facts: {
      ready: 'True',
      silentForMs: GRACE_MS + 1,
      conditions: [{ type: 'DiskPressure', status: 'True' }],
    },
    want: ['status Ready=Unknown DiskPressure=Unknown MemoryPressure=Unknown PIDPressure=Unknown'],
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
  {
    name: 'pods leave at once, later, or never, as they tolerate',
    facts: {
      ready: 'Unknown',
      taints: UNREACHABLE,
      tolerations: [[], [tolerate(300)], [tolerate()], [tolerate(5)], [{ operator: 'Exists' }]],
    },
    want: ['evict p0', 'wait 290000', 'evict p3', HEARD],
  },
];

for (const { name, facts, want } of rows) {
  test(name, () => assert.deepEqual(summary(facts), want));
}
