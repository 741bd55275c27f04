import type { EntryMap } from './entry-map.ts';
import { RevisionError, type StoreEvent } from './store.ts';

/** What one revision changed. */
export interface Change<V> {
  readonly revision: number;
  readonly events: readonly StoreEvent<V>[];
}

// A past state is made from the nearest later one that is at hand by undoing at most so many
// changes. Each of them keeps the nodes of the map alive that differ from its neighbours'.
const CHECKPOINT_CHANGES = 256;

/**
 * The changes since a revision, bounded in number. From it come past states and what a watch has
 * missed, so nothing else keeps either: a watch is a position in here, not a buffer.
 */
export class History<V> {
  readonly #limit: number;
  #changes: Change<V>[] = [];
  #checkpoints: { readonly revision: number; readonly entries: EntryMap<V> }[] = [];
  #changesSinceCheckpoint = 0;
  #compactedRevision: number;

  constructor(compactedRevision: number, limit: number) {
    this.#compactedRevision = compactedRevision;
    this.#limit = limit;
  }

  /** The oldest revision whose state can still be made. */
  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  /** Takes changes in, of which `entries` is the outcome; returns those dropped for them. */
  append(changes: readonly Change<V>[], entries: EntryMap<V>): Change<V>[] {
    for (const change of changes) this.#changes.push(change);
    this.#changesSinceCheckpoint += changes.length;
    if (this.#changesSinceCheckpoint >= CHECKPOINT_CHANGES) {
      const { revision } = this.#changes[this.#changes.length - 1]!;
      this.#checkpoints.push({ revision, entries: entries.copy() });
      this.#changesSinceCheckpoint = 0;
    }
    return this.#trim();
  }

  /** The changes after a revision, oldest first. Throws RevisionError when some were dropped. */
  after(revision: number): readonly Change<V>[] {
    this.#assertKept(revision);
    return this.#changes.slice(this.#indexAfter(revision));
  }

  /** The state at a revision, when `newest` is the one after all changes. Throws RevisionError. */
  entriesAt(revision: number, newest: EntryMap<V>): EntryMap<V> {
    this.#assertKept(revision);
    const later = this.#checkpoints.find((checkpoint) => checkpoint.revision >= revision);
    const entries = (later?.entries ?? newest).copy();
    const first = this.#indexAfter(revision);
    const end = later ? this.#indexAfter(later.revision) : this.#changes.length;
    for (let i = end - 1; i >= first; i--) undo(entries, this.#changes[i]!);
    return entries;
  }

  /** Drops what is needed only for revisions before this one, and returns it. */
  compact(revision: number): Change<V>[] {
    if (revision <= this.#compactedRevision) return [];
    this.#compactedRevision = revision;
    this.#checkpoints = this.#checkpoints.filter((checkpoint) => checkpoint.revision >= revision);
    return this.#changes.splice(0, this.#indexAfter(revision));
  }

  // Dropping an eighth at a time makes the cost of moving the rest negligible.
  #trim(): Change<V>[] {
    if (this.#changes.length <= this.#limit) return [];
    const excess = this.#changes.length - Math.floor(this.#limit * (7 / 8));
    return this.compact(this.#changes[excess - 1]!.revision);
  }

  #assertKept(revision: number): void {
    if (revision < this.#compactedRevision) {
      throw new RevisionError('compacted', revision, this.#compactedRevision);
    }
  }

  /** The index of the first change after a revision. Revisions have gaps, so it has to search. */
  #indexAfter(revision: number): number {
    let [low, high] = [0, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#changes[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Makes what a change did to the entries so. */
export function redo<V>(entries: EntryMap<V>, { events }: Change<V>): void {
  for (const { type, entry } of events) {
    if (type === 'put') entries.put(entry);
    else entries.delete(entry.key);
  }
}

function undo<V>(entries: EntryMap<V>, { events }: Change<V>): void {
  for (const { entry, previous } of events) {
    if (previous) entries.put(previous);
    else entries.delete(entry.key);
  }
}
