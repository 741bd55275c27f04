import type { CronJob, CronJobStatus, Job } from '../../api/generated/batch/v1/types.ts';
import type { ObjectReference } from '../../api/generated/core/v1/types.ts';
import { parseTime, toTime } from '../../base/clock.ts';
import type { Wait } from '../../client/controller.ts';
import type { EventContent } from '../../client/event-recorder.ts';
import { isEqual } from '../../machinery/equal.ts';
import type { NewObject } from '../../machinery/object.ts';
import { endOf, expiredJobs, isScheduled, jobName, newJob, referenceTo } from './jobs.ts';
import {
  type Due,
  dueAt,
  isMissedOften,
  lastStartMs,
  nextInMs,
  type Timetable,
  timetableOf,
} from './schedule.ts';

/** What the controller saw, from its caches. Plain data but for `isThere`: no client, no clock. */
export interface Observed {
  readonly cronJob: CronJob;
  /** Jobs that it owns. */
  readonly jobs: readonly Job[];
  /** Whether there is a job of that name, whoever owns it. */
  readonly isThere: (name: string) => boolean;
  /** When its schedule was changed, as far as that is known: what was due before isn't any more. */
  readonly changedMs?: number | undefined;
  readonly now: number;
}

export type CronJobAction =
  | { readonly type: 'tell'; readonly cronJob: CronJob; readonly event: EventContent }
  | { readonly type: 'deleteJob'; readonly cronJob: CronJob; readonly job: Job }
  | StartJob
  | {
      readonly type: 'updateStatus';
      readonly cronJob: CronJob;
      readonly status: CronJobStatus;
      readonly events: readonly EventContent[];
      /** Jobs that are left out of the status because the cache doesn't have them: it may lag. */
      readonly missing?: readonly ObjectReference[];
      /** The job that is to stand in the status as well, if it could be made. */
      readonly start?: StartJob;
    };

export interface StartJob {
  readonly type: 'startJob';
  readonly cronJob: CronJob;
  readonly job: NewObject<Job>;
}

type Action = CronJobAction | Wait;

/** Decides the next writes for one CronJob. Pure. */
export function reconcileCronJob(observed: Observed): Action[] {
  const { cronJob, jobs } = observed;
  const known = statusOf(observed);
  const cleaning = expiredJobs(cronJob, jobs).map(
    (job) => ({ type: 'deleteJob', cronJob, job }) as const,
  );
  // What is known is told before anything is begun that may fail.
  if (!isEqual(known.status, cronJob.status)) {
    return [{ type: 'updateStatus', cronJob, ...known }, ...cleaning];
  }
  const told = known.events.map((event) => ({ type: 'tell', cronJob, event }) as const);
  if (cronJob.metadata.deletionTimestamp !== undefined) return [...told, ...cleaning];
  return [...told, ...scheduled(observed), ...cleaning];
}

/**
 * The status without the jobs that have ended or gone, and what is to be said of that. A job that was
 * made and couldn't be noted is in it: others wait for it, or replace it, as for any other.
 */
function statusOf({ cronJob, jobs, isThere, now }: Observed) {
  const events: EventContent[] = [];
  const missing: ObjectReference[] = [];
  const normal = (reason: string, message: string) =>
    events.push({ type: 'Normal', reason, message });
  const byUid = new Map(jobs.map((job) => [job.metadata.uid, job]));
  const before = cronJob.status.active ?? [];
  const active = before.filter((reference) => {
    const { uid = '', name = '' } = reference;
    const job = byUid.get(uid);
    const end = job && endOf(job);
    if (end) normal('SawCompletedJob', `Saw completed job: ${name}, status: ${end}`);
    if (job || isThere(name)) return !end;
    normal('MissingJob', `Active job went missing: ${name}`);
    missing.push(reference);
    return false;
  });
  for (const job of jobs) {
    if (endOf(job) || before.some(({ uid }) => uid === job.metadata.uid)) continue;
    if (isOwnStart(cronJob, job, now)) continue;
    if (isScheduled(cronJob, job)) {
      active.push(referenceTo(job));
      continue;
    }
    const message = `Saw a job that the controller did not create or forgot: ${job.metadata.name}`;
    events.push({ type: 'Warning', reason: 'UnexpectedJob', message });
  }
  return { status: withLastSuccess(cronJob.status, active, jobs), events, missing };
}

