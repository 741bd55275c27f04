import type { Node, Pod } from '../../api/generated/core/v1/types.ts';
import type { Wait } from '../../client/controller.ts';

const QUARANTINE_MS = 40_000; // A node that has gone may be back in a moment, under the same name.
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** What the controller saw of one pod. Plain data: no client, no clock. */
export interface Observed {
  readonly pod: Pod;
  /** The node that the pod is bound to, if it is there. */
  readonly node: Node | undefined;
  /** For how long that node has been gone, as far as we have seen. */
  readonly nodeGoneMs: number;
}

export type PodGarbageAction = {
  readonly type: 'forceDelete';
  readonly pod: Pod;
  readonly why: 'unscheduled' | 'nodeGone' | 'outOfService' | 'terminated';
};

/** Decides about one pod that nobody may be there to stop. Pure. */
export function reconcilePodGarbage(observed: Observed): (PodGarbageAction | Wait)[] {
  const { pod, node, nodeGoneMs } = observed;
  const isGoing = pod.metadata.deletionTimestamp !== undefined;
  if (!pod.spec.nodeName) return isGoing ? [{ type: 'forceDelete', pod, why: 'unscheduled' }] : [];
  if (!node) {
    if (nodeGoneMs < QUARANTINE_MS) return [{ type: 'wait', forMs: QUARANTINE_MS - nodeGoneMs }];
    // Should it turn out that the node is there after all, look again.
    return [
      { type: 'forceDelete', pod, why: 'nodeGone' },
      { type: 'wait', forMs: QUARANTINE_MS },
    ];
  }
  const isOut = isOutOfService(node) && !isReady(node);
  return isGoing && isOut ? [{ type: 'forceDelete', pod, why: 'outOfService' }] : [];
}

/** Whether somebody vouches that nothing runs on the node any more. */
export const isOutOfService = ({ spec }: Node): boolean =>
  spec.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false;

const isReady = ({ status }: Node): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

/** What the controller saw of all pods that have ended. */
export interface TerminatedObserved {
  readonly pods: readonly Pod[];
  /** How many may stay. */
  readonly threshold: number;
  /** How long ago was the last sweep. */
  readonly sweptAgoMs: number;
}

const SWEEP_PERIOD_MS = 20_000;

/** Deletes the oldest pods that have ended when there are too many, evicted ones first. Pure. */
export function reconcileTerminated(observed: TerminatedObserved): (PodGarbageAction | Wait)[] {
  const { pods, threshold, sweptAgoMs } = observed;
  const surplus = pods.length - threshold;
  if (surplus <= 0) return [];
  // Looking through many pods for each one that ends is too dear.
  if (sweptAgoMs < SWEEP_PERIOD_MS) return [{ type: 'wait', forMs: SWEEP_PERIOD_MS - sweptAgoMs }];
  const rank = ({ metadata, status }: Pod): string =>
    [status.reason === 'Evicted' ? 0 : 1, metadata.creationTimestamp, metadata.name].join(' ');
  return pods
    .map((pod) => ({ pod, rank: rank(pod) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, surplus)
    .map(({ pod }) => ({ type: 'forceDelete', pod, why: 'terminated' }));
}
