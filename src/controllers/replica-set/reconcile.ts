import type {
  ReplicaSet,
  ReplicaSetCondition,
  ReplicaSetStatus,
} from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import type { Wait } from '../../client/controller.ts';
import { isEqual } from '../../machinery/equal.ts';
import { controllerOf } from '../../machinery/object.ts';
import { claim } from '../adoption.ts';
import type { ScaleFailure } from '../pod-maker.ts';
import {
  availableInMs,
  byLossOrder,
  isActive,
  isReady,
  isTerminating,
  nextAvailability,
} from '../pods.ts';
import { selectorOfLabels } from '../selectors.ts';

/** What the controller saw, from its caches. Plain data but for `related`: no client, no clock. */
export interface Observed {
  readonly replicaSet: ReplicaSet;
  /** Pods that it owns, and pods without an owner in its namespace. */
  readonly pods: readonly Pod[];
  /** Pods of all ReplicaSets with the same owner, itself included. Asked for only to shrink. */
  readonly related: () => readonly Pod[];
  /** What kept the last attempt from making or deleting a pod, if it failed. */
  readonly failure?: ScaleFailure | undefined;
  /** Whether the status tells how many pods are going. */
  readonly tellsTerminating: boolean;
  readonly now: number;
}

export type ReplicaSetAction =
  | { readonly type: 'adoptPod'; readonly pod: Pod; readonly owner: ReplicaSet }
  | { readonly type: 'releasePod'; readonly pod: Pod; readonly owner: ReplicaSet }
  | { readonly type: 'createPod'; readonly owner: ReplicaSet }
  | { readonly type: 'deletePod'; readonly pod: Pod; readonly owner: ReplicaSet }
  | {
      readonly type: 'updateStatus';
      readonly replicaSet: ReplicaSet;
      readonly status: ReplicaSetStatus;
    };

const BURST_MAX = 500; // Bounds one pass, so that one object can't starve the rest.

/** Decides the next writes for one ReplicaSet. Pure. */
export function reconcileReplicaSet(observed: Observed): (ReplicaSetAction | Wait)[] {
  const { replicaSet, failure, now } = observed;
  const { minReadySeconds } = replicaSet.spec;
  const { owned: pods, claims } = claimPods(observed);
  const owned = { ...observed, pods };
  const isDeleted = replicaSet.metadata.deletionTimestamp !== undefined; // The garbage collector's.
  const scaling = isDeleted ? [] : scale(owned);
  const status = statusChange(owned);
  return [
    ...claims,
    // What has failed will probably fail again and end the pass, so it is told before.
    ...(failure ? [...status, ...scaling] : [...scaling, ...status]),
    ...nextAvailability(pods.filter(isActive), { minReadySeconds, now }),
  ];
}

/** Takes matching orphans in, and lets go of pods whose labels no longer match. */
function claimPods({ replicaSet, pods }: Observed) {
  const { selector } = replicaSet.spec;
  // What has ended, or is going, stays with whom it has.
  const candidates = pods.filter((pod) => isActive(pod) || controllerOf(pod));
  const { owned, adopted, released } = claim(replicaSet, candidates, { selector });
  const claims: ReplicaSetAction[] = [
    ...released
      .filter(isActive)
      .map((pod) => ({ type: 'releasePod', pod, owner: replicaSet }) as const),
    ...adopted.map((pod) => ({ type: 'adoptPod', pod, owner: replicaSet }) as const),
  ];
  return { owned, claims };
}

const missingPods = ({ replicaSet, pods }: Observed): number =>
  (replicaSet.spec.replicas ?? 1) - pods.filter(isActive).length;

function scale(observed: Observed): ReplicaSetAction[] {
  const { replicaSet, pods, related, now } = observed;
  const missing = missingPods(observed);
  if (missing >= 0) {
    const length = Math.min(missing, BURST_MAX);
    return Array.from({ length }, () => ({ type: 'createPod', owner: replicaSet }) as const);
  }
  return byLossOrder(pods.filter(isActive), { related: related(), now })
    .slice(0, Math.min(-missing, BURST_MAX))
    .map((pod) => ({ type: 'deletePod', pod, owner: replicaSet }) as const);
}

function statusChange(observed: Observed): ReplicaSetAction[] {
  const { replicaSet } = observed;
  const status = statusOf(observed);
  if (isEqual(status, replicaSet.status)) return [];
  return [{ type: 'updateStatus', replicaSet, status }];
}

function statusOf(observed: Observed): ReplicaSetStatus {
  const { replicaSet, pods, now } = observed;
  const { minReadySeconds, template } = replicaSet.spec;
  const active = pods.filter(isActive);
  const count = (holds: (pod: Pod) => boolean) => active.filter(holds).length;
  const labels = selectorOfLabels(template?.metadata?.labels ?? NO_LABELS);
  const conditions = conditionsOf(observed);
  return dropZeroes({
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => labels.matches(pod.metadata.labels)),
    readyReplicas: count(isReady),
    availableReplicas: count((pod) => availableInMs(pod, { minReadySeconds, now }) === 0),
    ...(observed.tellsTerminating && {
      terminatingReplicas: pods.filter(isTerminating).length,
    }),
    observedGeneration: replicaSet.metadata.generation ?? 0,
    conditions: conditions.length > 0 ? conditions : undefined,
  });
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * The first failure stands until it is over: later ones differ in no more than a generated name,
 * and telling each of them would be a write that causes the next attempt.
 */
function conditionsOf(observed: Observed): readonly ReplicaSetCondition[] {
  const { replicaSet, failure, now } = observed;
  const before = replicaSet.status.conditions ?? [];
  const others = before.filter(({ type }) => type !== 'ReplicaFailure');
  if (!failure || missingPods(observed) === 0) return others;
  if (before.some(({ type, reason }) => type === 'ReplicaFailure' && reason === failure.reason)) {
    return before;
  }
  const lastTransitionTime = toTime(now);
  return [...others, { type: 'ReplicaFailure', status: 'True', ...failure, lastTransitionTime }];
}

const ZERO_TOO = ['replicas', 'terminatingReplicas'];

/** In the form in which the API stores it: most counts are left out when they are zero. */
function dropZeroes(status: ReplicaSetStatus): ReplicaSetStatus {
  const kept = Object.entries(status).filter(([key, value]) => value || ZERO_TOO.includes(key));
  return Object.fromEntries(kept) as unknown as ReplicaSetStatus;
}