/** Whether a job may be one that was just made, and that is noted when it is started again. */
function isOwnStart(cronJob: CronJob, { metadata }: Job, now: number): boolean {
  const timetable = timetableOf(cronJob);
  if ('reason' in timetable) return false;
  const due = dueAt(timetable, lastStartMs(cronJob), now);
  if (typeof due === 'string' || due.lastMs === undefined) return false;
  return metadata.name === jobName(cronJob, due.lastMs);
}

function withLastSuccess(
  { active: _, ...status }: CronJobStatus,
  active: readonly ObjectReference[],
  jobs: readonly Job[],
): CronJobStatus {
  const times = jobs
    .filter((job) => endOf(job) === 'Complete')
    .map((job) => parseTime(job.status.completionTime) ?? 0);
  const lastMs = Math.max(parseTime(status.lastSuccessfulTime) ?? 0, ...times);
  return {
    ...status,
    ...(active.length > 0 && { active }),
    ...(lastMs > 0 && { lastSuccessfulTime: toTime(lastMs) }),
  };
}

/** What the schedule asks for now, and when it will ask for more. */
function scheduled(observed: Observed): Action[] {
  const { cronJob, changedMs = 0, now } = observed;
  const { suspend, timeZone, startingDeadlineSeconds } = cronJob.spec;
  const warn = (reason: string, message: string): Action => ({
    type: 'tell',
    cronJob,
    event: { type: 'Warning', reason, message },
  });
  const timetable = timetableOf(cronJob);
  const isZoneUnknown = 'reason' in timetable && timeZone !== undefined;
  if (suspend && !isZoneUnknown) return [];
  if ('reason' in timetable) return [warn(timetable.reason, timetable.message)];
  const earliestMs = Math.max(lastStartMs(cronJob), changedMs);
  const deadlineMs = (startingDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  const due = dueAt(timetable, Math.max(earliestMs, now - deadlineMs), now);
  const notes = timetable.warnings.map(({ reason, message }) => warn(reason, message));
  if (typeof due === 'string') {
    const { schedule } = cronJob.spec;
    return [...notes, warn('InvalidSchedule', `invalid schedule: ${schedule} : ${due}`)];
  }
  const { lastMs } = due;
  const hasStarted = lastMs !== undefined && !isStarted(cronJob, lastMs);
  const begun = hasStarted ? begin(observed, { timetable, due, scheduledMs: lastMs }) : [];
  const waitMs = nextInMs(timetable, Math.max(earliestMs, lastMs ?? 0), now);
  const waits: Wait[] = waitMs === undefined ? [] : [{ type: 'wait', forMs: waitMs }];
  return [...notes, ...begun, ...waits];
}

const isStarted = (cronJob: CronJob, scheduledMs: number): boolean =>
  cronJob.status.lastScheduleTime === toTime(scheduledMs) ||
  (cronJob.status.active ?? []).some(({ name }) => name === jobName(cronJob, scheduledMs));

/** Starts the job of a time, as far as others that still run allow it. */
function begin(
  { cronJob, jobs }: Observed,
  {
    timetable,
    due,
    scheduledMs,
  }: { readonly timetable: Timetable; readonly due: Due; readonly scheduledMs: number },
): Action[] {
  const { concurrencyPolicy } = cronJob.spec;
  const { status } = cronJob;
  const active = status.active ?? [];
  const actions: Action[] = [];
  const tell = (type: EventContent['type'], reason: string, message: string) =>
    actions.push({ type: 'tell', cronJob, event: { type, reason, message } });
  if (isMissedOften(due)) {
    const message =
      'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
    tell('Warning', 'TooManyMissedTimes', message);
  }
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message =
      'Not starting job because prior execution is running and concurrency policy is Forbid';
    tell('Normal', 'JobAlreadyActive', message);
    return actions;
  }
  const isReplacing = concurrencyPolicy === 'Replace';
  const replaced = isReplacing
    ? jobs.filter(({ metadata }) => active.some(({ uid }) => uid === metadata.uid))
    : [];
  const job = newJob(cronJob, scheduledMs, timetable.zone);
  const start: StartJob = { type: 'startJob', cronJob, job };
  const { active: _, ...others } = status;
  const next: CronJobStatus = {
    ...others,
    ...(!isReplacing && active.length > 0 && { active }),
    lastScheduleTime: toTime(scheduledMs),
  };
  return [
    ...actions,
    ...replaced.map((each) => ({ type: 'deleteJob', cronJob, job: each }) as const),
    start,
    { type: 'updateStatus', cronJob, status: next, events: [], start },
  ];
}
