import type { Node, Pod, Taint } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import type { Wait } from '../../client/controller.ts';
import { isEqual } from '../../machinery/equal.ts';
import { nextTaints } from './taints.ts';

/** What the controller saw of one node. Plain data: no client, no clock. */
export interface Observed {
  readonly node: Node;
  /** Pods that are bound to it. Asked for only when it isn't ready. */
  readonly pods: () => readonly Pod[];
  /** For how long we haven't seen its lease or its heartbeat move. */
  readonly silentMs: number;
  readonly now: number;
  /** For how long a silent node counts as alive. */
  readonly graceMs: number;
  /** In how long its pods may be driven away; undefined when they may not for now. */
  readonly evictableInMs: number | undefined;
  /** The zone is lost as a whole, so its nodes are taken for cut off, not for dead. */
  readonly isSpared: boolean;
  /** Pods that were marked since the node ceased to be ready: its agent may have had reasons. */
  readonly marked: ReadonlySet<string>;
}

export type NodeAction =
  | { readonly type: 'updateStatus'; readonly node: Node; readonly conditions: NodeConditions }
  | { readonly type: 'setTaints'; readonly node: Node; readonly taints: readonly Taint[] }
  /** As setTaints, of taints that drive pods away. */
  | { readonly type: 'beginEviction'; readonly node: Node; readonly taints: readonly Taint[] }
  | { readonly type: 'markNotReady'; readonly node: Node; readonly pod: Pod };

export type NodeConditions = NonNullable<NonNullable<Node['status']>['conditions']>;

/** Decides the next writes for one node and its pods. Pure. */
export function reconcileNode(observed: Observed): (NodeAction | Wait)[] {
  const { node } = observed;
  const conditions = conditionsNow(observed);
  const isKnown = isEqual(conditions, node.status?.conditions ?? []);
  return [
    ...(isKnown ? [] : [{ type: 'updateStatus', node, conditions } as const]),
    // After the status: both have the node's resourceVersion for a precondition.
    ...(isKnown ? taintChanges(observed, conditions) : []),
    ...unreadyPods(observed, conditions),
    ...nextSilence(observed),
  ];
}

const OF_AGENT = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The node's own conditions, or Unknown for all that it has stopped telling. */
function conditionsNow({ node, silentMs, now, graceMs }: Observed): NodeConditions {
  const conditions = node.status?.conditions ?? [];
  if (silentMs <= graceMs) return conditions;
  const time = toTime(now);
  const silent = conditions.map((condition) => {
    if (!OF_AGENT.includes(condition.type) || condition.status === 'Unknown') return condition;
    return {
      ...condition,
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime: time,
    };
  });
  const missing = OF_AGENT.filter((type) => !conditions.some((each) => each.type === type));
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

/** At once what keeps new pods away; what drives pods away when it is the node's turn. */
function taintChanges(observed: Observed, conditions: NodeConditions): (NodeAction | Wait)[] {
  const { node, now, evictableInMs, isSpared } = observed;
  const before = node.spec.taints ?? [];
  const { taints, pending } = nextTaints(node, conditions, { now, isSpared });
  if (!isEqual(taints, before)) return [{ type: 'setTaints', node, taints }];
  if (pending.length === 0 || evictableInMs === undefined) return [];
  if (evictableInMs > 0) return [{ type: 'wait', forMs: evictableInMs }];
  return [{ type: 'beginEviction', node, taints: [...taints, ...pending] }];
}

/** Pods whose node nobody hears from say that they are ready until somebody says otherwise. */
function unreadyPods({ node, pods, marked }: Observed, conditions: NodeConditions): NodeAction[] {
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready === undefined || ready.status === 'True') return [];
  return pods()
    .filter((pod) => saysReady(pod) && !marked.has(pod.metadata.uid))
    .map((pod) => ({ type: 'markNotReady', node, pod }));
}

const saysReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ??
  false;

/** Looks again when the node will have been silent for too long. */
function nextSilence({ silentMs, graceMs }: Observed): Wait[] {
  const leftMs = graceMs - silentMs;
  return leftMs >= 0 ? [{ type: 'wait', forMs: leftMs + 1 }] : [];
}
