import type { Pod } from '../api/generated/core/v1/types.ts';
import { parseTime } from '../base/clock.ts';
import type { Wait } from '../client/controller.ts';

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
function readySince({ status }: Pod): number | undefined {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True'
    ? (parseTime(ready.lastTransitionTime ?? undefined) ?? 0)
    : undefined;
}

export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

const PODS_PER_MS = 10;

/**
 * How long a workload may rest after all its pods were looked at, in milliseconds: not at all with
 * a handful, half a second with 5,000, so that looking takes the same part of the time with any.
 */
export const restAfter = (pods: readonly Pod[]): number => Math.floor(pods.length / PODS_PER_MS);

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
  if (since === undefined) return undefined;
  // Where nothing is to be waited for, it doesn't matter that the node's clock is ahead of ours.
  return minReadySeconds === 0 ? 0 : Math.max(0, since + minReadySeconds * 1000 - now);
}

/** Ready pods become available by time alone: look again when the first of them does. */
export function nextAvailability(
  pods: readonly Pod[],
  { minReadySeconds, now }: Parameters<typeof availableInMs>[1],
): Wait[] {
  if (!minReadySeconds) return [];
  const delays = pods
    .map((pod) => availableInMs(pod, { minReadySeconds, now }) ?? 0)
    .filter((delayMs) => delayMs > 0);
  return delays.length > 0 ? [{ type: 'wait', forMs: Math.min(...delays) }] : [];
}

const PHASES = ['Pending', 'Unknown', 'Running'];

/**
 * Pods in the order in which a workload gives them up: unscheduled first, then by phase, not
 * ready, lower deletion cost, crowded on their node, younger by magnitude, often restarted. From the
 * documentation of ReplicaSet ("Scaling down a ReplicaSet") and KEP-2255, KEP-2185.
 * `related` are the pods that count as a crowd: those of all ReplicaSets of the same Deployment.
 */
export function byLossOrder(
  pods: readonly Pod[],
  { related, now }: { readonly related: readonly Pod[]; readonly now: number },
): Pod[] {
  const crowd = new Map<string, number>();
  for (const pod of related) {
    const { nodeName } = pod.spec;
    if (nodeName && isActive(pod)) crowd.set(nodeName, (crowd.get(nodeName) ?? 0) + 1);
  }
  const ranked = pods.map((pod) => ({ pod, rank: rankOf(pod, crowd, now) }));
  ranked.sort((a, b) => compareRanks(a.rank, b.rank));
  return ranked.map(({ pod }) => pod);
}

interface Rank {
  /** Compared one after the other; the lower goes first. */
  readonly worth: readonly number[];
  readonly readyMs: number | undefined;
  /** Of containers, then of sidecars; the higher goes first. */
  readonly restarts: readonly [number, number];
  readonly createdMs: number;
  readonly now: number;
  readonly uid: string;
}

function rankOf(pod: Pod, crowd: ReadonlyMap<string, number>, now: number): Rank {
  const { nodeName = '' } = pod.spec;
  const readyMs = readySince(pod);
  const worth = [
    nodeName ? 1 : 0,
    PHASES.indexOf(pod.status.phase ?? 'Pending'),
    readyMs === undefined ? 0 : 1,
    deletionCost(pod),
    -(crowd.get(nodeName) ?? 0),
  ];
  const createdMs = parseTime(pod.metadata.creationTimestamp) ?? 0;
  const { uid } = pod.metadata;
  return { worth, readyMs, restarts: restarts(pod), createdMs, now, uid };
}

function compareRanks(a: Rank, b: Rank): number {
  const at = a.worth.findIndex((value, i) => value !== b.worth[i]);
  if (at >= 0) return a.worth[at]! - b.worth[at]!;
  if (a.readyMs !== b.readyMs) return compareAges(a, b, a.readyMs ?? 0, b.readyMs ?? 0);
  const restarted = b.restarts[0] - a.restarts[0] || b.restarts[1] - a.restarts[1];
  if (restarted !== 0) return restarted;
  return compareAges(a, b, a.createdMs, b.createdMs);
}

/**
 * The younger first, by magnitude. Pods of one magnitude count as equally old, so that those of one
 * rollout are given up evenly over the nodes and not by the second in which each started.
 */
function compareAges(a: Rank, b: Rank, sinceA: number, sinceB: number): number {
  const difference = magnitude(a.now - sinceA) - magnitude(b.now - sinceB);
  return difference !== 0 ? difference : a.uid < b.uid ? -1 : 1;
}

const NANOS_PER_MS = 1e6;

const magnitude = (ageMs: number): number =>
  ageMs > 0 ? Math.floor(Math.log2(ageMs * NANOS_PER_MS)) : -1;

function deletionCost({ metadata }: Pod): number {
  const text = metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '0';
  const cost = /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
  return Math.abs(cost) <= COST_MAX ? cost : 0;
}

const COST_MAX = 2 ** 31 - 1;

/** The most restarts of any container, and of any sidecar. */
function restarts({ spec, status }: Pod): [number, number] {
  const isSidecar = ({ name }: { readonly name: string }) =>
    spec.initContainers?.some((each) => each.name === name && each.restartPolicy === 'Always');
  const { containerStatuses = [], initContainerStatuses = [] } = status;
  const most = (all: readonly { readonly restartCount: number }[]) =>
    Math.max(0, ...all.map(({ restartCount }) => restartCount));
  return [most(containerStatuses), most(initContainerStatuses.filter(isSidecar))];
}
