import type { Cancel, Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { WatchEvent } from '../machinery/api-request.ts';
import { type KubeObject, keyOf, type ObjectKey } from '../machinery/object.ts';
import type { Resource } from '../machinery/resource.ts';
import { isStatusError, type StatusError } from '../machinery/status.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import type { Client, WatchOptions } from './client.ts';
import { type Indexes, Lister } from './lister.ts';
import { retryAfterMs } from './outcome.ts';

/** What changed in an informer's cache: absent before means added, absent after means deleted. */
export interface Change<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

export interface InformerOptions<T> {
  /** One namespace, or all. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly indexes?: Indexes<T>;
}

export interface InformerTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly client: Client;
  readonly logger: Logger;
}

/** A server that sends bookmarks speaks once a minute; a connection silent for longer is dead. */
const SILENCE_MAX_MS = 150_000;
/** A watch that ends sooner than this, having told nothing, isn't opened again at once. */
const SHORT_WATCH_MS = 1000;

/**
 * Keeps a cache of a resource's objects equal to the server's by list and watch: resumes after a
 * break or a long silence, lists again when the server has forgotten the revision, and backs off
 * from errors. Objects in the cache are shared and immutable.
 */
export class Informer<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly lister: Lister<T>;
  readonly #tools: InformerTools;
  readonly #selection: WatchOptions;
  readonly #handlers = new Set<(change: Change<T>) => void>();
  readonly #backoff: Backoff;
  readonly #synced = Promise.withResolvers<void>();
  #signal = new AbortController().signal;
  #revision = 0;
  #hasSynced = false;
  #cancelWatch: Cancel = () => {};
  #cancelTimer: Cancel = () => {};

  constructor(tools: InformerTools, resource: Resource<T>, options: InformerOptions<T> = {}) {
    const { indexes, ...selection } = options;
    this.resource = resource;
    this.lister = new Lister(indexes ?? {});
    this.#tools = tools;
    this.#selection = selection;
    this.#backoff = createBackoff(tools.random, { firstMs: 200, maxMs: 30_000 });
  }

  /** The newest resourceVersion the cache is known to reflect. */
  get revision(): number {
    return this.#revision;
  }

  /** Resolves once the first list is in the cache. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Calls `handler` after each change of the cache, and for all that is in it already. */
  subscribe(handler: (change: Change<T>) => void): Cancel {
    for (const after of this.lister.list()) handler({ before: undefined, after });
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Runs until the signal aborts. To be called once. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
    const stop = () => {
      this.#cancelWatch();
      this.#cancelTimer();
    };
    signal.addEventListener('abort', stop, { once: true });
    void this.#relist();
  }

  async #relist(): Promise<void> {
    const signal = this.#signal;
    if (signal.aborted) return;
    try {
      const list = await this.#tools.client.list(this.resource, { ...this.#selection, signal });
      if (signal.aborted) return;
      this.#replace(list.items, Number(list.metadata.resourceVersion));
      this.#watch();
    } catch (error) {
      if (!signal.aborted) this.#retry(error, () => void this.#relist());
    }
  }

  #replace(items: readonly T[], revision: number): void {
    const gone = new Set(this.lister.keys());
    for (const item of items) {
      gone.delete(keyOf(item));
      this.#store(item);
    }
    for (const key of gone) this.#remove(key);
    this.#revision = Math.max(this.#revision, revision);
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  #watch(): void {
    if (this.#signal.aborted) return;
    const { client, clock } = this.#tools;
    const session: WatchSession = {
      beganMs: clock.monotonicMs(),
      heardMs: undefined,
      isOver: false,
    };
    const cancel = client.watch(this.resource, this.#watchOptions(), {
      next: (event) => {
        if (session.isOver) return;
        session.heardMs = clock.monotonicMs();
        this.#take(event);
      },
      end: (error) => {
        if (session.isOver) return;
        this.#cancelWatch();
        this.#resume(error, session);
      },
    });
    this.#cancelWatch = () => {
      session.isOver = true;
      cancel();
    };
    this.#expectWord(session);
  }

  #watchOptions(): WatchOptions {
    const resourceVersion = String(this.#revision);
    return { ...this.#selection, resourceVersion, allowWatchBookmarks: true };
  }

  /** Opens the watch anew when nothing comes of it for too long: the other end may be gone. */
  #expectWord(session: WatchSession): void {
    const { clock } = this.#tools;
    const lastMs = session.heardMs ?? session.beganMs;
    const leftMs = lastMs + SILENCE_MAX_MS - clock.monotonicMs();
    if (leftMs > 0) return this.#after(leftMs, () => this.#expectWord(session));
    this.#tools.logger.info('watch is silent, opening it anew', { plural: this.resource.plural });
    this.#cancelWatch();
    this.#watch();
  }

  #take({ type, object }: WatchEvent<T>): void {
    this.#backoff.reset();
    if (type === 'DELETED') this.#remove(keyOf(object), object);
    else if (type !== 'BOOKMARK') this.#store(object);
    this.#revision = Math.max(this.#revision, Number(object.metadata.resourceVersion));
  }

  #resume(error: StatusError | undefined, { beganMs, heardMs }: WatchSession): void {
    const isForgotten = isStatusError(error, 'Expired', 'Gone');
    const again = isForgotten ? () => void this.#relist() : () => this.#watch();
    const livedMs = this.#tools.clock.monotonicMs() - beganMs;
    // Servers end old watches and forget old revisions; that is no failure unless it repeats.
    const isOrdinary = !error || isForgotten;
    if (isOrdinary && (heardMs !== undefined || livedMs >= SHORT_WATCH_MS)) this.#after(0, again);
    else this.#retry(error, again);
  }

  #retry(error: unknown, again: () => void): void {
    const delayMs = Math.max(this.#backoff.next(), retryAfterMs(error));
    const { plural } = this.resource;
    this.#tools.logger.warn('list-watch failed, trying again', { plural, delayMs, error });
    this.#after(delayMs, again);
  }

  /** The one thing that is due next, in place of what was. */
  #after(delayMs: number, task: () => void): void {
    this.#cancelTimer();
    if (!this.#signal.aborted) this.#cancelTimer = this.#tools.clock.after(delayMs, task);
  }

  #store(after: T): void {
    const before = this.lister.put(after);
    if (before !== after && !sameRevision(before, after)) this.#tell({ before, after });
  }

  #remove(key: ObjectKey, last?: T): void {
    const before = this.lister.remove(key);
    if (before) this.#tell({ before: last ?? before, after: undefined });
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) handler(change);
  }
}

/** One watch, from its opening to its end. Times are monotonic. */
interface WatchSession {
  readonly beganMs: number;
  heardMs: number | undefined;
  isOver: boolean;
}

const sameRevision = (a: KubeObject | undefined, b: KubeObject): boolean =>
  a?.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
