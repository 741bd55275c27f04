import { countIndexes } from '../../api/batch-v1/job/index-ranges.ts';
import type { Job, JobStatus } from '../../api/generated/batch/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { parseTime, toTime } from '../../base/clock.ts';
import type { Wait } from '../../client/controller.ts';
import type { EventContent } from '../../client/event-recorder.ts';
import { isEqual } from '../../machinery/equal.ts';
import { claim } from '../adoption.ts';
import type { ScaleFailure } from '../pod-maker.ts';
import type { JobAction } from './actions.ts';
import { type Backoff, nextBackoff } from './backoff.ts';
import { type Finding, finding, held, isFinished, withCondition } from './conditions.ts';
import { hasFailed, isIndexed } from './job-pods.ts';
import { judgeFailure, judgeSuccess } from './policies.ts';
import { type Sizing, sizing, unchanged, without } from './sizing.ts';
import { type Stock, stockOf } from './stock.ts';
import { type Tracked, track } from './tracking.ts';

/** What the controller saw, from its caches. Plain data: no client, no clock. */
export interface Observed {
  readonly job: Job;
  /** Pods that it owns, and pods without an owner in its namespace. */
  readonly pods: readonly Pod[];
  /** As it was when the failures that are noted were. */
  readonly backoff: Backoff;
  /** What kept the last attempt from making or deleting a pod, if it failed. */
  readonly failure?: ScaleFailure | undefined;
  readonly now: number;
}

type Action = JobAction | Wait;

/** The controller that a job names when it doesn't want another one. */
const OURS = 'kubernetes.io/job-controller';

/** Whether a job is another controller's business. */
export const isManagedElsewhere = ({ spec }: Job): boolean => (spec.managedBy ?? OURS) !== OURS;

/** Whether a job is somebody else's business, or nobody's any more. */
export const isLeftAlone = (job: Job): boolean => isManagedElsewhere(job) || isFinished(job);

/** Decides the next writes for one Job. Pure. */
export function reconcileJob(observed: Observed): Action[] {
  const { job, now } = observed;
  if (isLeftAlone(job)) return [];
  const { owned, adopted, released } = claim(job, observed.pods, { selector: job.spec.selector });
  // Only when the cache shows them with their finalizers can they be counted.
  if (adopted.length + released.length > 0) {
    return [
      ...released.map((pod) => ({ type: 'releasePod', owner: job, pod }) as const),
      ...adopted.map((pod) => ({ type: 'adoptPod', owner: job, pod }) as const),
    ];
  }
  const startTime = job.status.startTime ?? (job.spec.suspend ? undefined : toTime(now));
  const started = { ...job, status: { ...job.status, ...(startTime && { startTime }) } };
  const stock = stockOf(started, owned, now);
  const backoff = nextBackoff(observed.backoff, {
    succeeded: stock.newSucceeded,
    failed: stock.newFailed,
  });
  const end = endOf(stock);
  const size = end ? ending(stock) : managed(stock, backoff);
  const pass = { observed, stock, backoff, size, finished: end ?? completion(stock, size) };
  return [...written(pass, end !== undefined), ...deadline(stock, end)];
}

/** What has been decided in a pass. */
interface Pass {
  readonly observed: Observed;
  readonly stock: Stock;
  readonly backoff: Backoff;
  readonly size: Sizing;
  readonly finished: Finding | undefined;
}

const managed = (stock: Stock, backoff: Backoff): Sizing =>
  stock.job.metadata.deletionTimestamp === undefined ? sizing(stock, backoff) : unchanged(stock);

/** Whoever still runs has to end, once it is clear how the job ends. */
function ending(stock: Stock): Sizing {
  const { job, active } = stock;
  const actions = active.map((pod) => ({ type: 'endPod', owner: job, pod }) as const);
  return without(stock, active, actions);
}

