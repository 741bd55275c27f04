import { jobs } from '../../api/generated/batch/v1/resources.ts';
import type { Job } from '../../api/generated/batch/v1/types.ts';
import { pods } from '../../api/generated/core/v1/resources.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import type { Random } from '../../base/random.ts';
import type { Client } from '../../client/client.ts';
import { type Written, wrote } from '../../client/controller.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf, type ObjectKey } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import { adopt, release, withoutFinalizer } from '../adoption.ts';
import type { Informers } from '../informers.ts';
import { PodMaker } from '../pod-maker.ts';
import { podFrom } from '../pod-template.ts';
import type { JobAction } from './actions.ts';
import { type Backoff, NO_BACKOFF } from './backoff.ts';
import { isTracked, podNamePrefix, podTemplate, TRACKING } from './job-pods.ts';

/** Carries out what a pass over a Job decided, tells of it, and remembers how often pods failed. */
export class JobWriter {
  readonly #client: Client;
  readonly #random: Random;
  readonly #events: EventRecorder;
  readonly #caches: Pick<Informers, 'jobs' | 'pods'>;
  readonly #maker: PodMaker;
  readonly #backoffs = new Map<ObjectKey, Backoff & { readonly uid: string }>();

  constructor(
    client: Client,
    random: Random,
    events: EventRecorder,
    caches: Pick<Informers, 'jobs' | 'pods'>,
  ) {
    this.#client = client;
    this.#random = random;
    this.#events = events;
    this.#caches = caches;
    this.#maker = new PodMaker(client, events, caches.pods);
  }

  /** How often pods of the job have failed, as far as that is noted in its status. */
  backoffOf(job: Job): Backoff {
    const found = this.#backoffs.get(keyOf(job));
    return found?.uid === job.metadata.uid ? found : NO_BACKOFF;
  }

  failureOf(job: Job) {
    return this.#maker.failureOf(job);
  }

  /** The job is gone, or finished. */
  forget(key: ObjectKey): void {
    this.#backoffs.delete(key);
    this.#maker.forget(key);
  }

  async execute(action: JobAction): Promise<Written | undefined> {
    const informer = this.#caches.pods;
    const adoption = { client: this.#client, owners: jobs, informer, finalizer: TRACKING };
    switch (action.type) {
      case 'adoptPod':
        return adopt(adoption, action.owner, action.pod);
      case 'releasePod':
        return release(adoption, action.owner, action.pod);
      case 'createPod': {
        const { owner, index, replaced } = action;
        const template = podTemplate(owner, index, replaced);
        const prefix = podNamePrefix(owner, index);
        return this.#maker.create(action, () => podFrom(template, owner, this.#random, prefix));
      }
      case 'endPod':
        return this.#maker.remove(action.owner, action.pod);
      case 'dropPod':
        await untrack(this.#client, informer, action.pod);
        return this.#maker.remove(action.owner, action.pod);
      case 'untrackPod':
        return untrack(this.#client, informer, action.pod);
      case 'updateStatus':
        return this.#updateStatus(action);
    }
  }

  async #updateStatus(action: Extract<JobAction, { type: 'updateStatus' }>): Promise<Written> {
    const { job, status, backoff, events } = action;
    const updated = { ...job, status };
    const written = await this.#client.update(jobs, updated, { subresource: 'status' });
    const { failures, lastFailureMs } = backoff;
    const { uid } = job.metadata;
    if (failures > 0) this.#backoffs.set(keyOf(job), { failures, lastFailureMs, uid });
    else this.#backoffs.delete(keyOf(job));
    for (const event of events) this.#events.record(job, event);
    return wrote(this.#caches.jobs, written);
  }
}

/** Takes the finalizer off that keeps a pod until it is counted; one that is gone is done. */
export async function untrack(
  client: Client,
  informer: Informer<Pod>,
  pod: Pod,
): Promise<Written | undefined> {
  if (!isTracked(pod)) return undefined;
  const body = { metadata: { uid: pod.metadata.uid, ...withoutFinalizer(TRACKING) } };
  try {
    const written = await client.patch(pods, pod.metadata, { type: 'strategic', body });
    return wrote(informer, written);
  } catch (error) {
    // Gone, or another pod of the same name by now.
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}
