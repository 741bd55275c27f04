import { jobs } from '../../api/generated/batch/v1/resources.ts';
import type { Job } from '../../api/generated/batch/v1/types.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { Client } from '../../client/client.ts';
import { type Action, type Controller, source } from '../../client/controller.ts';
import { controllerOf, keyOf, type OwnerReference } from '../../machinery/object.ts';
import { isStatusError, StatusError } from '../../machinery/status.ts';
import { BY_OWNER, type Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { isFinished } from './conditions.ts';
import { isTracked } from './job-pods.ts';
import { isManagedElsewhere } from './reconcile.ts';
import { untrack } from './writer.ts';

/** A pod that waits for nobody. */
interface Orphan {
  readonly pod: Pod;
  /** The job that it says it is of, when the cache doesn't have it: it may lag. */
  readonly missing: OwnerReference | undefined;
}

interface Untrack extends Action, Orphan {
  readonly type: 'untrackPod';
}

/** Lets go of pods that wait to be counted by a Job which is gone or finished. */
export function orphanedJobPodsController(
  tools: Pick<ControllerTools, 'clientFor'>,
  caches: Pick<Informers, 'jobs' | 'pods'>,
): Controller<Orphan, Untrack> {
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
      return pod && isTracked(pod) ? orphanOf(pod, caches) : undefined;
    },

    reconcile: (orphan) => [{ type: 'untrackPod', ...orphan }],

    async execute({ pod, missing }) {
      if (missing && (await isThere(client, pod, missing))) {
        throw new StatusError('Conflict', `job ${missing.name} isn't gone`);
      }
      return untrack(client, caches.pods, pod);
    },
  };
}

function orphanOf(pod: Pod, caches: Pick<Informers, 'jobs'>): Orphan | undefined {
  const owner = controllerOf(pod);
  if (!owner) return { pod, missing: undefined };
  if (owner.kind !== 'Job' || owner.apiVersion !== 'batch/v1') return undefined;
  const job = caches.jobs.lister.get(`${pod.metadata.namespace}/${owner.name}`);
  if (job?.metadata.uid !== owner.uid) return { pod, missing: owner };
  return isOver(job) ? { pod, missing: undefined } : undefined;
}

/** A job that another controller manages is left to it. */
const isOver = (job: Job): boolean => isFinished(job) && !isManagedElsewhere(job);

/** Asks the server itself: what a pod has done can't be counted once it is let go of. */
async function isThere(
  client: Client,
  { metadata: { namespace } }: Pod,
  { name, uid }: OwnerReference,
): Promise<boolean> {
  try {
    const found = await client.get(jobs, { ...(namespace && { namespace }), name });
    return found.metadata.uid === uid;
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return false;
    throw error;
  }
}