/** How the job ends, when it does before all its pods have succeeded. */
function endOf(stock: Stock): Finding | undefined {
  const { job, pods } = stock;
  const met = held(job, 'SuccessCriteriaMet');
  if (met) return finding('SuccessCriteriaMet', met.reason ?? '', met.message ?? '');
  const failing = held(job, 'FailureTarget');
  if (failing) return finding('Failed', failing.reason ?? '', failing.message ?? '');
  const message = pods
    .filter((pod) => hasFailed(pod, job))
    .map((pod) => judgeFailure(job.spec.podFailurePolicy, pod).failJobMessage)
    .find((each) => each !== undefined);
  if (message !== undefined) return finding('FailureTarget', 'PodFailurePolicy', message);
  return limitExceeded(stock) ?? endOfIndexes(stock);
}

function limitExceeded({ job, pods, failed, now }: Stock): Finding | undefined {
  const { backoffLimit = 6 } = job.spec;
  if (failed > backoffLimit || hasRestartedTooOften(job, pods)) {
    const message = 'Job has reached the specified backoff limit';
    return finding('FailureTarget', 'BackoffLimitExceeded', message);
  }
  if ((deadlineInMs(job, now) ?? 1) <= 0) {
    const message = 'Job was active longer than specified deadline';
    return finding('FailureTarget', 'DeadlineExceeded', message);
  }
  return undefined;
}

