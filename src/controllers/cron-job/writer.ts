import { cronJobs, jobs } from '../../api/generated/batch/v1/resources.ts';
import type { CronJob, Job } from '../../api/generated/batch/v1/types.ts';
import type { ObjectReference } from '../../api/generated/core/v1/types.ts';
import type { Client } from '../../client/client.ts';
import { deleted, type Written, wrote } from '../../client/controller.ts';
import type { EventContent, EventRecorder } from '../../client/event-recorder.ts';
import { isNamespaceTerminating } from '../../client/outcome.ts';
import { controllerOf, keyOf } from '../../machinery/object.ts';
import { isStatusError, StatusError } from '../../machinery/status.ts';
import type { Informers } from '../informers.ts';
import { referenceTo } from './jobs.ts';
import type { CronJobAction, StartJob } from './reconcile.ts';

type ActionOf<T extends CronJobAction['type']> = Extract<CronJobAction, { type: T }>;

/** Carries out what a pass over a CronJob decided, and tells of it. */
export class CronJobWriter {
  readonly #client: Client;
  readonly #events: EventRecorder;
  readonly #caches: Pick<Informers, 'cronJobs' | 'jobs'>;
  /** Jobs that were made, or found, for the status that is written next. */
  readonly #started = new WeakMap<StartJob, Job>();

  constructor(client: Client, events: EventRecorder, caches: Pick<Informers, 'cronJobs' | 'jobs'>) {
    this.#client = client;
    this.#events = events;
    this.#caches = caches;
  }

  async execute(action: CronJobAction): Promise<Written | undefined> {
    switch (action.type) {
      case 'tell':
        this.#events.record(action.cronJob, action.event);
        return undefined;
      case 'startJob':
        return this.#start(action);
      case 'deleteJob':
        return this.#delete(action);
      case 'updateStatus':
        return this.#updateStatus(action);
    }
  }

  async #start(action: StartJob): Promise<Written | undefined> {
    const { cronJob, job } = action;
    try {
      const made = await this.#client.create(jobs, job);
      this.#started.set(action, made);
      this.#tell(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${made.metadata.name}`);
      return wrote(this.#caches.jobs, made);
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (isStatusError(error, 'AlreadyExists')) return this.#find(action);
      const message = `Error creating job: ${(error as Error).message}`;
      this.#tell(cronJob, 'Warning', 'FailedCreate', message);
      throw error;
    }
  }

  /** The name is taken: by our own job that couldn't be noted, or by somebody else's. */
  async #find(action: StartJob): Promise<Written | undefined> {
    const { namespace, name = '' } = action.job.metadata;
    const found = await this.#client.get(jobs, { namespace, name });
    if (controllerOf(found)?.uid !== action.cronJob.metadata.uid) return undefined;
    this.#started.set(action, found);
    return wrote(this.#caches.jobs, found);
  }

  async #delete({ cronJob, job }: ActionOf<'deleteJob'>): Promise<Written> {
    const { uid, name } = job.metadata;
    try {
      const preconditions = { uid };
      await this.#client.delete(jobs, job.metadata, {
        propagationPolicy: 'Background',
        preconditions,
      });
      this.#tell(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) {
        const message = `Deleted job: ${(error as Error).message}`;
        this.#tell(cronJob, 'Warning', 'FailedDelete', message);
        throw error;
      }
    }
    return deleted(this.#caches.jobs, keyOf(job), job);
  }

  async #updateStatus(action: ActionOf<'updateStatus'>): Promise<Written | undefined> {
    const { cronJob, events, start, missing = [] } = action;
    for (const reference of missing) await this.#assertGone(reference);
    const job = start && this.#started.get(start);
    if (start && !job) return undefined; // It couldn't be made, and won't be.
    const active = [...(action.status.active ?? []), ...(job ? [referenceTo(job)] : [])];
    const status = { ...action.status, ...(active.length > 0 && { active }) };
    const updated = { ...cronJob, status };
    const written = await this.#client.update(cronJobs, updated, { subresource: 'status' });
    for (const event of events) this.#events.record(cronJob, event);
    return wrote(this.#caches.cronJobs, written);
  }

  /**
   * Asks the server itself: who takes a job that runs for gone starts another one beside it. Throws a
   * Conflict when it is there.
   */
  async #assertGone({ namespace, name = '' }: ObjectReference): Promise<void> {
    try {
      await this.#client.get(jobs, { ...(namespace && { namespace }), name });
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return;
      throw error;
    }
    throw new StatusError('Conflict', `job ${name} isn't gone`);
  }

  #tell(about: CronJob, type: EventContent['type'], reason: string, message: string): void {
    this.#events.record(about, { type, reason, message });
  }
}
