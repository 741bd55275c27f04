import type { Pod } from '../../api/generated/core/v1/types.ts';
import { byLossOrder, isReady, isTerminating } from '../pods.ts';
import type { JobAction } from './actions.ts';
import { type Backoff, backoffMs, endedMs } from './backoff.ts';
import { firstMissing, indexesOf, withIndexes } from './index-set.ts';
import {
  allFailuresBefore,
  indexOf,
  isIndexed,
  replacesFailedOnly,
  validIndexOf,
} from './job-pods.ts';
import type { Stock } from './stock.ts';

const BURST_MAX = 500; // Bounds one pass, so that one object can't starve the rest.

/** What a pass does to pods, and how many there are then if it succeeds. */
export interface Sizing {
  readonly actions: readonly JobAction[];
  readonly activeCount: number;
  readonly readyCount: number;
  readonly terminatingCount: number;
  /** For how long failures keep pods from being made, in milliseconds. */
  readonly waitMs?: number;
}

/** Makes and drops pods so that as many run as the job asks for. Backs off after failures. */
export function sizing(stock: Stock, backoff: Backoff): Sizing {
  const { job, active } = stock;
  if (job.spec.suspend) return dropping(stock, surplus(stock, active.length));
  const wanted = wantedActive(stock);
  const doomed = surplus(stock, Math.max(0, active.length - wanted)).slice(0, BURST_MAX);
  if (doomed.length > 0) return dropping(stock, doomed);
  const ending = replacesFailedOnly(job) ? stock.terminatingCount : 0;
  const missing = Math.min(wanted - ending - active.length, BURST_MAX);
  return missing > 0 ? creating(stock, missing, backoff) : unchanged(stock);
}

/** Pods as they are. */
export const unchanged = ({ active, readyCount, terminatingCount }: Stock): Sizing => ({
  actions: [],
  activeCount: active.length,
  readyCount,
  terminatingCount,
});

function wantedActive({ job, active, succeeded }: Stock): number {
  const { completions, parallelism = 1 } = job.spec;
  // Whoever ends first decides for all: the others end by themselves.
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(completions - succeeded, parallelism));
}

function dropping(stock: Stock, doomed: readonly Pod[]): Sizing {
  const actions = doomed.map((pod) => ({ type: 'dropPod', owner: stock.job, pod }) as const);
  return without(stock, doomed, actions);
}

/** What is left once these have begun to end. */
export const without = (
  { active, readyCount, terminatingCount }: Stock,
  doomed: readonly Pod[],
  actions: readonly JobAction[],
): Sizing => ({
  actions,
  activeCount: active.length - doomed.length,
  readyCount: readyCount - doomed.filter(isReady).length,
  terminatingCount: terminatingCount + doomed.length,
});

/** The pods that go: those of no index, or of one that another works on, and so many at least. */
function surplus({ job, active, now }: Stock, atLeast: number): Pod[] {
  if (!isIndexed(job) && atLeast === 0) return [];
  const inOrder = byLossOrder(active, { related: [], now });
  if (!isIndexed(job)) return inOrder.slice(0, atLeast);
  const best = new Map(inOrder.map((pod) => [validIndexOf(pod, job), pod]));
  const isDoomed = (pod: Pod) => {
    const index = validIndexOf(pod, job);
    return index === undefined || best.get(index) !== pod;
  };
  const doomed = inOrder.filter(isDoomed);
  const others = inOrder.filter((pod) => !isDoomed(pod));
  return [...doomed, ...others.slice(0, Math.max(0, atLeast - doomed.length))];
}

function creating(stock: Stock, missing: number, backoff: Backoff): Sizing {
  const { job, failedIndexes, kept, now } = stock;
  const before = unchanged(stock);
  if (!failedIndexes) {
    const waitMs = backoffMs(backoff, now);
    if (waitMs > 0) return { ...before, waitMs };
  }
  if (!isIndexed(job)) {
    const actions = Array.from(
      { length: missing },
      () => ({ type: 'createPod', owner: job }) as const,
    );
    return { ...before, actions, activeCount: before.activeCount + missing };
  }
  const indexes = pendingIndexes(stock, missing);
  const waits = new Map(indexes.map((index) => [index, indexBackoffMs(kept.get(index), now)]));
  const ready = failedIndexes ? indexes.filter((index) => waits.get(index) === 0) : indexes;
  if (ready.length === 0 && indexes.length > 0) {
    return { ...before, waitMs: Math.min(...waits.values()) };
  }
  const actions = ready.map(
    (index) => ({ type: 'createPod', owner: job, index, replaced: kept.get(index) }) as const,
  );
  // Those that still back off must not wait for a change that nobody makes.
  const left = [...waits.values()].filter((waitMs) => waitMs > 0);
  return {
    ...before,
    actions,
    activeCount: before.activeCount + ready.length,
    ...(failedIndexes && left.length > 0 && { waitMs: Math.min(...left) }),
  };
}

function indexBackoffMs(replaced: Pod | undefined, now: number): number {
  if (!replaced) return 0;
  const failures = allFailuresBefore(replaced) + 1;
  return backoffMs({ failures, lastFailureMs: endedMs(replaced) }, now);
}

/** The first indexes that nobody works on, and that neither succeeded nor failed for good. */
function pendingIndexes(stock: Stock, count: number): number[] {
  const { job, active, pods, completedIndexes, failedIndexes = [] } = stock;
  const ending = replacesFailedOnly(job) ? pods.filter(isTerminating) : [];
  const busy = indexesOf([...active, ...ending].flatMap((pod) => indexOf(pod) ?? []));
  const taken = withIndexes(withIndexes(completedIndexes, busy), failedIndexes);
  return firstMissing(taken, job.spec.completions ?? 0, count);
}
