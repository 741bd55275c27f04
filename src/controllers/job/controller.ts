import { type Controller, source } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { keyOf } from '../../machinery/object.ts';
import { ownersOf } from '../adoption.ts';
import { BY_OWNER, type Informers, orphansOf } from '../informers.ts';
import { restAfter } from '../pods.ts';
import type { ControllerTools } from '../tools.ts';
import type { JobAction } from './actions.ts';
import { isLeftAlone, type Observed, reconcileJob } from './reconcile.ts';
import { JobWriter } from './writer.ts';

const NAME = 'job-controller';

type Caches = Pick<Informers, 'jobs' | 'pods'>;

/** Runs pods to their end, until as many have succeeded as each Job asks for. */
export function jobController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, JobAction> {
  const { clock, random } = tools;
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);
  const writer = new JobWriter(client, random, events, caches);
  return {
    name: NAME,
    sources: [
      source(caches.jobs, (job) => [keyOf(job)]),
      source(caches.pods, (pod) => ownersOf(pod, caches.jobs, ({ spec }) => spec.selector)),
    ],

    observe(key) {
      const job = caches.jobs.lister.get(key);
      if (!job || isLeftAlone(job)) {
        writer.forget(key);
        return undefined;
      }
      const { lister } = caches.pods;
      const { uid, namespace } = job.metadata;
      return {
        job,
        pods: [...lister.byIndex(BY_OWNER, uid), ...lister.byIndex(BY_OWNER, orphansOf(namespace))],
        backoff: writer.backoffOf(job),
        failure: writer.failureOf(job),
        now: clock.now(),
      };
    },

    reconcile: reconcileJob,
    restMs: ({ pods }) => restAfter(pods),
    execute: (action) => writer.execute(action),
  };
}
