import type { Pod } from '../api/generated/core/v1/types.ts';
import type { PodDisruptionBudget } from '../api/generated/policy/v1/types.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { ClusterCache } from './cluster-cache.ts';
import type { ClusterChange } from './cluster-event.ts';
import { EquivalenceCache } from './equivalence-cache.ts';
import { fitMessage, rejectingPlugins } from './fit-message.ts';
import type { Profile } from './framework.ts';
import { Limiter } from './limiter.ts';
import { PodInfo } from './pod-info.ts';
import type { PodWriter } from './pod-writer.ts';
import { findPreemption, type NoPreemption, type Preemption } from './preemption.ts';
import type { QueuedPod, SchedulingQueue } from './queue/scheduling-queue.ts';
import { QuietTime } from './quiet-time.ts';
import type { Examination } from './schedule.ts';

/** What the loop works with. */
export interface SchedulerTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly cache: ClusterCache;
  readonly writer: PodWriter;
  readonly budgets: () => readonly PodDisruptionBudget[];
  readonly signal: AbortSignal;
}

/** One turn takes no longer than either, so that others in the process get theirs. */
const PODS_PER_TURN = 64;
const MS_PER_TURN = 4;
const WRITES_MAX = 100;
const CONFIRM_AFTER_MS = 30_000;
/** What kube-scheduler says of resource claims before it speaks of preemption. */
const NO_CLAIMS = 'no new claims to deallocate';

/** Why nothing helps a pod, for all pods that meet the same. */
interface Failure {
  readonly examination: Examination;
  readonly message: string;
  readonly plugins: ReadonlySet<string>;
}

/**
 * Takes pods from the queue one by one, decides, takes the decision for done, and has it written
 * while it goes on with the next. What fails to be written is taken back.
 */
export class Scheduler {
  readonly #tools: SchedulerTools;
  readonly #profile: Profile;
  readonly #queue: SchedulingQueue;
  readonly #equivalence: EquivalenceCache;
  readonly #writes = new Limiter(WRITES_MAX);
  readonly #quiet: QuietTime;
  /** Pods that the server has bound and no informer has shown yet, and since when. */
  readonly #unconfirmed = new Map<string, { readonly pod: Pod; readonly sinceMs: number }>();
  #sweep: Cancel | undefined;
  #isRunning = false;
  #failure: Failure | undefined;

  constructor(
    tools: SchedulerTools,
    profile: Profile,
    makeQueue: (wake: () => void) => SchedulingQueue,
  ) {
    this.#tools = tools;
    this.#quiet = new QuietTime(tools.clock);
    this.#profile = profile;
    this.#queue = makeQueue(() => this.#wake());
    this.#equivalence = new EquivalenceCache(profile);
  }

  get queue(): SchedulingQueue {
    return this.#queue;
  }

