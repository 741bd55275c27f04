import type { ReplicaSet, ReplicaSetStatus } from '../../api/generated/apps/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import type { Wait } from '../../client/controller.ts';
import { isEqual } from '../../machinery/equal.ts';
import { controllerOf } from '../../machinery/object.ts';
import { LabelSelector } from '../../machinery/selector/label-selector.ts';
import { availableInMs, byLossOrder, isActive, isReady, isTerminating } from '../pods.ts';

/** What the controller saw, from its caches. Plain data: no client, no clock. */
export interface Observed {
  readonly replicaSet: ReplicaSet;
  /** Pods that it owns, and pods without an owner in its namespace that its selector matches. */
  readonly pods: readonly Pod[];
  /** Pods of all ReplicaSets with the same owner, itself included. */
  readonly related: readonly Pod[];
  /** The failure of the last attempt to create a pod, if it failed. */
  readonly createFailure?: string | undefined;
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
  const { replicaSet } = observed;
  const { adopted, claims } = claimPods(observed);
  const owned = { ...observed, pods: adopted };
  const isDeleted = replicaSet.metadata.deletionTimestamp !== undefined; // The garbage collector's.
  return [
    ...claims,
    ...(isDeleted ? [] : scale(owned)),
    ...statusChange(owned),
    ...nextAvailability(owned),
  ];
}

/** Takes matching orphans in, and lets go of pods whose labels no longer match. */
function claimPods({ replicaSet, pods }: Observed) {
  const selector = LabelSelector.from(replicaSet.spec.selector);
  const claims: ReplicaSetAction[] = [];
  const adopted: Pod[] = [];
  for (const pod of pods) {
    const isMatch = selector.matches(pod.metadata.labels);
    const isOwned = controllerOf(pod)?.uid === replicaSet.metadata.uid;
    if (isOwned && isMatch) adopted.push(pod);
    else if (isOwned) claims.push({ type: 'releasePod', pod, owner: replicaSet });
    else if (isMatch && isFree(pod) && replicaSet.metadata.deletionTimestamp === undefined) {
      adopted.push(pod);
      claims.push({ type: 'adoptPod', pod, owner: replicaSet });
    }
  }
  return { adopted, claims };
}

const isFree = (pod: Pod): boolean =>
  controllerOf(pod) === undefined && pod.metadata.deletionTimestamp === undefined && isActive(pod);

function scale({ replicaSet, pods, related, now }: Observed): ReplicaSetAction[] {
  const active = pods.filter(isActive);
  const missing = (replicaSet.spec.replicas ?? 1) - active.length;
  if (missing >= 0) {
    const length = Math.min(missing, BURST_MAX);
    return Array.from({ length }, () => ({ type: 'createPod', owner: replicaSet }) as const);
  }
  return byLossOrder(active, { related, now })
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
  const labels = LabelSelector.ofLabels(template?.metadata?.labels ?? {});
  const conditions = conditionsOf(observed);
  return dropZeroes({
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => labels.matches(pod.metadata.labels)),
    readyReplicas: count(isReady),
    availableReplicas: count((pod) => availableInMs(pod, { minReadySeconds, now }) === 0),
    terminatingReplicas: pods.filter(isTerminating).length,
    observedGeneration: replicaSet.metadata.generation ?? 0,
    conditions: conditions.length > 0 ? conditions : undefined,
  });
}

function conditionsOf({ replicaSet, pods, createFailure, now }: Observed) {
  const others = (replicaSet.status.conditions ?? []).filter(
    ({ type }) => type !== 'ReplicaFailure',
  );
  const missing = (replicaSet.spec.replicas ?? 1) - pods.filter(isActive).length;
  if (createFailure === undefined || missing <= 0) return others;
  const before = replicaSet.status.conditions?.find(({ type }) => type === 'ReplicaFailure');
  const lastTransitionTime = before?.lastTransitionTime ?? toTime(now);
  const condition = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' };
  return [...others, { ...condition, message: createFailure, lastTransitionTime }];
}

const ZERO_TOO = ['replicas', 'terminatingReplicas'];

/** In the form in which the API stores it: most counts are left out when they are zero. */
function dropZeroes(status: ReplicaSetStatus): ReplicaSetStatus {
  const kept = Object.entries(status).filter(([key, value]) => value || ZERO_TOO.includes(key));
  return Object.fromEntries(kept) as unknown as ReplicaSetStatus;
}

/** Ready pods become available by time alone: look again when the first of them does. */
function nextAvailability({ replicaSet, pods, now }: Observed): Wait[] {
  const { minReadySeconds } = replicaSet.spec;
  const delays = pods
    .filter(isActive)
    .map((pod) => availableInMs(pod, { minReadySeconds, now }) ?? 0)
    .filter((delayMs) => delayMs > 0);
  return delays.length > 0 ? [{ type: 'wait', forMs: Math.min(...delays) }] : [];
}
