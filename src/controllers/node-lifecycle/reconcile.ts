import type { Node, Pod, Taint } from '../../api/generated/core/v1/types.ts';
import { parseTime, toTime } from '../../base/clock.ts';
import type { Wait } from '../../client/controller.ts';
import { isEqual } from '../../machinery/equal.ts';

/** What the controller saw of one node. Plain data: no client, no clock. */
export interface Observed {
  readonly node: Node;
  /** Pods that are bound to it. */
  readonly pods: readonly Pod[];
  /** When we last saw its lease or its heartbeat move, by our own clock. */
  readonly heardAt: number;
  readonly now: number;
  readonly graceMs: number;
}

export type NodeAction =
  | { readonly type: 'updateStatus'; readonly node: Node; readonly conditions: Conditions }
  | { readonly type: 'setTaints'; readonly node: Node; readonly taints: readonly Taint[] }
  | { readonly type: 'markNotReady'; readonly pod: Pod }
  | { readonly type: 'evict'; readonly pod: Pod };

type Conditions = NonNullable<NonNullable<Node['status']>['conditions']>;

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';

/** Conditions that keep new pods away while they hold. */
const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const OURS = [NOT_READY, UNREACHABLE, UNSCHEDULABLE, ...Object.values(PRESSURES)];

/** Decides the next writes for one node and its pods. Pure. */
export function reconcileNode(observed: Observed): (NodeAction | Wait)[] {
  const { node, pods, now } = observed;
  const conditions = conditionsNow(observed);
  const ready = conditions.find(({ type }) => type === 'Ready');
  const wanted = taintsFor(node, conditions, now);
  const isKnown = isEqual(conditions, node.status?.conditions ?? []);
  const areTaintsSet = isEqual(wanted, node.spec.taints ?? []);
  return [
    ...(isKnown ? [] : [{ type: 'updateStatus', node, conditions } as const]),
    // After the status: both have the node's resourceVersion for a precondition.
    ...(isKnown && !areTaintsSet ? [{ type: 'setTaints', node, taints: wanted } as const] : []),
    ...(ready?.status === 'True'
      ? []
      : pods.filter(saysReady).map((pod) => ({ type: 'markNotReady', pod }) as const)),
    ...evictions(pods, wanted, now),
    ...nextSilence(observed),
  ];
}

/** The node's own conditions, or Unknown for all that it has stopped telling. */
function conditionsNow({ node, heardAt, now, graceMs }: Observed): Conditions {
  const conditions = node.status?.conditions ?? [];
  if (now - heardAt <= graceMs) return conditions;
  const time = toTime(now);
  const types = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
  const missing = types.filter((type) => !conditions.some((condition) => condition.type === type));
  const silent = conditions.map((condition) => {
    if (!types.includes(condition.type) || condition.status === 'Unknown') return condition;
    return {
      ...condition,
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime: time,
    };
  });
  const never = missing.map((type) => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime: time,
  }));
  return [...silent, ...never];
}

/** The taints of others as they are, and ours as the conditions ask for them. */
function taintsFor({ spec }: Node, conditions: Conditions, now: number): Taint[] {
  const before = spec.taints ?? [];
  const wanted: Pick<Taint, 'key' | 'effect'>[] = [];
  const ready = conditions.find(({ type }) => type === 'Ready')?.status;
  if (ready !== 'True') {
    const key = ready === 'False' ? NOT_READY : UNREACHABLE;
    // A node that has not told anything yet is only kept from new pods.
    if (ready === undefined) wanted.push({ key: NOT_READY, effect: 'NoSchedule' });
    else wanted.push({ key, effect: 'NoSchedule' }, { key, effect: 'NoExecute' });
  }
  if (spec.unschedulable) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  for (const { type, status } of conditions) {
    const key = PRESSURES[type];
    if (key && status === 'True') wanted.push({ key, effect: 'NoSchedule' });
  }
  const isWanted = (taint: Taint) =>
    wanted.some(({ key, effect }) => key === taint.key && effect === taint.effect);
  const kept = before.filter((taint) => !OURS.includes(taint.key) || isWanted(taint));
  const added = wanted.filter(
    ({ key, effect }) => !before.some((taint) => taint.key === key && taint.effect === effect),
  );
  const timeAdded = toTime(now);
  return [
    ...kept,
    ...added.map((taint) => (taint.effect === 'NoExecute' ? { ...taint, timeAdded } : taint)),
  ];
}

const saysReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ??
  false;

/** Pods that don't tolerate a NoExecute taint: now, or when their toleration has run out. */
function evictions(
  pods: readonly Pod[],
  taints: readonly Taint[],
  now: number,
): (NodeAction | Wait)[] {
  const hard = taints.filter(({ effect }) => effect === 'NoExecute');
  if (hard.length === 0) return [];
  return pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .flatMap((pod): (NodeAction | Wait)[] => {
      const leftMs = Math.min(...hard.map((taint) => toleratedForMs(pod, taint, now)));
      if (leftMs === Number.POSITIVE_INFINITY) return [];
      return leftMs <= 0 ? [{ type: 'evict', pod }] : [{ type: 'wait', forMs: leftMs }];
    });
}

/** How long yet the pod may stay; forever when a toleration sets no time. */
function toleratedForMs({ spec }: Pod, taint: Taint, now: number): number {
  const tolerations = (spec.tolerations ?? []).filter(
    ({ key, operator, value, effect }) =>
      (!effect || effect === taint.effect) &&
      (!key || key === taint.key) &&
      (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  );
  if (tolerations.length === 0) return 0;
  const seconds = tolerations.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
  if (seconds.length === 0) return Number.POSITIVE_INFINITY;
  const since = parseTime(taint.timeAdded) ?? now;
  return since + Math.max(0, Math.min(...seconds)) * 1000 - now;
}

/** Looks again when the node will have been silent for too long. */
function nextSilence({ heardAt, now, graceMs }: Observed): Wait[] {
  const leftMs = heardAt + graceMs - now;
  return leftMs >= 0 ? [{ type: 'wait', forMs: leftMs + 1 }] : [];
}
