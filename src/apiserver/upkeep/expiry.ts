import { type Cancel, type Clock, every } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { COMMIT_WRITES_MAX, type Store, type StoreEvent, type Write } from '../../store/store.ts';
import type { ResourceTable } from '../registry/resource-table.ts';

const CHECK_MS = 30_000;

/** A write of an object, and when the object goes unless it is written again. */
interface Due {
  readonly key: string;
  readonly revision: number;
  readonly atMs: number;
}

/**
 * Deletes objects of kinds that expire, such as events, once they weren't written for as long as
 * the kind says. What is there at the start counts as written then: the store doesn't say when.
 */
export function startExpiry(
  { store, clock, logger }: { store: Store<KubeObject>; clock: Clock; logger: Logger },
  table: ResourceTable,
): Cancel {
  const lifetimes = new Map<string, number>();
  for (const { keyPrefix, definition } of table.list()) {
    const { expiresAfterSeconds: seconds } = definition;
    if (seconds !== undefined) lifetimes.set(keyPrefix, seconds * 1000);
  }
  const cancels = Array.from(lifetimes, ([prefix, lifetimeMs]) => {
    const queue = new ExpiryQueue(store, clock, lifetimeMs);
    const stopFollowing = queue.follow(prefix);
    const stopChecking = every(clock, CHECK_MS, () => {
      queue.deleteDue().catch((error) => {
        logger.warn('expired objects could not be deleted', { prefix, error: String(error) });
      });
    });
    return () => {
      stopFollowing();
      stopChecking();
    };
  });
  return () => {
    for (const cancel of cancels) cancel();
  };
}

/** Writes in the order in which they were made, which is that in which they come due. */
class ExpiryQueue {
  readonly #store: Store<KubeObject>;
  readonly #clock: Clock;
  readonly #lifetimeMs: number;
  #due: Due[] = [];
  #isDeleting = false;

  constructor(store: Store<KubeObject>, clock: Clock, lifetimeMs: number) {
    this.#store = store;
    this.#clock = clock;
    this.#lifetimeMs = lifetimeMs;
  }

  follow(prefix: string): Cancel {
    const snapshot = this.#store.snapshot();
    for (const { key, revision } of snapshot.list(prefix)) this.#add(key, revision);
    let cancel: Cancel = () => {};
    cancel = this.#store.watch(prefix, snapshot.revision, {
      next: (events) => this.#follow(events),
      end: () => cancel(), // The store has ended, or forgot what we didn't see: they stay.
    });
    return () => cancel();
  }

  #follow(events: readonly StoreEvent<KubeObject>[]): void {
    for (const { type, entry } of events) if (type === 'put') this.#add(entry.key, entry.revision);
  }

  #add(key: string, revision: number): void {
    this.#due.push({ key, revision, atMs: this.#clock.monotonicMs() + this.#lifetimeMs });
  }

  async deleteDue(): Promise<void> {
    if (this.#isDeleting) return;
    this.#isDeleting = true;
    try {
      while (await this.#deleteSome());
    } finally {
      this.#isDeleting = false;
    }
  }

  /** Whether there may be more. */
  async #deleteSome(): Promise<boolean> {
    const now = this.#clock.monotonicMs();
    const count = this.#due.slice(0, COMMIT_WRITES_MAX).filter(({ atMs }) => atMs <= now).length;
    if (count === 0) return false;
    const expired = this.#due.slice(0, count);
    const writes = expired
      // What was written again, or is gone, has an entry of its own or needs none.
      .filter(({ key, revision }) => this.#store.latest(key)?.revision === revision)
      .map(({ key, revision }): Write<KubeObject> => ({ type: 'delete', key, expect: revision }));
    await this.#store.commit(writes);
    this.#due = this.#due.slice(count);
    return true;
  }
}
