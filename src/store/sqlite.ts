import type { Cancel } from '../base/clock.ts';
import { EntryMap } from './entry-map.ts';
import { GroupCommit } from './group-commit.ts';
import { type Change, redo } from './history.ts';
import { forkOf } from './memory.ts';
import { Restorer } from './restore.ts';
import { SqliteClient } from './sqlite-client.ts';
import { packRows, type Row, rowId } from './sqlite-rows.ts';
import { type Staged, stage } from './stage.ts';
import { closedError, State, type StateOptions } from './state.ts';
import {
  type Committed,
  ConflictError,
  type Entry,
  type Snapshot,
  type Store,
  type StoreError,
  type StoreSink,
  type ValueCodec,
  type Write,
} from './store.ts';

export interface SqliteOptions extends StateOptions {
  /** The database. It is made when it isn't there; its folder must be. */
  readonly file: string;
  /** How large the database may grow, its log aside. Writes beyond fail with StoreError. */
  readonly maxBytes?: number;
  /**
   * Called once when the thread that has the database is gone. Nothing can be written from then on,
   * and only opening the database anew helps. Meanwhile reads and watches go on.
   */
  readonly onLost?: (error: StoreError) => void;
}

/**
 * Opens a store that keeps everything in one SQLite database, its history included, so that watches
 * go on after a restart. Rejects with StoreError, whose message says what to do, when the database
 * is in use, damaged, newer than this code, somebody else's or out of reach.
 */
export async function openSqliteStore<V>(
  codec: ValueCodec<V>,
  options: SqliteOptions,
): Promise<Store<V>> {
  const { file, maxBytes, onLost } = options;
  const restorer = new Restorer(codec);
  const { client, compactedRevision } = await SqliteClient.open(
    { file, maxBytes },
    { onRows: (rows) => restorer.add(rows), onLost: (error) => onLost?.(error) },
  );
  return new SqliteStore(codec, client, restorer, compactedRevision, options);
}

class SqliteStore<V> implements Store<V> {
  readonly #codec: ValueCodec<V>;
  readonly #client: SqliteClient;
  readonly #options: StateOptions;
  readonly #state: State<V>;
  readonly #groups: GroupCommit<V, EntryMap<V>>;
  /** The accepted state, of which the durable one is a copy or an earlier version. */
  #head: EntryMap<V>;
  #headRevision: number;
  /** The last revision that was used, for what failed since too. */
  #usedRevision: number;
  #forgotten: Change<V>[] = [];
  #forgetting = Promise.resolve();
  /** What the database says is compacted. */
  #forgottenRevision: number;
  #closing: Promise<void> | undefined;

  constructor(
    codec: ValueCodec<V>,
    client: SqliteClient,
    restorer: Restorer<V>,
    compactedRevision: number,
    options: StateOptions,
  ) {
    this.#codec = codec;
    this.#client = client;
    this.#options = options;
    this.#forgottenRevision = compactedRevision;
    this.#state = new State(new EntryMap<V>(), compactedRevision, options);
    this.#groups = new GroupCommit({
      mark: () => this.#head.copy(),
      write: (rows) => this.#write(rows),
      onDurable: (changes, entries) => this.#advance(changes, entries),
      onFailed: () => this.#rollBack(),
    });
    this.#advance(restorer.changesAfter(compactedRevision), restorer.entries());
    this.#head = this.#state.entries.copy();
    this.#headRevision = this.#state.revision;
    this.#usedRevision = this.#headRevision;
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
    return this.#head.get(key);
  }

  async commit(writes: readonly Write<V>[]): Promise<Committed<V>> {
    if (this.#closing) throw closedError();
    // Even what changes nothing: whoever asks whether the store is well does so by such a commit.
    if (this.#client.failure) throw this.#client.failure;
    this.#groups.assertRoom();
    const revision = this.#usedRevision + 1;
    const staged = this.#stage(writes, revision);
    if (staged instanceof ConflictError) return this.#groups.accept(staged);
    const { events, entries } = staged;
    if (events.length === 0) return this.#groups.accept({ revision: this.#headRevision, entries });
    const rows = events.map(({ type, entry }, i) => this.#rowOf(type, entry, i));
    const change = { revision, events };
    redo(this.#head, change);
    this.#usedRevision = revision;
    this.#headRevision = revision;
    return this.#groups.accept({ revision, entries }, change, rows);
  }

  watch(prefix: string, fromRevision: number, sink: StoreSink<V>): Cancel {
    return this.#state.watch(prefix, fromRevision, sink);
  }

  async compact(revision: number): Promise<void> {
    this.#forgotten = this.#forgotten.concat(this.#state.compact(revision));
    await this.#forget();
  }

  fork(): Store<V> {
    return forkOf(this.#state, this.#codec, this.#options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#groups.idle();
    await this.#forgetting.catch(() => {});
    this.#state.end();
    await this.#client.close();
  }

  #stage(writes: readonly Write<V>[], revision: number): Staged<V> | ConflictError {
    try {
      return stage(this.#head, writes, revision, this.#codec);
    } catch (error) {
      if (error instanceof ConflictError) return error;
      throw error;
    }
  }

  #rowOf(type: 'put' | 'delete', entry: Entry<V>, index: number): Row {
    const { key, createRevision, revision, value } = entry;
    const bytes = type === 'put' ? this.#codec.encode(value) : undefined;
    return { id: rowId(revision, index), key, createRevision, value: bytes };
  }

  #write(rows: readonly Row[]): Promise<void> {
    const packed = packRows(rows);
    return this.#client.send({ type: 'write', rows: packed }, [packed.buffer]);
  }

  #advance(changes: readonly Change<V>[], entries: EntryMap<V>): void {
    const forgotten = this.#state.advance(entries, changes);
    if (forgotten.length === 0) return;
    this.#forgotten = this.#forgotten.concat(forgotten);
    // On failure the rows stay for the next time, as they do when the process dies now.
    this.#forget().catch(() => {});
  }

  #rollBack(): void {
    this.#head = this.#state.entries.copy();
    this.#headRevision = this.#state.revision;
    this.#client.send({ type: 'resume' }).catch(() => {}); // Then nothing else is written either.
  }

  // One at a time: a delete's row may go only together with, or after, all earlier ones of its key.
  #forget(): Promise<void> {
    this.#forgetting = this.#forgetting.catch(() => {}).then(() => this.#forgetNow());
    return this.#forgetting;
  }

  async #forgetNow(): Promise<void> {
    const { compactedRevision } = this.#state;
    if (compactedRevision === this.#forgottenRevision) return;
    const forgotten = this.#forgotten;
    this.#forgotten = [];
    try {
      await this.#client.send({ type: 'forget', compactedRevision, ...supersededBy(forgotten) });
      this.#forgottenRevision = compactedRevision;
    } catch (error) {
      this.#forgotten = forgotten.concat(this.#forgotten);
      throw error;
    }
  }
}

/** The rows that mean nothing once the state is at least as new as these changes. */
function supersededBy<V>(changes: readonly Change<V>[]): { revisions: number[]; keys: string[] } {
  const revisions: number[] = [];
  const keys: string[] = [];
  const add = ({ revision, key }: Entry<V>): void => {
    revisions.push(revision);
    keys.push(key);
  };
  for (const { events } of changes) {
    for (const { type, entry, previous } of events) {
      if (previous) add(previous);
      if (type === 'delete') add(entry);
    }
  }
  return { revisions, keys };
}
