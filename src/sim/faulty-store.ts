import type { Cancel } from '../base/clock.ts';
import {
  type Committed,
  type Entry,
  type Snapshot,
  type Store,
  StoreError,
  type StoreSink,
  type Write,
} from '../store/store.ts';

/** A store as one process has it: the disk may be full, and the process may die. */
export class FaultyStore<V> implements Store<V> {
  readonly #inner: Store<V>;
  readonly #pending = new Set<Promise<unknown>>();
  #isCut = false;
  /** Whether writes find no room on the disk. */
  isFull = false;

  constructor(inner: Store<V>) {
    this.#inner = inner;
  }

  get revision(): number {
    return this.#inner.revision;
  }

  get compactedRevision(): number {
    return this.#inner.compactedRevision;
  }

  /** The process is dead: it writes nothing more, and isn't told anything. */
  cut(): void {
    this.#isCut = true;
  }

  snapshot(atRevision?: number): Snapshot<V> {
    return this.#inner.snapshot(atRevision);
  }

  latest(key: string): Entry<V> | undefined {
    return this.#inner.latest(key);
  }

  commit(writes: readonly Write<V>[]): Promise<Committed<V>> {
    if (this.#isCut) return new Promise(() => {});
    if (!this.isFull) return this.#noted(this.#inner.commit(writes));
    return Promise.reject(new StoreError('simulated: no space left', { written: 'no' }));
  }

  watch(prefix: string, fromRevision: number, sink: StoreSink<V>): Cancel {
    return this.#inner.watch(prefix, fromRevision, sink);
  }

  compact(revision: number): Promise<void> {
    return this.#isCut ? new Promise(() => {}) : this.#inner.compact(revision);
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  #noted<T>(commit: Promise<T>): Promise<T> {
    this.#pending.add(commit);
    const done = () => this.#pending.delete(commit);
    commit.then(done, done);
    return commit;
  }

  fork(): Store<V> {
    return this.#inner.fork();
  }

  close(): Promise<void> {
    return Promise.resolve(); // What is behind it is others', too.
  }
}
