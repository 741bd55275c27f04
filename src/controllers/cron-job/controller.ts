import type { CronJob, Job } from '../../api/generated/batch/v1/types.ts';
import { clockJumps } from '../../client/clock-jumps.ts';
import { type Controller, source } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { controllerOf, keyOf, type ObjectKey } from '../../machinery/object.ts';
import { BY_OWNER, type Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { type CronJobAction, type Observed, reconcileCronJob } from './reconcile.ts';
import { CronJobWriter } from './writer.ts';

const NAME = 'cronjob-controller';

type Caches = Pick<Informers, 'cronJobs' | 'jobs'>;

/** Makes a Job each time that a schedule says. */
export function cronJobController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, CronJobAction> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  const writer = new CronJobWriter(client, events, caches);
  const schedules = new KnownSchedules();
  return {
    name: NAME,
    sources: [
      source(caches.cronJobs, (cronJob) => [keyOf(cronJob)]),
      source(caches.jobs, cronJobsOf),
      clockJumps(clock, () => caches.cronJobs.lister.keys()),
    ],

    observe(key) {
      const cronJob = caches.cronJobs.lister.get(key);
      const now = clock.now();
      const changedMs = schedules.changedMs(key, cronJob, now);
      if (!cronJob) return undefined;
      const { uid, namespace } = cronJob.metadata;
      return {
        cronJob,
        jobs: caches.jobs.lister.byIndex(BY_OWNER, uid),
        isThere: (name) => caches.jobs.lister.get(`${namespace}/${name}`) !== undefined,
        changedMs,
        now,
      };
    },

    reconcile: reconcileCronJob,
    execute: (action) => writer.execute(action),
  };
}

function cronJobsOf(job: Job): ObjectKey[] {
  const owner = controllerOf(job);
  return owner?.kind === 'CronJob' ? [`${job.metadata.namespace}/${owner.name}`] : [];
}

/** Remembers schedules as they were: one that is changed doesn't make up for the time before. */
class KnownSchedules {
  readonly #known = new Map<ObjectKey, { readonly text: string; changedMs?: number }>();

  /** When the schedule was changed while it was watched; forgets it when the CronJob has gone. */
  changedMs(key: ObjectKey, cronJob: CronJob | undefined, now: number): number | undefined {
    if (!cronJob) {
      this.#known.delete(key);
      return undefined;
    }
    const { schedule, timeZone = '' } = cronJob.spec;
    const text = `${cronJob.metadata.uid} ${timeZone} ${schedule}`;
    const before = this.#known.get(key);
    if (before?.text === text) return before.changedMs;
    const isSameObject = before?.text.startsWith(cronJob.metadata.uid) ?? false;
    this.#known.set(key, { text, ...(isSameObject && { changedMs: now }) });
    return isSameObject ? now : undefined;
  }
}
