import { countIndexes, type IndexRanges } from '../../api/batch-v1/job/index-ranges.ts';
import type { Job } from '../../api/generated/batch/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { isActive, isReady, isTerminating } from '../pods.ts';
import { endedMs } from './backoff.ts';
import { hasIndex, indexesOf, readIndexes, withIndexes } from './index-set.ts';
import {
  allFailuresBefore,
  failsIndex,
  hasFailed,
  indexOf,
  isIndexed,
  isTracked,
  validIndexOf,
} from './job-pods.ts';
import { judgeFailure } from './policies.ts';

/** Pods of a job, sorted by what has become of them. Decides nothing. */
export interface Stock {
  readonly job: Job;
  readonly now: number;
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  readonly readyCount: number;
  readonly terminatingCount: number;
  /** UIDs of pods that are noted in the status, and not counted yet. */
  readonly noted: { readonly succeeded: ReadonlySet<string>; readonly failed: ReadonlySet<string> };
  /** Pods whose end nobody has noted yet. */
  readonly newSucceeded: readonly Pod[];
  readonly newFailed: readonly Pod[];
  readonly succeeded: number;
  readonly failed: number;
  /** Of an Indexed job: what was known to be completed, and with the pods that are here. */
  readonly knownIndexes: IndexRanges;
  readonly completedIndexes: IndexRanges;
  /** With limits for each index: those that have failed for good. */
  readonly failedIndexes: IndexRanges | undefined;
  /** By index, failed pods that stay until a new one knows how often it has failed. */
  readonly kept: ReadonlyMap<number, Pod>;
}

/** Looks at a job and its pods. */
export function stockOf(job: Job, pods: readonly Pod[], now: number): Stock {
  const { uncountedTerminatedPods: uncounted } = job.status;
  const noted = {
    succeeded: new Set(uncounted?.succeeded ?? []),
    failed: new Set(uncounted?.failed ?? []),
  };
  const active = pods.filter(isActive);
  const isNew = (pod: Pod) =>
    isTracked(pod) && (!isIndexed(job) || validIndexOf(pod, job) !== undefined);
  const newSucceeded = pods.filter(
    (pod) =>
      pod.status.phase === 'Succeeded' && isNew(pod) && !noted.succeeded.has(pod.metadata.uid),
  );
  const newFailed = pods.filter(
    (pod) => hasFailed(pod, job) && isNew(pod) && !noted.failed.has(pod.metadata.uid),
  );
  const counted = newFailed.filter((pod) => judgeFailure(job.spec.podFailurePolicy, pod).isCounted);
  const indexes = indexesIn(job, pods);
  const { completedIndexes, failedIndexes } = indexes;
  return {
    job,
    now,
    pods,
    active,
    noted,
    newSucceeded,
    newFailed,
    ...indexes,
    readyCount: active.filter(isReady).length,
    terminatingCount: pods.filter(isTerminating).length,
    succeeded: isIndexed(job)
      ? countIndexes(completedIndexes)
      : (job.status.succeeded ?? 0) + newSucceeded.length + noted.succeeded.size,
    failed: (job.status.failed ?? 0) + counted.length + noted.failed.size,
    kept: failedIndexes
      ? keptPods({ job, pods, active, settled: withIndexes(completedIndexes, failedIndexes) })
      : new Map(),
  };
}

function indexesIn(job: Job, pods: readonly Pod[]) {
  const { completions = 0, backoffLimitPerIndex } = job.spec;
  if (!isIndexed(job)) return { knownIndexes: [], completedIndexes: [], failedIndexes: undefined };
  const knownIndexes = readIndexes(job.status.completedIndexes, completions);
  const indexesWhere = (holds: (pod: Pod) => boolean) =>
    indexesOf(
      pods.flatMap((pod) => {
        const index = validIndexOf(pod, job);
        return index !== undefined && isTracked(pod) && holds(pod) ? [index] : [];
      }),
    );
  const completed = indexesWhere(({ status }) => status.phase === 'Succeeded');
  const failed = () =>
    withIndexes(
      readIndexes(job.status.failedIndexes, completions),
      indexesWhere((pod) => failsIndex(pod, job)),
    );
  return {
    knownIndexes,
    completedIndexes: withIndexes(knownIndexes, completed),
    failedIndexes: backoffLimitPerIndex === undefined ? undefined : failed(),
  };
}

/** The last failed pod of each index that is to be tried again. */
function keptPods({
  job,
  pods,
  active,
  settled,
}: {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  readonly settled: IndexRanges;
}): Map<number, Pod> {
  const activeIndexes = new Set(active.map(indexOf));
  const kept = new Map<number, Pod>();
  for (const pod of pods) {
    const index = validIndexOf(pod, job);
    if (index === undefined || !isTracked(pod) || !hasFailed(pod, job)) continue;
    if (hasIndex(settled, index) || activeIndexes.has(index)) continue;
    const last = kept.get(index);
    const isLater =
      !last || (allFailuresBefore(last) <= allFailuresBefore(pod) && endedMs(pod) >= endedMs(last));
    if (isLater) kept.set(index, pod);
  }
  return kept;
}
