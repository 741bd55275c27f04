import type { CronJob, Job } from '../api/generated/batch/v1/types.ts';
import { parseTime } from '../base/clock.ts';
import { controllerOf, keyOf } from '../machinery/object.ts';
import type { Haunted } from './haunted.ts';
import { endOf } from './judgement.ts';
import type { Happened, Truth } from './truth.ts';
import type { Violations } from './violations.ts';

const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/**
 * No time of a CronJob is run twice, and none is noted as run that wasn't; jobs run beside each other
 * only where their CronJob lets them.
 */
export class ScheduleChecker {
  readonly #truth: Truth;
  readonly #violations: Violations;
  readonly #haunted: Haunted;
  /** Times that were run, by their CronJob's UID. */
  readonly #ran = new Set<string>();

  constructor(truth: Truth, violations: Violations, haunted: Haunted) {
    this.#truth = truth;
    this.#violations = violations;
    this.#haunted = haunted;
    truth.onChange((happened) => this.#check(happened));
  }

  #check({ resource, before, after }: Happened): void {
    if (resource === 'batch/jobs' && !before && after) this.#checkJob(after as Job);
    if (resource === 'batch/cronjobs' && before && after) {
      this.#checkNoted(before as CronJob, after as CronJob);
    }
  }

  #checkJob(job: Job): void {
    const owner = controllerOf(job);
    const scheduledMs = scheduledFor(job);
    if (owner?.kind !== 'CronJob' || scheduledMs === undefined) return;
    const time = `${owner.uid} ${scheduledMs}`;
    const isAgain = this.#ran.has(time);
    this.#ran.add(time);
    if (this.#haunted.has('jobs', job)) return;
    if (isAgain) this.#violations.note('schedules', `${keyOf(job)} is run again`);
    this.#checkBeside(job, owner.uid);
  }

  #checkBeside(job: Job, uid: string): void {
    const cronJob = this.#truth.all('batch/cronjobs').find(({ metadata }) => metadata.uid === uid);
    const policy = cronJob?.spec.concurrencyPolicy ?? 'Allow';
    if (policy === 'Allow') return;
    const others = this.#truth
      .all('batch/jobs')
      .filter((each) => controllerOf(each)?.uid === uid && each.metadata.uid !== job.metadata.uid)
      .filter((each) => isRunning(each) && !this.#haunted.has('jobs', each));
    if (others.length === 0) return;
    const what = `${keyOf(job)} starts beside ${others.map(keyOf).join(', ')}: ${policy}`;
    this.#violations.note('concurrency', what);
  }

  #checkNoted(before: CronJob, { metadata, status }: CronJob): void {
    const { lastScheduleTime } = status;
    if (!lastScheduleTime || lastScheduleTime === before.status.lastScheduleTime) return;
    if (this.#ran.has(`${metadata.uid} ${parseTime(lastScheduleTime)}`)) return;
    const what = `${keyOf({ metadata })} is noted to have run for ${lastScheduleTime}, and hasn't`;
    this.#violations.note('schedules', what);
  }
}

const isRunning = (job: Job): boolean =>
  endOf(job) === undefined && job.metadata.deletionTimestamp === undefined;

/** The time that a job was made for, in milliseconds since the epoch. */
export const scheduledFor = ({ metadata }: Job): number | undefined =>
  parseTime(metadata.annotations?.[SCHEDULED]);

/** CronJobs keep no more jobs that have ended than they may, and tell of none that doesn't run. */
export function wrongCronJobs(truth: Truth): string[] {
  return truth.all('batch/cronjobs').flatMap((cronJob) => {
    const { metadata, spec, status } = cronJob;
    const jobs = truth.all('batch/jobs').filter((job) => controllerOf(job)?.uid === metadata.uid);
    const running = new Set(jobs.filter(isRunning).map(({ metadata: { uid } }) => uid));
    const gone = (status.active ?? []).filter(({ uid = '' }) => !running.has(uid));
    const count = (end: string) => jobs.filter((job) => endOf(job) === end).length;
    const { successfulJobsHistoryLimit: successful = 3, failedJobsHistoryLimit: failed = 1 } = spec;
    return [
      ...gone.map(({ name }) => `${keyOf(cronJob)} tells of ${name}, which doesn't run`),
      ...tooMany(cronJob, 'complete', count('Complete'), successful),
      ...tooMany(cronJob, 'failed', count('Failed'), failed),
    ];
  });
}

const tooMany = (cronJob: CronJob, how: string, found: number, limit: number): string[] =>
  found > limit ? [`${keyOf(cronJob)} keeps ${found} ${how} jobs of ${limit}`] : [];