/** Containers that are restarted in their pods fail as pods do that are made again. */
function hasRestartedTooOften({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  const { backoffLimit = 6 } = spec;
  const restarts = pods
    .filter(({ status }) => status.phase === 'Running' || status.phase === 'Pending')
    .flatMap(({ status }) => [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
    ])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

function endOfIndexes({ job, completedIndexes, failedIndexes }: Stock): Finding | undefined {
  const { completions = 0, maxFailedIndexes, successPolicy } = job.spec;
  if (!isIndexed(job)) return undefined;
  const failed = countIndexes(failedIndexes ?? []);
  if (maxFailedIndexes !== undefined && failed > maxFailedIndexes) {
    const message = 'Job has exceeded the specified maximal number of failed indexes';
    return finding('FailureTarget', 'MaxFailedIndexesExceeded', message);
  }
  if (failed > 0 && failed + countIndexes(completedIndexes) >= completions) {
    return finding('FailureTarget', 'FailedIndexes', 'Job has failed indexes');
  }
  const message = judgeSuccess(successPolicy, completions, completedIndexes);
  return message === undefined
    ? undefined
    : finding('SuccessCriteriaMet', 'SuccessPolicy', message);
}

/** That the job has succeeded, when as many pods have as it asks for and none runs any more. */
function completion({ job, succeeded }: Stock, { activeCount }: Sizing): Finding | undefined {
  const { completions } = job.spec;
  const isEnough = completions === undefined ? succeeded > 0 : succeeded >= completions;
  if (!isEnough || activeCount > 0) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return finding('SuccessCriteriaMet', 'CompletionsReached', message);
}

/** How long the job may still be active; undefined without a deadline, or while it doesn't run. */
function deadlineInMs({ spec, status }: Job, now: number): number | undefined {
  const { activeDeadlineSeconds, suspend } = spec;
  const startedMs = parseTime(status.startTime);
  if (activeDeadlineSeconds === undefined || startedMs === undefined || suspend) return undefined;
  return startedMs + activeDeadlineSeconds * 1000 - now;
}

function deadline({ job, now }: Stock, end: Finding | undefined): Wait[] {
  const leftMs = end ? undefined : deadlineInMs(job, now);
  return leftMs === undefined ? [] : [{ type: 'wait', forMs: Math.max(leftMs, 0) }];
}

/**
 * The writes of a pass. The status comes first: who is let go of must have been noted before. What
 * is made or deleted is counted in advance, unless that has just failed.
 */
function written(pass: Pass, isEnding: boolean): Action[] {
  const { observed, stock, backoff, size, finished } = pass;
  const tracked = track(stock, finished);
  const { status, events } = statusOf(pass, tracked, isEnding);
  const { job } = observed;
  const isNews = !isEqual(dropZeroes(status), dropZeroes(job.status));
  const told: Action[] = isNews
    ? [{ type: 'updateStatus', job, status: dropZeroes(status), backoff, events }]
    : [];
  const releases = tracked.released.map((pod) => ({ type: 'untrackPod', pod }) as const);
  const waits: Wait[] = size.waitMs === undefined ? [] : [{ type: 'wait', forMs: size.waitMs }];
  return [...told, ...releases, ...size.actions, ...waits];
}

function statusOf(
  { observed, stock, size, finished }: Pass,
  { counts, isWhole, uncountedCount, released }: Tracked,
  isEnding: boolean,
): { readonly status: JobStatus; readonly events: readonly EventContent[] } {
  const { job, now } = stock;
  const events: EventContent[] = [];
  const known = observed.failure ? unchanged(stock) : size;
  const { startTime: startedAt, ...before } = job.status;
  let startTime = startedAt;
  let conditions = before.conditions ?? [];
  if (finished) {
    const isCounted = isWhole && uncountedCount === 0 && released.length === 0;
    if (finished.type !== 'Failed') conditions = withCondition(conditions, finished, now);
    if (isCounted && size.terminatingCount === 0 && wasTold(job, finished)) {
      return { status: concluded(stock, counts, finished), events: [conclusion(stock, finished)] };
    }
  } else if (!isEnding && job.metadata.deletionTimestamp === undefined) {
    const told = conditions;
    conditions = withCondition(conditions, suspension(job), now);
    if (conditions !== told) {
      events.push({ type: 'Normal', ...turning(job) });
      // The deadline is for the time in which it runs.
      startTime = job.spec.suspend ? undefined : toTime(now);
    }
  }
  const status = {
    ...before,
    ...(conditions.length > 0 && { conditions }),
    ...(startTime && { startTime }),
    active: known.activeCount,
    ready: known.readyCount,
    terminating: known.terminatingCount,
    ...counts,
  };
  return { status, events };
}

/** Whether the condition that announces the end stands in the status already. */
const wasTold = (job: Job, { type }: Finding): boolean =>
  held(job, type === 'Failed' ? 'FailureTarget' : 'SuccessCriteriaMet') !== undefined;

const suspension = ({ spec }: Job): Finding =>
  spec.suspend
    ? finding('Suspended', 'JobSuspended', 'Job suspended')
    : { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' };

const turning = ({ spec }: Job) =>
  spec.suspend
    ? { reason: 'Suspended', message: 'Job suspended' }
    : { reason: 'Resumed', message: 'Job resumed' };

/** The last status of a job. */
function concluded(stock: Stock, counts: Tracked['counts'], finished: Finding): JobStatus {
  const { job, now } = stock;
  const isFailed = finished.type === 'Failed';
  const { reason, message } = finished;
  const last = finding(isFailed ? 'Failed' : 'Complete', reason, message);
  return {
    ...job.status,
    conditions: withCondition(job.status.conditions ?? [], last, now),
    ...(!isFailed && { completionTime: toTime(now) }),
    active: 0,
    ready: 0,
    terminating: 0,
    ...counts,
  };
}

function conclusion({ job, succeeded }: Stock, { type, reason, message }: Finding): EventContent {
  if (type === 'Failed') return { type: 'Warning', reason, message };
  const { completions } = job.spec;
  if (completions !== undefined && succeeded > completions) {
    const text = 'Too many succeeded pods running after completion count reached';
    return { type: 'Warning', reason: 'TooManySucceededPods', message: text };
  }
  return { type: 'Normal', reason: 'Completed', message: 'Job completed' };
}

const OMITTED_WHEN_EMPTY = ['active', 'succeeded', 'failed', 'completedIndexes'];

/** In the form in which the API stores it: some counts are left out when they are zero. */
function dropZeroes(status: JobStatus): JobStatus {
  const kept = Object.entries(status).filter(
    ([key, value]) => value || !OMITTED_WHEN_EMPTY.includes(key),
  );
  return Object.fromEntries(kept) as JobStatus;
}
