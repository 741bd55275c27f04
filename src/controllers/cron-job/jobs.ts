import type { CronJob, Job } from '../../api/generated/batch/v1/types.ts';
import type { ObjectReference } from '../../api/generated/core/v1/types.ts';
import { parseTime, toTime } from '../../base/clock.ts';
import type { TimeZone } from '../../base/zoned-time.ts';
import { controllerReference, type NewObject } from '../../machinery/object.ts';

/** How a job has ended; undefined while it hasn't. */
export const endOf = ({ status }: Job): 'Complete' | 'Failed' | undefined => {
  const condition = status.conditions?.find(
    ({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True',
  );
  return condition?.type as 'Complete' | 'Failed' | undefined;
};

/** The name of the job of a time: made once, so that no time can have two jobs. */
export const jobName = ({ metadata }: CronJob, scheduledMs: number): string =>
  `${metadata.name}-${Math.floor(scheduledMs / 60_000)}`;

const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** Whether the job was made because it was time, and not by somebody who wanted one more. */
export function isScheduled(cronJob: CronJob, { metadata }: Job): boolean {
  const scheduledMs = parseTime(metadata.annotations?.[SCHEDULED]);
  return scheduledMs !== undefined && metadata.name === jobName(cronJob, scheduledMs);
}

/** The job as its CronJob's status names it. */
export function referenceTo({ apiVersion, kind, metadata }: Job): ObjectReference {
  const { namespace = '', name, uid, resourceVersion } = metadata;
  return { kind, namespace, name, uid, apiVersion, resourceVersion };
}

/** The job of a time. */
export function newJob(cronJob: CronJob, scheduledMs: number, zone: TimeZone): NewObject<Job> {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const { namespace } = cronJob.metadata;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(cronJob, scheduledMs),
      ...(namespace && { namespace }),
      ...(metadata?.labels && { labels: metadata.labels }),
      annotations: {
        ...metadata?.annotations,
        [SCHEDULED]: timeIn(zone, scheduledMs),
      },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: spec as Job['spec'],
  };
}

/** RFC 3339 as the clocks of a zone show it. */
function timeIn(zone: TimeZone, ms: number): string {
  const offsetMinutes = Math.round(zone.offsetMs(ms) / 60_000);
  if (offsetMinutes === 0) return toTime(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.abs(offsetMinutes);
  const sign = offsetMinutes < 0 ? '-' : '+';
  const local = toTime(ms + offsetMinutes * 60_000).slice(0, -1);
  return `${local}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Finished jobs beyond what the history may hold, the oldest of each kind. */
export function expiredJobs({ spec }: CronJob, jobs: readonly Job[]): Job[] {
  const limits = {
    Complete: spec.successfulJobsHistoryLimit,
    Failed: spec.failedJobsHistoryLimit,
  };
  return (['Complete', 'Failed'] as const).flatMap((end) => {
    const limit = limits[end];
    if (limit === undefined) return [];
    const ended = jobs.filter((job) => endOf(job) === end).toSorted(compareStarts);
    return ended.slice(0, Math.max(0, ended.length - limit));
  });
}

/** Earlier starts first; those that haven't started come last. */
function compareStarts(a: Job, b: Job): number {
  const [x, y] = [a.status.startTime, b.status.startTime];
  if (x === y) return a.metadata.name < b.metadata.name ? -1 : 1;
  if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
  return x < y ? -1 : 1;
}
