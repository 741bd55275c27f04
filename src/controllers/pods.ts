import type { Pod } from '../api/generated/core/v1/types.ts';
import { parseTime } from '../base/clock.ts';

// Questions about pods that several controllers ask.

/** Neither finished nor on its way out. */
export const isActive = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  status.phase !== 'Succeeded' &&
  status.phase !== 'Failed';

export const isTerminating = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined &&
  status.phase !== 'Succeeded' &&
  status.phase !== 'Failed';

/** When the pod became ready, in milliseconds since the epoch; undefined while it isn't. */
export function readySince({ status }: Pod): number | undefined {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True'
    ? (parseTime(ready.lastTransitionTime ?? undefined) ?? 0)
    : undefined;
}

export const isReady = (pod: Pod): boolean => readySince(pod) !== undefined;

/**
 * In how many milliseconds the pod will have been ready for `minReadySeconds`: 0 when it is
 * available now, undefined when it isn't ready at all.
 */
export function availableInMs(
  pod: Pod,
  {
    minReadySeconds = 0,
    now,
  }: { readonly minReadySeconds?: number | undefined; readonly now: number },
): number | undefined {
  const since = readySince(pod);
  return since === undefined ? undefined : Math.max(0, since + minReadySeconds * 1000 - now);
}

const PHASES = ['Pending', 'Unknown', 'Running'];

/**
 * Pods in the order in which a workload gives them up: unscheduled first, then by phase, not
 * ready, lower deletion cost, crowded on their node, young, often restarted. From the
 * documentation of ReplicaSet ("Scaling down a ReplicaSet") and KEP-2255, KEP-2185.
 * `related` are the pods that count as a crowd: those of all ReplicaSets of the same Deployment.
 */
export function byLossOrder(
  pods: readonly Pod[],
  { related, now }: { readonly related: readonly Pod[]; readonly now: number },
): Pod[] {
  const crowd = new Map<string, number>();
  for (const { spec } of related) {
    if (spec.nodeName) crowd.set(spec.nodeName, (crowd.get(spec.nodeName) ?? 0) + 1);
  }
  const rankOf = (pod: Pod): readonly number[] => [
    pod.spec.nodeName ? 1 : 0,
    PHASES.indexOf(pod.status.phase ?? 'Pending'),
    isReady(pod) ? 1 : 0,
    deletionCost(pod),
    -(crowd.get(pod.spec.nodeName ?? '') ?? 0),
    roughAge(readySince(pod), now),
    -restarts(pod),
    roughAge(parseTime(pod.metadata.creationTimestamp), now),
  ];
  const ranked = pods.map((pod) => ({ pod, rank: rankOf(pod) }));
  ranked.sort((a, b) => compareRanks(a.rank, b.rank) || compareUids(a.pod, b.pod));
  return ranked.map(({ pod }) => pod);
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

const compareUids = (a: Pod, b: Pod): number => (a.metadata.uid < b.metadata.uid ? -1 : 1);

function deletionCost({ metadata }: Pod): number {
  const text = metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '0';
  return /^-?\d+$/.test(text) ? Number(text) : 0;
}

const restarts = ({ status }: Pod): number =>
  Math.max(0, ...(status.containerStatuses ?? []).map(({ restartCount }) => restartCount));

/**
 * The magnitude of an age. Pods of one magnitude count as equally old, so that those of one
 * rollout are given up evenly over the nodes and not by the second in which each started.
 */
const roughAge = (sinceMs: number | undefined, now: number): number =>
  sinceMs === undefined ? 0 : Math.floor(Math.log10(Math.max(1, now - sinceMs)));
