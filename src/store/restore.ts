import { assert } from '../base/assert.ts';
import { EntryMap } from './entry-map.ts';
import type { Change } from './history.ts';
import { type Row, revisionOf, unpackRows } from './sqlite-rows.ts';
import type { Entry, StoreEvent, ValueCodec } from './store.ts';

interface LoggedRow<V> {
  readonly key: string;
  readonly revision: number;
  /** Undefined when this is a delete. */
  readonly entry: Entry<V> | undefined;
  /** What was there before. */
  readonly previous: Entry<V> | undefined;
}

/** Makes entries and their history of a log of rows, which are added in the order of their ids. */
export class Restorer<V> {
  readonly #codec: ValueCodec<V>;
  readonly #rows: LoggedRow<V>[] = [];
  readonly #newest = new Map<string, Entry<V> | undefined>();

  constructor(codec: ValueCodec<V>) {
    this.#codec = codec;
  }

  add(packed: Uint8Array): void {
    for (const row of unpackRows(packed)) {
      const { key } = row;
      const revision = revisionOf(row.id);
      const entry = this.#entryOf(row, revision);
      this.#rows.push({ key, revision, entry, previous: this.#newest.get(key) });
      this.#newest.set(key, entry);
    }
  }

  /** The newest entries. */
  entries(): EntryMap<V> {
    const live = [...this.#newest.values()].filter((entry) => entry !== undefined);
    live.sort((a, b) => (a.key < b.key ? -1 : 1)); // A map that is filled in order is denser.
    const entries = new EntryMap<V>();
    for (const entry of live) entries.put(entry);
    return entries;
  }

  /** What was changed after a revision. */
  changesAfter(revision: number): Change<V>[] {
    const changes: { revision: number; events: StoreEvent<V>[] }[] = [];
    for (const row of this.#rows) {
      if (row.revision <= revision) continue;
      const last = changes.at(-1);
      if (last?.revision === row.revision) last.events.push(eventOf(row));
      else changes.push({ revision: row.revision, events: [eventOf(row)] });
    }
    return changes;
  }

  #entryOf({ key, createRevision, value: bytes }: Row, revision: number): Entry<V> | undefined {
    if (!bytes) return undefined;
    // Only the codec: what holds `this` holds every row for as long as one isn't decoded.
    const codec = this.#codec;
    const read = () => codec.decode(bytes, revision);
    return new LazyEntry({ key, revision, createRevision }, read);
  }
}

function eventOf<V>({ revision, entry, previous }: LoggedRow<V>): StoreEvent<V> {
  if (entry) return { type: 'put', entry, previous };
  assert(previous, 'what is deleted was there');
  const { key, createRevision } = previous;
  const removed = new LazyEntry({ key, revision, createRevision }, () => previous.value);
  return { type: 'delete', entry: removed, previous };
}

/** Decodes its value when it is asked for, since much of what was replaced never is. */
class LazyEntry<V> implements Entry<V> {
  readonly key: string;
  readonly revision: number;
  readonly createRevision: number;
  #read: (() => V) | undefined;
  #value: V | undefined;

  constructor(known: Omit<Entry<V>, 'value'>, read: () => V) {
    this.key = known.key;
    this.revision = known.revision;
    this.createRevision = known.createRevision;
    this.#read = read;
  }

  get value(): V {
    if (this.#read) {
      this.#value = this.#read();
      this.#read = undefined; // Lets go of the bytes.
    }
    return this.#value as V;
  }
}
