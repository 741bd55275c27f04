import type { Cancel } from '../base/clock.ts';

/**
 * Where the state of a cluster lives. The contract is etcd's: one revision counter for all keys,
 * reads at any revision that isn't compacted, writes with expected revisions, watches from any
 * revision. Keys are `/`-separated text in the order of their UTF-16 code units; values are
 * immutable and shared, so a read copies nothing.
 *
 * A write is answered when it is durable, and only then can readers and watchers see it. Later
 * writers already build on it: `latest` reads the newest accepted state, durable or not.
 *
 * One contract suite runs against every driver: `test/contract/store.ts`.
 */
export interface Store<V> {
  /**
   * The newest durable revision: what readers see. 0 before the first write. Watches have been told
   * of everything up to it before the next timer or I/O callback runs.
   */
  readonly revision: number;
  /** Revisions below this one can't be read or watched any more. */
  readonly compactedRevision: number;

  /** The state at a revision, by default the newest durable one. Throws RevisionError. */
  snapshot(atRevision?: number): Snapshot<V>;

  /** The newest accepted entry, for read-modify-write. It may still fail to become durable. */
  latest(key: string): Entry<V> | undefined;

  /**
   * Applies all writes or none, at one new revision. Expectations are checked at once against the
   * newest accepted state, so no other write comes between a `latest` and a `commit` of the same
   * turn. Resolves when durable; rejects with ConflictError (nothing was written) or StoreError
   * (see there).
   *
   * A commit that changes nothing resolves with the revision that it found. It too, and a conflict,
   * is answered only when the state it was checked against is durable, so that whoever is told of a
   * conflict can read what it conflicted with.
   *
   * Commits of one turn become durable together or not at all, and no reader sees the one without
   * the other; each has a revision of its own.
   *
   * No revision is used twice, not even that of a commit that failed: somebody may still hold it.
   * A key may occur once in a commit, and there are at most COMMIT_WRITES_MAX writes.
   */
  commit(writes: readonly Write<V>[]): Promise<Committed<V>>;

  /**
   * Delivers every durable change under `prefix` after `fromRevision`, in order, each once: first
   * what has been, then what comes. Calls back asynchronously, never after its cancelling. Throws
   * RevisionError.
   */
  watch(prefix: string, fromRevision: number, sink: StoreSink<V>): Cancel;

  /**
   * Forgets what was before `revision`. Watches behind it end with RevisionError; a snapshot that
   * is held stays readable. Drivers also forget by themselves, to bound their memory. Rejects with
   * RevisionError when there is no such revision yet, with StoreError when the disk fails.
   */
  compact(revision: number): Promise<void>;

  /**
   * An independent in-memory store that begins with this one's durable state, at no cost. It has
   * no past: its compacted revision is the one it begins with.
   */
  fork(): Store<V>;

  /**
   * Waits until accepted writes are durable, then ends watches with StoreError and releases files.
   * Snapshots stay readable; commits and watches fail with StoreError from now on.
   */
  close(): Promise<void>;
}

/** The most writes that one commit may hold. */
export const COMMIT_WRITES_MAX = 1024;

/** The state at one revision. Holding it costs no more than what has changed since. */
export interface Snapshot<V> {
  readonly revision: number;
  get(key: string): Entry<V> | undefined;
  /** Entries whose key begins with `prefix`, in key order, after the key `after`, at most `limit`. */
  list(prefix: string, options?: ListRange): Entry<V>[];
  /** How many entries have a key that begins with `prefix`, after the key `after`. */
  count(prefix: string, options?: Pick<ListRange, 'after'>): number;
}

export interface ListRange {
  readonly after?: string;
  readonly limit?: number;
}

/**
 * What is stored under a key. The value of one that was read from disk is decoded when it is first
 * asked for, which is why this is a class: the type checker knows that spreading loses the value.
 */
export abstract class Entry<V> {
  abstract readonly key: string;
  /** The revision of the last change. */
  abstract readonly revision: number;
  abstract readonly createRevision: number;
  abstract get value(): V;
}

/**
 * `expect` is the entry's revision, 0 for "must not exist", undefined for whatever is there.
 * Deleting what doesn't exist, with no expectation, changes nothing. Keys are well-formed Unicode
 * and not empty.
 */
export type Write<V> =
  | { readonly type: 'put'; readonly key: string; readonly draft: V; readonly expect?: number }
  | { readonly type: 'delete'; readonly key: string; readonly expect?: number };

export interface Committed<V> {
  readonly revision: number;
  /** In the order of the writes: the new entry, or for a delete the one that was removed. */
  readonly entries: readonly (Entry<V> | undefined)[];
}

export interface StoreEvent<V> {
  readonly type: 'put' | 'delete';
  /** The new entry; of a delete, the removed one with the revision of its removal. */
  readonly entry: Entry<V>;
  readonly previous: Entry<V> | undefined;
}

/** Where a watch delivers. Neither call may throw: whoever can fail has a queue of its own. */
export interface StoreSink<V> {
  /** All changes of one revision under the prefix, in the order of the writes. Shared: read only. */
  next(events: readonly StoreEvent<V>[], revision: number): void;
  /** Called once when the watch ends for a reason other than its cancelling. */
  end(error: RevisionError | StoreError): void;
}

/** How values become what the store shares and what it keeps on disk. */
export interface ValueCodec<V> {
  /** Makes the shared value of a draft, once its revision is known. May take the draft over. */
  seal(draft: V, revision: number): V;
  /** The bytes are read until the write is durable, and not kept. */
  encode(value: V): Uint8Array;
  /** The bytes may be kept, but hold on to those of other values too. */
  decode(bytes: Uint8Array, revision: number): V;
}

/** An expectation of a commit didn't hold; nothing was written. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
  readonly key: string;
  /** The newest accepted revision of the key, 0 when it doesn't exist. */
  readonly actual: number;

  constructor(key: string, actual: number) {
    super(`${key} is at revision ${actual}`);
    this.key = key;
    this.actual = actual;
  }
}

/** The revision asked for was compacted, or hasn't been yet. */
export class RevisionError extends Error {
  override readonly name = 'RevisionError';
  readonly kind: 'compacted' | 'future';

  constructor(kind: 'compacted' | 'future', revision: number, limit: number) {
    super(`revision ${revision} is ${kind === 'compacted' ? 'before' : 'after'} ${limit}`);
    this.kind = kind;
  }
}

/**
 * The disk failed, is full, or the store is closed. `written: 'no'` means that the write is known
 * not to have happened; `'unknown'` that only reading again can tell.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly written: 'no' | 'unknown';

  constructor(message: string, options: { written: 'no' | 'unknown'; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.written = options.written;
  }
}
