import type { Job } from '../../api/generated/batch/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { type Action, type Controller, source } from '../../client/controller.ts';
import { controllerOf, keyOf } from '../../machinery/object.ts';
import { BY_OWNER, type Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { isFinished } from './conditions.ts';
import { isTracked } from './job-pods.ts';
import { isManagedElsewhere } from './reconcile.ts';
import { untrack } from './writer.ts';

interface Untrack extends Action {
  readonly type: 'untrackPod';
  readonly pod: Pod;
}

/** Lets go of pods that wait to be counted by a Job which is gone or finished. */
export function orphanedJobPodsController(
  tools: ControllerTools,
  caches: Pick<Informers, 'jobs' | 'pods'>,
): Controller<Pod, Untrack> {
  const client = tools.clientFor('job-controller');
  return {
    name: 'job-orphan-controller',
    sources: [
      source(caches.pods, (pod) => (isTracked(pod) ? [keyOf(pod)] : [])),
      source(caches.jobs, (job) =>
        caches.pods.lister.byIndex(BY_OWNER, job.metadata.uid).filter(isTracked).map(keyOf),
      ),
    ],

    observe(key) {
      const pod = caches.pods.lister.get(key);
      return pod && isTracked(pod) && isOrphan(pod, caches) ? pod : undefined;
    },

    reconcile: (pod) => [{ type: 'untrackPod', pod }],
    execute: ({ pod }) => untrack(client, caches.pods, pod),
  };
}

function isOrphan(pod: Pod, { jobs }: Pick<Informers, 'jobs'>): boolean {
  const owner = controllerOf(pod);
  if (!owner) return true;
  if (owner.kind !== 'Job' || owner.apiVersion !== 'batch/v1') return false;
  const job = jobs.lister.get(`${pod.metadata.namespace}/${owner.name}`);
  return job?.metadata.uid !== owner.uid || isOver(job);
}

/** A job that another controller manages is left to it. */
const isOver = (job: Job): boolean => isFinished(job) && !isManagedElsewhere(job);
