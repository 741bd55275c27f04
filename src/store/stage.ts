import { assert } from '../base/assert.ts';
import type { EntryMap } from './entry-map.ts';
import {
  COMMIT_WRITES_MAX,
  ConflictError,
  type Entry,
  type StoreEvent,
  type ValueCodec,
  type Write,
} from './store.ts';

/** What a commit will do, once `events` are applied. Without events it changes nothing. */
export interface Staged<V> {
  readonly events: readonly StoreEvent<V>[];
  /** As `Committed` has them. */
  readonly entries: readonly (Entry<V> | undefined)[];
}

/**
 * Checks the expectations of a commit against the entries and makes what it would change, changing
 * nothing yet. Throws ConflictError, before any draft is taken over.
 */
export function stage<V>(
  current: EntryMap<V>,
  writes: readonly Write<V>[],
  revision: number,
  codec: Pick<ValueCodec<V>, 'seal'>,
): Staged<V> {
  assertSound(writes);
  const previous = writes.map(({ key, expect }) => {
    const entry = current.get(key);
    const actual = entry?.revision ?? 0;
    if (expect !== undefined && expect !== actual) throw new ConflictError(key, actual);
    return entry;
  });
  const events: StoreEvent<V>[] = [];
  const entries = writes.map((write, i) => {
    const event = eventOf(write, previous[i], revision, codec);
    if (event) events.push(event);
    return write.type === 'put' ? event?.entry : previous[i];
  });
  return { events, entries };
}

function eventOf<V>(
  write: Write<V>,
  previous: Entry<V> | undefined,
  revision: number,
  codec: Pick<ValueCodec<V>, 'seal'>,
): StoreEvent<V> | undefined {
  if (write.type === 'put') {
    const value = codec.seal(write.draft, revision);
    const createRevision = previous?.createRevision ?? revision;
    const entry = Object.freeze({ key: write.key, value, revision, createRevision });
    return { type: 'put', entry, previous };
  }
  if (!previous) return undefined;
  const { key, value, createRevision } = previous;
  const entry = Object.freeze({ key, value, revision, createRevision });
  return { type: 'delete', entry, previous };
}

function assertSound<V>(writes: readonly Write<V>[]): void {
  for (const { key } of writes) assert(key !== '' && key.isWellFormed(), 'keys are Unicode text');
  if (writes.length < 2) return;
  assert(writes.length <= COMMIT_WRITES_MAX, `a commit has at most ${COMMIT_WRITES_MAX} writes`);
  const keys = new Set(writes.map(({ key }) => key));
  assert(keys.size === writes.length, 'a key occurs once in a commit');
}
