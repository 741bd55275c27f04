import { countIndexes } from '../../api/batch-v1/job/index-ranges.ts';
import type { JobStatus } from '../../api/generated/batch/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { Finding } from './conditions.ts';
import { hasIndex, indexesOf, withIndexes, writeIndexes } from './index-set.ts';
import { hasFailed, indexOf, isIndexed, isTracked, validIndexOf } from './job-pods.ts';
import { judgeFailure } from './policies.ts';
import type { Stock } from './stock.ts';

// KEP-2307: each pod that ends is noted in the status by its UID, then let go of by taking its
// finalizer off, and counted once that is seen. So each is counted once, whoever deletes it.

const UNCOUNTED_MAX = 500; // Their UIDs have to fit into the status.

/** What is noted and counted in this pass. */
export interface Tracked {
  readonly counts: Pick<
    JobStatus,
    'succeeded' | 'failed' | 'completedIndexes' | 'failedIndexes' | 'uncountedTerminatedPods'
  >;
  /** Pods that may be let go of once the counts are written. */
  readonly released: readonly Pod[];
  /** Whether all pods are noted that have ended. */
  readonly isWhole: boolean;
  /** How many are noted, and not counted yet. */
  readonly uncountedCount: number;
}

/** Notes the pods that have ended, counts those that were let go of. */
export function track(stock: Stock, finished: Finding | undefined): Tracked {
  const { job, pods, knownIndexes, failedIndexes } = stock;
  const tracked = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid));
  const stillThere = (uids: ReadonlySet<string>) => [...uids].filter((uid) => tracked.has(uid));
  const succeeded = stillThere(stock.noted.succeeded);
  const failed = stillThere(stock.noted.failed);
  const gone = {
    succeeded: stock.noted.succeeded.size - succeeded.length,
    failed: stock.noted.failed.size - failed.length,
  };
  const newIndexes: number[] = [];
  const released: Pod[] = [];
  let isWhole = true;
  for (const pod of byIndex(stock)) {
    if (!isTracked(pod) || !mayRelease(stock, pod, finished)) continue;
    released.push(pod);
    note(stock, pod, { finished, succeeded, failed, newIndexes });
    if (newIndexes.length + succeeded.length + failed.length < UNCOUNTED_MAX) continue;
    isWhole = false;
    break;
  }
  const completed = withIndexes(knownIndexes, indexesOf(newIndexes));
  const counts = {
    succeeded: isIndexed(job)
      ? countIndexes(completed)
      : (job.status.succeeded ?? 0) + gone.succeeded,
    failed: (job.status.failed ?? 0) + gone.failed,
    ...(isIndexed(job) && { completedIndexes: writeIndexes(completed) }),
    ...(failedIndexes && { failedIndexes: writeIndexes(failedIndexes) }),
    uncountedTerminatedPods: {
      ...(succeeded.length > 0 && { succeeded }),
      ...(failed.length > 0 && { failed }),
    },
  };
  return { counts, released, isWhole, uncountedCount: succeeded.length + failed.length };
}

const byIndex = ({ job, pods }: Stock): readonly Pod[] =>
  isIndexed(job) ? pods.toSorted((a, b) => (indexOf(a) ?? -1) - (indexOf(b) ?? -1)) : pods;

/** Whether nothing more is to be learned of the pod. */
function mayRelease({ job, kept }: Stock, pod: Pod, finished: Finding | undefined): boolean {
  const isOver = job.metadata.deletionTimestamp !== undefined || finished !== undefined;
  if (isOver || pod.status.phase === 'Succeeded') return true;
  if (!hasFailed(pod, job)) return false;
  const index = indexOf(pod);
  return index === undefined || kept.get(index) !== pod;
}

/** Where pods are noted. */
interface Notes {
  readonly finished: Finding | undefined;
  readonly succeeded: string[];
  readonly failed: string[];
  readonly newIndexes: number[];
}

function note(stock: Stock, pod: Pod, { finished, succeeded, failed, newIndexes }: Notes): void {
  const { job, noted, knownIndexes } = stock;
  const { uid } = pod.metadata;
  const index = validIndexOf(pod, job);
  if (noted.failed.has(uid)) return;
  if (pod.status.phase === 'Succeeded') {
    if (!isIndexed(job)) {
      if (!noted.succeeded.has(uid)) succeeded.push(uid);
    } else if (index !== undefined && !hasIndex(knownIndexes, index)) {
      newIndexes.push(index);
    }
    return;
  }
  // Of a job that is given up, whoever still runs has failed.
  const isLost = hasFailed(pod, job) || (finished && finished.type !== 'SuccessCriteriaMet');
  if (!isLost || (isIndexed(job) && index === undefined)) return;
  if (judgeFailure(job.spec.podFailurePolicy, pod).isCounted) failed.push(uid);
}
