import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeObject, ObjectKey } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import type { Change, Informer } from './informer.ts';
import { WorkQueue } from './work-queue.ts';

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

/** Where work comes from: changes of an informer's cache, and the keys that each concerns. */
export interface Source {
  readonly informer: Informer<never>;
  readonly keysOf: (change: Change<never>) => readonly ObjectKey[];
}

/** A source, typed at the place where it is made. */
export function source<T extends KubeObject>(
  informer: Informer<T>,
  keysOf: (object: T) => readonly ObjectKey[],
): Source {
  const keysOfChange = ({ before, after }: Change<T>) => [
    ...(before ? keysOf(before) : []),
    ...(after ? keysOf(after) : []),
  ];
  return { informer: informer as never, keysOf: keysOfChange as never };
}

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
  /** The next writes, most urgent first. Neighbours of one type are done side by side. */
  reconcile(observed: Observed): readonly (A | Wait)[];
  /** Does one write. Must be safe to repeat: it carries a precondition. */
  execute(action: A): Promise<Written | undefined>;
}

export interface RunOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Keys worked on at a time. */
  readonly workers?: number;
}

const GATE_RETRY_MS = 10;

/** Runs a controller until the signal aborts. The informers are started by whoever made them. */
export async function runController<Observed, A extends Action>(
  controller: Controller<Observed, A>,
  { clock, logger, signal, workers = 5 }: RunOptions,
): Promise<void> {
  const log = logger.with({ controller: controller.name });
  const queue = new WorkQueue(clock);
  const gate = new Map<ObjectKey, Written[]>();
  let busy = 0;

  async function pass(key: ObjectKey): Promise<void> {
    if (mustWait(key)) return queue.addAfter(key, GATE_RETRY_MS);
    const observed = controller.observe(key);
    if (observed === undefined) return queue.forget(key);
    const writes: Written[] = [];
    try {
      for (const group of byType(controller.reconcile(observed))) {
        if (isWaits(group)) queue.addAfter(key, Math.min(...group.map(({ forMs }) => forMs)));
        else await executeAll(group as A[], controller, writes);
      }
      queue.forget(key);
    } finally {
      if (writes.length > 0) gate.set(key, writes);
    }
  }

  /** Whether the caches lag behind what the last pass wrote: read our writes first. */
  function mustWait(key: ObjectKey): boolean {
    const unseen = (gate.get(key) ?? []).filter((written) => !seen(written));
    if (unseen.length > 0) gate.set(key, unseen);
    else gate.delete(key);
    return unseen.length > 0;
  }

  async function work(key: ObjectKey): Promise<void> {
    try {
      await pass(key);
    } catch (error) {
      queue.retry(key);
      // Somebody wrote before us. The next pass will have seen it.
      if (isStatusError(error, 'Conflict')) log.debug('conflict, trying again', { key });
      else log.warn('reconciling failed, trying again', { key, error });
    } finally {
      queue.done(key);
      busy--;
      pump();
    }
  }

  function pump(): void {
    while (busy < workers && !signal.aborted) {
      const key = queue.take();
      if (key === undefined) return;
      busy++;
      void work(key);
    }
  }

  await Promise.all(controller.sources.map(({ informer }) => informer.synced));
  if (signal.aborted) return;
  queue.onReady(pump);
  signal.addEventListener('abort', () => queue.close(), { once: true });
  for (const { informer, keysOf } of controller.sources) {
    informer.subscribe((change) => {
      for (const key of keysOf(change)) queue.add(key);
    });
  }
}

function seen(written: Written): boolean {
  if ('revision' in written) return written.informer.revision >= written.revision;
  const now = written.informer.lister.get(written.key) as KubeObject | undefined;
  return now?.metadata.uid !== written.deletedUid || now.metadata.deletionTimestamp !== undefined;
}

/** Runs of neighbours with the same type. */
function byType<A extends Action>(actions: readonly A[]): A[][] {
  const groups: A[][] = [];
  for (const action of actions) {
    const last = groups.at(-1);
    if (last?.[0]?.type === action.type) last.push(action);
    else groups.push([action]);
  }
  return groups;
}

const isWaits = (group: readonly Action[]): group is Wait[] => group[0]?.type === 'wait';

/**
 * Side by side in batches that double, so that a write that can't succeed (a quota, an admission
 * refusal) is tried once and not five hundred times.
 */
async function executeAll<A extends Action>(
  actions: readonly A[],
  controller: Pick<Controller<never, A>, 'execute'>,
  writes: Written[],
): Promise<void> {
  for (let start = 0, size = 1; start < actions.length; start += size, size *= 2) {
    const batch = actions.slice(start, start + size).map((action) => controller.execute(action));
    const results = await Promise.allSettled(batch);
    for (const result of results) {
      if (result.status === 'fulfilled' && result.value) writes.push(result.value);
    }
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
  }
}
