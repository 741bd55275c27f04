import type { Cancel, Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeObject, ObjectKey } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import { byType, carryOut, repeatAll, type Unanswered } from './carry-out.ts';
import type { Change, Informer } from './informer.ts';
import { retryAfterMs } from './outcome.ts';
import { WorkQueue } from './work-queue.ts';
import { WriteGate } from './write-gate.ts';

/** One intended write. What it needs stands beside `type`; its executor knows how to do it. */
export interface Action {
  readonly type: string;
}

/** Look at the key again in so long, whatever happens. Any reconciler may return it. */
export interface Wait extends Action {
  readonly type: 'wait';
  readonly forMs: number;
}

/**
 * A write that the next pass must have seen before it decides: a resourceVersion that the informer
 * has to reach, or for a deletion the UID that has to be gone (or be marked as going).
 */
export type Written =
  | { readonly informer: Informer<never>; readonly revision: number }
  | { readonly informer: Informer<never>; readonly key: ObjectKey; readonly deletedUid: string };

/** Where work comes from. */
export interface Source {
  /** Resolves once the source knows what is there. */
  readonly synced: Promise<void>;
  /** Hands over every key that wants work: those of all that is there, then as things change. */
  subscribe(add: (key: ObjectKey) => void): Cancel;
}

/** The changes of an informer's cache, each with the keys that it concerns. */
export function changesOf<T extends KubeObject>(
  informer: Informer<T>,
  keysOf: (change: Change<T>) => readonly ObjectKey[],
): Source {
  return {
    synced: informer.synced,
    subscribe: (add) =>
      informer.subscribe((change) => {
        for (const key of keysOf(change)) add(key);
      }),
  };
}

/** As `changesOf`, for when each object says which keys it concerns, before a change and after. */
export const source = <T extends KubeObject>(
  informer: Informer<T>,
  keysOf: (object: T) => readonly ObjectKey[],
): Source =>
  changesOf(informer, ({ before, after }) => {
    if (!before) return keysOf(after as T);
    return after ? [...keysOf(before), ...keysOf(after)] : keysOf(before);
  });

/** The write of this object, for the gate. */
export function wrote<T extends KubeObject>(informer: Informer<T>, object: T): Written {
  return { informer: informer as never, revision: Number(object.metadata.resourceVersion) };
}

/** The deletion of this object, for the gate. */
export function deleted<T extends KubeObject>(
  informer: Informer<T>,
  key: ObjectKey,
  object: T,
): Written {
  return { informer: informer as never, key, deletedUid: object.metadata.uid };
}

/**
 * A controller in three parts: `observe` reads caches only, `reconcile` is pure, `execute` writes.
 * Everything else (queue, order, gate, retries) is the same for all of them: `runController`.
 */
export interface Controller<Observed, A extends Action> {
  readonly name: string;
  readonly sources: readonly Source[];
  /** What there is to know about a key now; undefined when there is nothing to do. */
  observe(key: ObjectKey): Observed | undefined;
  /**
   * How long the key is left alone after a pass over this, in milliseconds: what changes meanwhile
   * is looked at together. For passes that cost more the more there is: a workload of thousands of
   * pods would else look at all of them for each one's change. Not at all unless said.
   */
  restMs?(observed: Observed): number;
  /** The next writes, most urgent first. Neighbours of one type are done side by side. */
  reconcile(observed: Observed): readonly (A | Wait)[];
  /**
   * Does one write. Must be safe to repeat: it carries a precondition, or a name of its own. The
   * very same action comes again when nobody answered it.
   */
  execute(action: A): Promise<Written | undefined>;
}

export interface RunOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Keys worked on at a time. */
  readonly workers?: number;
}

/**
 * Runs a controller until the signal aborts. The informers are started by whoever made them.
 * Resolves once their caches are filled and work has begun.
 */
export async function runController<Observed, A extends Action>(
  controller: Controller<Observed, A>,
  options: RunOptions,
): Promise<void> {
  const { signal } = options;
  await Promise.all(controller.sources.map(({ synced }) => synced));
  if (!signal.aborted) new ControllerRun(controller, options).begin();
}

