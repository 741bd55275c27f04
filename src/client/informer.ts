import type { Cancel, Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { WatchEvent } from '../machinery/api-request.ts';
import { type KubeObject, keyOf, type ObjectKey } from '../machinery/object.ts';
import type { Resource } from '../machinery/resource.ts';
import { isStatusError, type StatusError } from '../machinery/status.ts';
import { createBackoff } from './backoff.ts';
import type { Client } from './client.ts';
import { type Indexes, Lister } from './lister.ts';

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

/**
 * Keeps a cache of a resource's objects equal to the server's by list and watch: resumes after a
 * break, lists again when the server has forgotten the revision, and backs off from errors.
 * Objects in the cache are shared and immutable.
 */
export class Informer<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly lister: Lister<T>;
  readonly #tools: InformerTools;
  readonly #options: InformerOptions<T>;
  readonly #handlers = new Set<(change: Change<T>) => void>();
  readonly #backoff: () => number;
  #resetBackoff: () => void;
  #revision = 0;
  #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  #cancelWatch: Cancel = () => {};

  constructor(tools: InformerTools, resource: Resource<T>, options: InformerOptions<T> = {}) {
    this.resource = resource;
    this.lister = new Lister(options.indexes ?? {});
    this.#tools = tools;
    this.#options = options;
    const backoff = createBackoff(tools.random, { firstMs: 200, maxMs: 30_000 });
    this.#backoff = backoff.next;
    this.#resetBackoff = backoff.reset;
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
    signal.addEventListener('abort', () => this.#cancelWatch(), { once: true });
    void this.#relist(signal);
  }

  async #relist(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { indexes: _, ...selection } = this.#options;
    try {
      const list = await this.#tools.client.list(this.resource, { ...selection, signal });
      if (signal.aborted) return;
      this.#replace(list.items, Number(list.metadata.resourceVersion));
      this.#watch(signal);
    } catch (error) {
      if (!signal.aborted) this.#retry(error, () => void this.#relist(signal));
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

  #watch(signal: AbortSignal): void {
    if (signal.aborted) return;
    const { indexes: _, ...selection } = this.#options;
    this.#cancelWatch = this.#tools.client.watch(
      this.resource,
      { ...selection, resourceVersion: String(this.#revision), allowWatchBookmarks: true },
      {
        next: (event) => this.#take(event),
        end: (error) => this.#resume(signal, error),
      },
    );
  }

  #take({ type, object }: WatchEvent<T>): void {
    this.#resetBackoff();
    if (type === 'DELETED') this.#remove(keyOf(object), object);
    else if (type !== 'BOOKMARK') this.#store(object);
    this.#revision = Math.max(this.#revision, Number(object.metadata.resourceVersion));
  }

  #resume(signal: AbortSignal, error: StatusError | undefined): void {
    if (signal.aborted) return;
    if (isStatusError(error, 'Expired', 'Gone')) void this.#relist(signal);
    else if (error) this.#retry(error, () => this.#watch(signal));
    else this.#tools.clock.after(0, () => this.#watch(signal)); // The server ends old watches.
  }

  #retry(error: unknown, again: () => void): void {
    const delayMs = this.#backoff();
    const { plural } = this.resource;
    this.#tools.logger.warn('list-watch failed, trying again', { plural, delayMs, error });
    this.#tools.clock.after(delayMs, again);
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

const sameRevision = (a: KubeObject | undefined, b: KubeObject): boolean =>
  a?.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
