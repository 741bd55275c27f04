import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { type Random, randomInt } from '../base/random.ts';
import type { Client } from '../client/client.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import { ClusterCache } from './cluster-cache.ts';
import { type SchedulerInformers, startInformers } from './informers.ts';
import { Observer } from './observer.ts';
import { PodWriter } from './pod-writer.ts';
import { createProfile, type ProfileOptions } from './profile.ts';
import { SchedulingQueue } from './queue/scheduling-queue.ts';
import { Scheduler } from './scheduler.ts';
import type { Snapshot } from './snapshot.ts';

/** What a scheduler needs from outside, and what can be chosen about it. */
export interface StartSchedulerOptions extends ProfileOptions {
  readonly clock: Clock;
  /** Decides between equals; the same seed gives the same placements. */
  readonly random: Random;
  readonly client: Client;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Pods that name this scheduler are scheduled; `default-scheduler` unless said. */
  readonly schedulerName?: string;
  /** Informers to share, started by whoever made them; the scheduler starts its own otherwise. */
  readonly informers?: SchedulerInformers;
}

/** A scheduler at work. */
export interface RunningScheduler {
  /** Resolves once it knows the cluster and has begun to schedule. */
  readonly ready: Promise<void>;
  /** The cluster as it sees it now, decisions under way included. */
  readonly snapshot: Snapshot;
  /** How many pods are in which state of the queue. */
  readonly queued: SchedulingQueue['counts'];
}

/** Schedules pods until the signal aborts. */
export function startScheduler(options: StartSchedulerOptions): RunningScheduler {
  const { clock, random, client, signal, schedulerName = 'default-scheduler' } = options;
  const logger = options.logger.with({ component: 'scheduler' });
  const tools = { clock, random, client, logger };
  const informers = options.informers ?? startInformers(tools, signal);
  const events = createEventRecorder(tools, schedulerName);
  const writer = new PodWriter({ ...tools, events, signal }, schedulerName);
  const cache = new ClusterCache(randomInt(random, 2 ** 32));
  const profile = createProfile(options);
  const budgets = () => [...informers.budgets.lister.list()];
  const scheduler = new Scheduler(
    { clock, random, logger, cache, writer, budgets, signal },
    profile,
    (wake) => new SchedulingQueue(clock, profile, wake),
  );
  const { queue } = scheduler;
  signal.addEventListener('abort', () => queue.close(), { once: true });
  const synced = Object.values(informers).map(({ synced }) => synced);
  const ready = Promise.all(synced).then(() => {
    if (!signal.aborted) new Observer(cache, queue, schedulerName).follow(informers);
  });
  return {
    ready,
    get snapshot() {
      return cache.snapshot;
    },
    get queued() {
      return queue.counts;
    },
  };
}