  #wake(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    queueMicrotask(() => this.#run());
  }

  #run(): void {
    const { clock, signal } = this.#tools;
    const startMs = clock.monotonicMs();
    for (let done = 0; !signal.aborted; done++) {
      if (done === PODS_PER_TURN || clock.monotonicMs() - startMs > MS_PER_TURN) {
        clock.after(0, () => this.#run());
        return;
      }
      const next = this.#queue.take();
      if (!next) break;
      this.#schedule(next);
    }
    this.#isRunning = false;
  }

  #schedule({ info }: QueuedPod): void {
    const { cache } = this.#tools;
    const outcome = this.#equivalence.schedule(cache.snapshot, info);
    if (outcome.type === 'unplaced') return this.#refuse(info, outcome);
    const { name } = outcome.node;
    cache.assume(info, name);
    void this.#bind(info, name);
  }

  async #bind(info: PodInfo, node: string): Promise<void> {
    const { cache, writer, logger, clock, signal } = this.#tools;
    const { uid, key } = info;
    const bind = () => this.#writes.run(() => writer.bind(info, node));
    const result = await this.#quiet.during(bind);
    if (signal.aborted) return;
    if (result.type === 'bound') {
      const boundAtMs = clock.now();
      this.#quiet.add(() => writer.reportBound(info, node, boundAtMs));
      if (!cache.isAssumed(uid)) return;
      this.#unconfirmed.set(uid, { pod: info.pod, sinceMs: clock.monotonicMs() });
      this.#sweep ??= clock.after(CONFIRM_AFTER_MS, () => void this.#confirm());
      return;
    }
    if (result.type === 'gone') {
      this.#queue.delete(uid);
      return this.#notice(cache.forget(uid));
    }
    const message = `binding rejected: ${messageOf(result.error)}`;
    logger.warn('binding failed, trying again', { pod: key, node, error: result.error });
    this.#queue.fail(uid);
    this.#notice(cache.forget(uid));
    await this.#write(info, () =>
      writer.reportUnscheduled(info.pod, { reason: 'SchedulerError', message }),
    );
  }

  /** Asks the server about pods that it has bound and that no informer shows. */
  async #confirm(): Promise<void> {
    const { cache, writer, clock, logger, signal } = this.#tools;
    const beforeMs = clock.monotonicMs() - CONFIRM_AFTER_MS;
    for (const [uid, { pod, sinceMs }] of this.#unconfirmed) {
      if (signal.aborted) return;
      if (cache.isAssumed(uid) && sinceMs > beforeMs) continue;
      try {
        const now = cache.isAssumed(uid) ? await writer.read(pod) : pod;
        this.#unconfirmed.delete(uid);
        if (!cache.isAssumed(uid)) continue;
        if (now?.spec.nodeName) this.#notice(cache.putPod(now));
        else this.#takeBack(uid, now);
      } catch (error) {
        logger.warn('bound pod not confirmed, asking again', { uid, error });
      }
    }
    this.#sweep = undefined;
    if (this.#unconfirmed.size === 0) return;
    this.#sweep = clock.after(CONFIRM_AFTER_MS, () => void this.#confirm());
  }

  #takeBack(uid: string, pod: Pod | undefined): void {
    this.#notice(this.#tools.cache.forget(uid));
    if (pod) this.#queue.fail(uid);
    else this.#queue.delete(uid);
  }

  #refuse(info: PodInfo, examination: Examination): void {
    const known = this.#failure?.examination === examination ? this.#failure : undefined;
    if (known) return this.#giveUp(info, known);
    const plugins = rejectingPlugins(examination);
    const found = this.#preemptionFor(info, examination);
    if (found?.type === 'preemption') {
      return this.#preempt(info, found, fitMessage(examination, ''), plugins);
    }
    const afterwards = found ? `${NO_CLAIMS}, preemption: ${found.message}` : '';
    const failure = { examination, message: fitMessage(examination, afterwards), plugins };
    // What holds for this pod holds for all of its class, unless it was promised something.
    if (!info.nominatedNode) this.#failure = failure;
    this.#giveUp(info, failure, found?.forgetsPromise);
  }

  #preemptionFor(info: PodInfo, examination: Examination): Preemption | NoPreemption | undefined {
    if (examination.nodeCount === 0) return undefined;
    const { cache, random, budgets } = this.#tools;
    const input = { budgets: budgets(), random };
    return findPreemption(this.#profile, cache.snapshot, info, examination, input);
  }

  #giveUp(info: PodInfo, { message, plugins }: Failure, forgetsPromise = false): void {
    const { cache, writer } = this.#tools;
    const promised = cache.promisedNode(info.uid);
    if (forgetsPromise && promised !== undefined) {
      cache.dropPromise(info.uid);
      this.#queue.put(new PodInfo(info.pod, null), false);
    }
    this.#queue.reject(info.uid, plugins);
    const nominatedNode = forgetsPromise ? { nominatedNode: '' } : {};
    void this.#write(info, () =>
      writer.reportUnscheduled(info.pod, { reason: 'Unschedulable', message, ...nominatedNode }),
    );
  }

  #preempt(
    info: PodInfo,
    { node, victims }: Preemption,
    message: string,
    plugins: ReadonlySet<string>,
  ): void {
    const { cache, logger } = this.#tools;
    logger.info('preempting', { pod: info.key, node, victims: victims.map(({ key }) => key) });
    for (const lesser of cache.snapshot.nodes.get(node)!.nominated) {
      if (lesser.priority < info.priority) this.#breakPromise(lesser);
    }
    const promised = new PodInfo(info.pod, node);
    cache.promise(promised, node);
    this.#queue.put(promised, false);
    this.#queue.reject(info.uid, plugins);
    this.#queue.hold(info.uid);
    void this.#makeRoom(promised, victims, message);
  }

  /** A pod that waits for room gets none there after all: a more important one takes it. */
  #breakPromise(lesser: PodInfo): void {
    const { cache, writer } = this.#tools;
    cache.dropPromise(lesser.uid);
    this.#queue.put(new PodInfo(lesser.pod, null));
    void this.#write(lesser, () => writer.clearNomination(lesser.pod));
  }

  async #makeRoom(info: PodInfo, victims: readonly PodInfo[], message: string): Promise<void> {
    const { writer, logger } = this.#tools;
    const node = info.nominatedNode!;
    const report = { reason: 'Unschedulable', message, nominatedNode: node } as const;
    await this.#write(info, () => writer.reportUnscheduled(info.pod, report));
    const evictions = victims
      .filter(({ isTerminating }) => !isTerminating)
      .map((victim) => this.#writes.run(() => writer.evict(victim, info, node)));
    const failures = (await Promise.allSettled(evictions)).filter(
      ({ status }) => status === 'rejected',
    );
    if (failures.length > 0) logger.warn('preemption failed, trying again', { pod: info.key });
    this.#queue.release(info.uid, failures.length > 0);
  }

  async #write({ key }: PodInfo, write: () => Promise<void>): Promise<void> {
    try {
      await this.#writes.run(write);
    } catch (error) {
      this.#tools.logger.warn('pod status not written', { pod: key, error });
    }
  }

  #notice(changes: readonly ClusterChange[]): void {
    for (const change of changes) this.#queue.notice(change);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
