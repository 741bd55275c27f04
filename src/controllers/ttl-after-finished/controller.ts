import { jobs } from '../../api/generated/batch/v1/resources.ts';
import type { Job } from '../../api/generated/batch/v1/types.ts';
import { parseTime } from '../../base/clock.ts';
import { clockJumps } from '../../client/clock-jumps.ts';
import {
  type Action,
  type Controller,
  deleted,
  source,
  type Wait,
} from '../../client/controller.ts';
import { keyOf } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';

const NAME = 'ttl-after-finished-controller';

/** A Job that will have to go. */
export interface Observed {
  readonly job: Job;
  readonly now: number;
}

export interface DeleteJob extends Action {
  readonly type: 'deleteJob';
  readonly job: Job;
}

/** Deletes Jobs, with their pods, so long after they finished as they say (KEP-592). */
export function ttlAfterFinishedController(
  tools: ControllerTools,
  caches: Pick<Informers, 'jobs'>,
): Controller<Observed, DeleteJob> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  return {
    name: NAME,
    sources: [
      source(caches.jobs, (job) => (expiresAtMs(job) === undefined ? [] : [keyOf(job)])),
      clockJumps(clock, () => caches.jobs.lister.keys()),
    ],

    observe(key) {
      const job = caches.jobs.lister.get(key);
      return job && { job, now: clock.now() };
    },

    reconcile: reconcileTtl,

    async execute({ job }) {
      const { uid, resourceVersion } = job.metadata;
      try {
        // Whoever makes it live longer at the last moment has changed its version.
        const preconditions = { uid, resourceVersion };
        await client.delete(jobs, job.metadata, { propagationPolicy: 'Foreground', preconditions });
      } catch (error) {
        if (!isStatusError(error, 'NotFound')) throw error; // Done already.
      }
      return deleted(caches.jobs, keyOf(job), job);
    },
  };
}

/** Decides whether a finished Job goes now, or later. Pure. */
export function reconcileTtl({ job, now }: Observed): (DeleteJob | Wait)[] {
  const atMs = expiresAtMs(job);
  if (atMs === undefined) return [];
  return atMs <= now ? [{ type: 'deleteJob', job }] : [{ type: 'wait', forMs: atMs - now }];
}

/** When a job's time is over, in milliseconds since the epoch; undefined when it stays. */
function expiresAtMs({ metadata, spec, status }: Job): number | undefined {
  const { ttlSecondsAfterFinished } = spec;
  if (ttlSecondsAfterFinished === undefined || metadata.deletionTimestamp) return undefined;
  const finish = status.conditions?.find(
    (each) => (each.type === 'Complete' || each.type === 'Failed') && each.status === 'True',
  );
  const finishedMs = parseTime(finish?.lastTransitionTime);
  return finishedMs === undefined ? undefined : finishedMs + ttlSecondsAfterFinished * 1000;
}
