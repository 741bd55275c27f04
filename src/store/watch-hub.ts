import type { Cancel } from '../base/clock.ts';
import type { Change, History } from './history.ts';
import { PrefixIndex } from './prefix-index.ts';
import { RevisionError, type StoreError, type StoreEvent, type StoreSink } from './store.ts';

interface Watch<V> {
  readonly prefix: string;
  readonly sink: StoreSink<V>;
  /** Everything up to this revision was delivered, or isn't wanted. */
  revision: number;
  cancelled: boolean;
}

type Group<V> = Set<Watch<V>>;

/**
 * Tells watches of changes: in microtasks, so that neither a writer nor a new watcher is called back
 * while it is still busy. No watch has a buffer: a new one reads what it missed from the history in
 * one go and from then on is handed what is published, once for all that share a prefix.
 */
export class WatchHub<V> {
  readonly #history: History<V>;
  readonly #groups = new PrefixIndex<Group<V>>();
  #joining: Watch<V>[] = [];
  #published: Change<V>[] = [];
  #isScheduled = false;

  constructor(history: History<V>) {
    this.#history = history;
  }

  /** Delivers what changes under `prefix` after `fromRevision`, which the history must still have. */
  watch(prefix: string, fromRevision: number, sink: StoreSink<V>): Cancel {
    const watch = { prefix, sink, revision: fromRevision, cancelled: false };
    this.#joining.push(watch);
    this.#schedule();
    return () => this.#leave(watch);
  }

  /** Hands on changes that the history already has. */
  publish(changes: readonly Change<V>[]): void {
    if (this.#groups.size === 0) return;
    for (const change of changes) this.#published.push(change);
    this.#schedule();
  }

  /** Ends every watch, after what is due, whose turn was asked for before. */
  end(error: StoreError): void {
    queueMicrotask(() => {
      for (const group of this.#groups.values()) {
        for (const watch of group) this.#endWatch(watch, error);
      }
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    // What a sink causes belongs to the next turn, so that none can keep the others waiting.
    const [joining, published] = [this.#joining, this.#published];
    this.#joining = [];
    this.#published = [];
    this.#isScheduled = false;
    for (const watch of joining) if (!watch.cancelled) this.#join(watch);
    for (const change of published) this.#route(change);
  }

  #join(watch: Watch<V>): void {
    const { prefix, revision, sink } = watch;
    const { compactedRevision } = this.#history;
    if (revision < compactedRevision) {
      return this.#endWatch(watch, new RevisionError('compacted', revision, compactedRevision));
    }
    const group = this.#groups.get(prefix);
    if (group) group.add(watch);
    else this.#groups.add(prefix, new Set([watch]));
    for (const change of this.#history.after(revision)) {
      if (watch.cancelled) return;
      watch.revision = change.revision;
      const events = change.events.filter(({ entry }) => entry.key.startsWith(prefix));
      if (events.length > 0) sink.next(events, change.revision);
    }
  }

  #route({ revision, events }: Change<V>): void {
    if (events.length === 1) {
      const { key } = events[0]!.entry;
      this.#groups.forEachPrefixOf(key, (group) => tell(group, events, revision));
      return;
    }
    const eventsOf = new Map<Group<V>, StoreEvent<V>[]>();
    for (const event of events) {
      this.#groups.forEachPrefixOf(event.entry.key, (group) => {
        const some = eventsOf.get(group);
        if (some) some.push(event);
        else eventsOf.set(group, [event]);
      });
    }
    for (const [group, some] of eventsOf) tell(group, some, revision);
  }

  #endWatch(watch: Watch<V>, error: RevisionError | StoreError): void {
    this.#leave(watch);
    watch.sink.end(error);
  }

  #leave(watch: Watch<V>): void {
    if (watch.cancelled) return;
    watch.cancelled = true;
    const group = this.#groups.get(watch.prefix);
    if (group?.delete(watch) && group.size === 0) this.#groups.delete(watch.prefix);
  }
}

function tell<V>(group: Group<V>, events: readonly StoreEvent<V>[], revision: number): void {
  for (const watch of group) {
    if (watch.revision >= revision) continue; // It joined when the history already had this one.
    watch.revision = revision;
    watch.sink.next(events, revision);
  }
}