class ControllerRun<Observed, A extends Action> {
  readonly #controller: Controller<Observed, A>;
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  readonly #workers: number;
  readonly #queue: WorkQueue;
  readonly #gate = new WriteGate();
  /** What was asked for, and may or may not have been done. */
  readonly #unanswered = new Map<ObjectKey, readonly Unanswered<A>[]>();
  #busy = 0;

  constructor(controller: Controller<Observed, A>, options: RunOptions) {
    const { clock, logger, signal, workers = 5 } = options;
    this.#controller = controller;
    this.#logger = logger.with({ controller: controller.name });
    this.#signal = signal;
    this.#workers = workers;
    this.#queue = new WorkQueue(clock);
  }

  begin(): void {
    const queue = this.#queue;
    queue.onReady(() => this.#pump());
    const subscriptions = this.#controller.sources.map((each) =>
      each.subscribe((key) => queue.add(key)),
    );
    const stop = () => {
      for (const unsubscribe of subscriptions) unsubscribe();
      queue.close();
    };
    this.#signal.addEventListener('abort', stop, { once: true });
  }

  #pump(): void {
    while (this.#busy < this.#workers && !this.#signal.aborted) {
      const key = this.#queue.take();
      if (key === undefined) return;
      this.#busy++;
      void this.#work(key);
    }
  }

  async #work(key: ObjectKey): Promise<void> {
    let restMs = 0;
    try {
      restMs = await this.#pass(key);
    } catch (error) {
      if (!this.#signal.aborted) this.#retry(key, error);
    } finally {
      this.#queue.done(key, restMs);
      this.#busy--;
      this.#pump();
    }
  }

  #retry(key: ObjectKey, error: unknown): void {
    this.#queue.retry(key, retryAfterMs(error));
    // Somebody wrote before us. The next pass will have seen it.
    if (isStatusError(error, 'Conflict')) this.#logger.debug('conflict, trying again', { key });
    else this.#logger.warn('reconciling failed, trying again', { key, error });
  }

  /** Looks at a key once, and does what is to be done. Resolves to how long it may rest then. */
  async #pass(key: ObjectKey): Promise<number> {
    const delayMs = this.#gate.delayMs(key);
    if (delayMs !== undefined) {
      this.#queue.addAfter(key, delayMs);
      return 0;
    }
    const observed = this.#controller.observe(key);
    if (observed === undefined) {
      this.#unanswered.delete(key);
      this.#queue.forget(key);
      return 0;
    }
    const unanswered = this.#unanswered.get(key);
    if (unanswered) await this.#askAgain(key, unanswered);
    else await this.#decide(key, observed);
    return this.#controller.restMs?.(observed) ?? 0;
  }

  async #decide(key: ObjectKey, observed: Observed): Promise<void> {
    for (const group of byType(this.#controller.reconcile(observed))) {
      if (isWaits(group)) this.#queue.addAfter(key, shortest(group));
      else await this.#carryOut(key, group as A[]);
    }
    this.#queue.forget(key);
  }

  async #carryOut(key: ObjectKey, actions: readonly A[]): Promise<void> {
    const { writes, unanswered, failure } = await carryOut(this.#controller, actions, this.#signal);
    this.#gate.hold(key, writes);
    if (unanswered.length > 0) this.#unanswered.set(key, unanswered);
    if (failure !== undefined) throw failure;
  }

  /**
   * Repeats what nobody answered before anything else is decided: the caches can't tell whether it
   * was done, and who decides without knowing does it twice. A refusal is as good an answer as any.
   */
  async #askAgain(key: ObjectKey, before: readonly Unanswered<A>[]): Promise<void> {
    const { writes, unanswered, failure } = await repeatAll(this.#controller, before);
    this.#gate.hold(key, writes);
    if (unanswered.length > 0) {
      this.#unanswered.set(key, unanswered);
      throw failure;
    }
    this.#unanswered.delete(key);
    this.#queue.add(key);
  }
}

const isWaits = (group: readonly Action[]): group is Wait[] => group[0]?.type === 'wait';

const shortest = (waits: readonly Wait[]): number => Math.min(...waits.map(({ forMs }) => forMs));
