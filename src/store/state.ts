import type { Cancel } from '../base/clock.ts';
import type { EntryMap } from './entry-map.ts';
import { type Change, History } from './history.ts';
import { RevisionError, type Snapshot, StoreError, type StoreSink } from './store.ts';
import { WatchHub } from './watch-hub.ts';

/**
 * How many changes a store remembers unless told otherwise. Each keeps the value that it replaced
 * alive, which for pods is some 5 kB.
 */
const HISTORY_LIMIT = 10_000;

export interface StateOptions {
  /** The most changes that are remembered, for past states and for watches that come back. */
  readonly historyLimit?: number;
}

/** The state that readers and watches see: the newest entries, their past, and who is to be told. */
export class State<V> {
  #entries: EntryMap<V>;
  #revision: number;
  readonly #history: History<V>;
  readonly #hub: WatchHub<V>;
  #snapshot: Snapshot<V> | undefined;
  #isEnded = false;

  /** Begins with entries at a revision, and no past before it. */
  constructor(entries: EntryMap<V>, revision: number, { historyLimit }: StateOptions = {}) {
    this.#entries = entries;
    this.#revision = revision;
    this.#history = new History(revision, historyLimit ?? HISTORY_LIMIT);
    this.#hub = new WatchHub(this.#history);
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#history.compactedRevision;
  }

  /** The newest entries. A snapshot or `copy()` of them must be taken before they change. */
  get entries(): EntryMap<V> {
    return this.#entries;
  }

  /** Shows the outcome of changes, tells watches, and returns the changes forgotten for them. */
  advance(entries: EntryMap<V>, changes: readonly Change<V>[]): Change<V>[] {
    this.#entries = entries;
    this.#revision = changes[changes.length - 1]?.revision ?? this.#revision;
    this.#snapshot = undefined;
    const forgotten = this.#history.append(changes, entries);
    this.#hub.publish(changes);
    return forgotten;
  }

  /** See Store. Readers of the newest revision share one snapshot. */
  snapshot(atRevision = this.#revision): Snapshot<V> {
    this.#assertReached(atRevision);
    if (atRevision === this.#revision) {
      this.#snapshot ??= createSnapshot(this.#entries.copy(), atRevision);
      return this.#snapshot;
    }
    return createSnapshot(this.#history.entriesAt(atRevision, this.#entries), atRevision);
  }

  /** See Store. */
  watch(prefix: string, fromRevision: number, sink: StoreSink<V>): Cancel {
    if (this.#isEnded) throw closedError();
    this.#assertReached(fromRevision);
    const { compactedRevision } = this;
    if (fromRevision < compactedRevision) {
      throw new RevisionError('compacted', fromRevision, compactedRevision);
    }
    return this.#hub.watch(prefix, fromRevision, sink);
  }

  /** Forgets what was before `revision`, and returns it. Throws RevisionError. */
  compact(revision: number): Change<V>[] {
    this.#assertReached(revision);
    return this.#history.compact(revision);
  }

  /** Ends every watch, after it was told what it is due. */
  end(): void {
    this.#isEnded = true;
    this.#hub.end(closedError());
  }

  #assertReached(revision: number): void {
    if (revision > this.#revision) throw new RevisionError('future', revision, this.#revision);
  }
}

/** What is answered to whoever comes after `close`. */
export const closedError = (): StoreError =>
  new StoreError('the store is closed', { written: 'no' });

function createSnapshot<V>(entries: EntryMap<V>, revision: number): Snapshot<V> {
  return {
    revision,
    get: (key) => entries.get(key),
    list: (prefix, range) => entries.list(prefix, range),
    count: (prefix, range) => entries.count(prefix, range?.after),
  };
}
