import type { Change } from './history.ts';
import type { Row } from './sqlite-rows.ts';
import { type Committed, type ConflictError, StoreError } from './store.ts';

/** What a commit comes to, once the state it was made from is durable. */
export type Outcome<V> = Committed<V> | ConflictError;

interface Pending<V> {
  readonly outcome: Outcome<V>;
  readonly resolve: (committed: Committed<V>) => void;
  readonly reject: (error: ConflictError | StoreError) => void;
}

/** Commits that become durable together or not at all. */
interface Batch<V> {
  readonly pending: Pending<V>[];
  readonly changes: Change<V>[];
  readonly rows: Row[];
  bytes: number;
}

/** What a group commit does with its batches. */
export interface GroupCommitSteps<V, Mark> {
  /** Notes the accepted state, of which the batch now being written is the last part. */
  mark(): Mark;
  /** Resolves when the rows are durable. Rejects with StoreError. */
  write(rows: readonly Row[]): Promise<void>;
  /** Called in the order of the batches, before their commits are answered. */
  onDurable(changes: readonly Change<V>[], mark: Mark): void;
  /** Nothing that was accepted since the last durable batch holds. */
  onFailed(): void;
}

// More than this waits only when the disk hangs: then it is better to say so than to eat memory.
const WAITING_BYTES_MAX = 64 << 20;

/**
 * Writes one batch of commits at a time, while the next one accumulates, so that the number of
 * commits in a batch follows from how slow the disk is. Answers in the order of acceptance.
 */
export class GroupCommit<V, Mark> {
  readonly #steps: GroupCommitSteps<V, Mark>;
  #accepting: Batch<V> = createBatch();
  #writing: Batch<V> | undefined;
  #isScheduled = false;
  #onIdle: (() => void)[] = [];

  constructor(steps: GroupCommitSteps<V, Mark>) {
    this.#steps = steps;
  }

  /** Throws StoreError when too much is waiting to be written. */
  assertRoom(): void {
    if (this.#accepting.bytes <= WAITING_BYTES_MAX) return;
    throw new StoreError('too many writes are waiting for the disk', { written: 'no' });
  }

  /** Answers with the outcome when the change, and all that was accepted before, is durable. */
  accept(
    outcome: Outcome<V>,
    change?: Change<V>,
    rows: readonly Row[] = [],
  ): Promise<Committed<V>> {
    const { promise, resolve, reject } = Promise.withResolvers<Committed<V>>();
    const batch = this.#accepting;
    batch.pending.push({ outcome, resolve, reject });
    if (change) batch.changes.push(change);
    for (const row of rows) {
      batch.rows.push(row);
      batch.bytes += row.value?.length ?? 0;
    }
    this.#schedule();
    return promise;
  }

  /** Resolves when nothing is waiting or being written. */
  idle(): Promise<void> {
    if (!this.#writing && this.#accepting.pending.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  // At the end of the turn, so that what one turn commits is one batch.
  #schedule(): void {
    if (this.#isScheduled || this.#writing) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      void this.#writeNext();
    });
  }

  async #writeNext(): Promise<void> {
    while (this.#accepting.pending.length > 0) {
      const batch = this.#accepting;
      this.#writing = batch;
      this.#accepting = createBatch();
      const mark = this.#steps.mark();
      const error = await this.#write(batch.rows);
      if (error) this.#fail(batch, error);
      else this.#succeed(batch, mark);
    }
    this.#writing = undefined;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** Resolves to what went wrong. */
  async #write(rows: readonly Row[]): Promise<StoreError | undefined> {
    try {
      if (rows.length > 0) await this.#steps.write(rows);
      return undefined;
    } catch (error) {
      if (error instanceof StoreError) return error;
      throw error;
    }
  }

  #succeed({ changes, pending }: Batch<V>, mark: Mark): void {
    if (changes.length > 0) this.#steps.onDurable(changes, mark);
    for (const { outcome, resolve, reject } of pending) {
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    }
  }

  // Whatever was accepted meanwhile was built on the batch, and was never sent.
  #fail(batch: Batch<V>, error: StoreError): void {
    const builtOnIt = this.#accepting;
    this.#accepting = createBatch();
    this.#steps.onFailed();
    for (const { reject } of batch.pending) reject(error);
    const { message } = error;
    for (const { reject } of builtOnIt.pending) reject(new StoreError(message, { written: 'no' }));
  }
}

function createBatch<V>(): Batch<V> {
  return { pending: [], changes: [], rows: [], bytes: 0 };
}
