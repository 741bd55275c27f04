import { assert } from '../base/assert.ts';
import { EntryMap } from './entry-map.ts';
import type { Change } from './history.ts';
import { type Row, revisionOf, unpackRows } from './sqlite-rows.ts';
import type { Entry, StoreEvent, ValueCodec } from './store.ts';

interface LoggedRow<V> {
  readonly row: Row;
  readonly entry: Entry<V> | undefined;
  /** The write to the same key before this one. */
  previous?: LoggedRow<V>;
}

/**
 * Makes entries and their history of a log of rows that is read backwards: the first row of a key
 * is then known to be its newest, and can be decoded while the rest is still being read.
 */
export class Restorer<V> {
  readonly #codec: ValueCodec<V>;
  /** From the last to the first. */
  readonly #rows: LoggedRow<V>[] = [];
  readonly #newest = new Map<string, LoggedRow<V>>();
  /** The oldest row of each key so far. */
  readonly #oldest = new Map<string, LoggedRow<V>>();

  constructor(codec: ValueCodec<V>) {
    this.#codec = codec;
  }

  /** Takes packed rows in, the last first. */
  add(packed: Uint8Array): void {
    for (const row of unpackRows(packed)) {
      const later = this.#oldest.get(row.key);
      const logged = { row, entry: this.#entryOf(row, later === undefined) };
      if (later) later.previous = logged;
      else this.#newest.set(row.key, logged);
      this.#oldest.set(row.key, logged);
      this.#rows.push(logged);
    }
  }

  /** The newest entries. */
  entries(): EntryMap<V> {
    const live = [...this.#newest.values()].flatMap(({ entry }) => entry ?? []);
    live.sort((a, b) => (a.key < b.key ? -1 : 1)); // A map that is filled in order is denser.
    const entries = new EntryMap<V>();
    for (const entry of live) entries.put(entry);
    return entries;
  }

  /** What was changed after a revision. */
  changesAfter(revision: number): Change<V>[] {
    const changes: { revision: number; events: StoreEvent<V>[] }[] = [];
    for (const logged of this.#rows.toReversed()) {
      const at = revisionOf(logged.row.id);
      if (at <= revision) continue;
      const event = eventOf(logged, at);
      const last = changes.at(-1);
      if (last?.revision === at) last.events.push(event);
      else changes.push({ revision: at, events: [event] });
    }
    return changes;
  }

  #entryOf(
    { id, key, createRevision, value: bytes }: Row,
    isNewest: boolean,
  ): Entry<V> | undefined {
    if (!bytes) return undefined;
    const revision = revisionOf(id);
    const decode = () => this.#codec.decode(bytes, revision);
    if (!isNewest) return lazyEntry({ key, revision, createRevision }, decode);
    return Object.freeze({ key, value: decode(), revision, createRevision });
  }
}

function eventOf<V>({ entry, previous }: LoggedRow<V>, revision: number): StoreEvent<V> {
  const replaced = previous?.entry;
  if (entry) return { type: 'put', entry, previous: replaced };
  assert(replaced, 'what is deleted was there');
  const { key, createRevision } = replaced;
  const removed = lazyEntry({ key, revision, createRevision }, () => replaced.value);
  return { type: 'delete', entry: removed, previous: replaced };
}

// Few ask for what was replaced before a restart, and there may be more of it than of the rest.
function lazyEntry<V>(known: Omit<Entry<V>, 'value'>, read: () => V): Entry<V> {
  let value: V | undefined;
  return Object.freeze({
    ...known,
    get value(): V {
      value ??= read();
      return value;
    },
  });
}
