import type { Cancel } from '../base/clock.ts';
import { EntryMap } from './entry-map.ts';
import { type Change, redo } from './history.ts';
import { stage } from './stage.ts';
import { closedError, State, type StateOptions } from './state.ts';
import type { Committed, Entry, Snapshot, Store, StoreSink, ValueCodec, Write } from './store.ts';

/** An empty store that lives as long as the process, where a write is durable at once. */
export function createMemoryStore<V>(
  codec: Pick<ValueCodec<V>, 'seal'>,
  options: StateOptions = {},
): Store<V> {
  return new MemoryStore(new State(new EntryMap<V>(), 0, options), codec, options);
}

/** What a store may begin with: a shared value under its key, at the revision it was last changed. */
export interface Kept<V> {
  readonly key: string;
  readonly revision: number;
  readonly value: V;
}

/** A memory store that begins with values that are known from elsewhere, at the newest revision. */
export function memoryStoreWith<V>(
  kept: readonly Kept<V>[],
  codec: Pick<ValueCodec<V>, 'seal'>,
  options: StateOptions = {},
): Store<V> {
  const entries = new EntryMap<V>();
  let newest = 0;
  for (const each of kept.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    entries.put(Object.freeze({ ...each, createRevision: each.revision }));
    newest = Math.max(newest, each.revision);
  }
  return new MemoryStore(new State(entries, newest, options), codec, options);
}

/** A memory store that begins with another's entries, as `Store.fork` promises. */
export function forkOf<V>(
  state: State<V>,
  codec: Pick<ValueCodec<V>, 'seal'>,
  options: StateOptions,
): Store<V> {
  const { entries, revision } = state;
  return new MemoryStore(new State(entries.copy(), revision, options), codec, options);
}

class MemoryStore<V> implements Store<V> {
  readonly #state: State<V>;
  readonly #codec: Pick<ValueCodec<V>, 'seal'>;
  readonly #options: StateOptions;
  #isClosed = false;

  constructor(state: State<V>, codec: Pick<ValueCodec<V>, 'seal'>, options: StateOptions) {
    this.#state = state;
    this.#codec = codec;
    this.#options = options;
  }

  get revision(): number {
    return this.#state.revision;
  }

  get compactedRevision(): number {
    return this.#state.compactedRevision;
  }

  snapshot(atRevision?: number): Snapshot<V> {
    return this.#state.snapshot(atRevision);
  }

  latest(key: string): Entry<V> | undefined {
    return this.#state.entries.get(key);
  }

  async commit(writes: readonly Write<V>[]): Promise<Committed<V>> {
    if (this.#isClosed) throw closedError();
    const { entries: current } = this.#state;
    const revision = this.#state.revision + 1;
    const { events, entries } = stage(current, writes, revision, this.#codec);
    if (events.length === 0) return { revision: revision - 1, entries };
    const change: Change<V> = { revision, events };
    redo(current, change);
    this.#state.advance(current, [change]);
    return { revision, entries };
  }

  watch(prefix: string, fromRevision: number, sink: StoreSink<V>): Cancel {
    return this.#state.watch(prefix, fromRevision, sink);
  }

  async compact(revision: number): Promise<void> {
    this.#state.compact(revision);
  }

  fork(): Store<V> {
    return forkOf(this.#state, this.#codec, this.#options);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#state.end();
  }
}
