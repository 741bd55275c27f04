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
  /** It was built on one that failed, and was answered with that. */
  isVoid: boolean;
}

/** What a group commit does with its batches. */
export interface GroupCommitSteps<V, Mark> {
  /** Notes the accepted state, of which the batch now being written is the last part. */
  mark(): Mark;
  /**
   * Resolves when the rows are durable. Rejects with StoreError, and rejects then whatever else is
   * being written, too, as it was built on them.
   */
  write(rows: readonly Row[]): Promise<void>;
  /** Called in the order of the batches, before their commits are answered. */
  onDurable(changes: readonly Change<V>[], mark: Mark): void;
  /** Nothing that was accepted since the last durable batch holds. What is written next, does. */
  onFailed(): void;
}

/**
 * While a batch is being written the next one accumulates, and is handed over before the first is
 * done when it has so many rows: then the disk goes on while this thread is busy with requests. Fewer
 * would be on the disk a little earlier, but handing over costs as much as a third of a request.
 */
export const AHEAD_ROWS = 32;
const WRITING_MAX = 3;

// More than this waits only when the disk hangs: then it is better to say so than to eat memory.
const WAITING_BYTES_MAX = 64 << 20;

/**
 * Writes commits in batches, in the order of acceptance. The next batch accumulates while one is
 * written, so that the number of commits in it follows from how slow the disk is.
 */
export class GroupCommit<V, Mark> {
  readonly #steps: GroupCommitSteps<V, Mark>;
  #accepting: Batch<V> = createBatch();
  /** What was handed over and isn't answered, oldest first. */
  #writing: Batch<V>[] = [];
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
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #isIdle(): boolean {
    return this.#writing.length === 0 && this.#accepting.pending.length === 0;
  }

  // At the end of the turn, so that what one turn commits is one batch.
  #schedule(): void {
    if (this.#isScheduled || !this.#mayWrite()) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#writeNext();
    });
  }

  #mayWrite(): boolean {
    if (this.#writing.length === 0) return this.#accepting.pending.length > 0;
    return this.#accepting.rows.length >= AHEAD_ROWS && this.#writing.length < WRITING_MAX;
  }

  #writeNext(): void {
    if (!this.#mayWrite()) return;
    const batch = this.#accepting;
    this.#accepting = createBatch();
    this.#writing.push(batch);
    const mark = this.#steps.mark();
    // Without rows, it waited for what it was checked against, which nothing is written after.
    if (batch.rows.length === 0) return this.#succeed(batch, mark);
    this.#steps.write(batch.rows).then(
      () => this.#succeed(batch, mark),
      (error) => this.#fail(batch, error),
    );
  }

  #succeed({ changes, pending }: Batch<V>, mark: Mark): void {
    this.#writing.shift();
    if (changes.length > 0) this.#steps.onDurable(changes, mark);
    for (const { outcome, resolve, reject } of pending) {
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    }
    this.#goOn();
  }

  // What was accepted meanwhile was built on the batch, whether it was handed over or not.
  #fail(batch: Batch<V>, error: unknown): void {
    if (batch.isVoid) return;
    if (!(error instanceof StoreError)) throw error;
    const handedOver = this.#writing.splice(0);
    const { pending: waiting } = this.#accepting;
    this.#accepting = createBatch();
    this.#steps.onFailed();
    for (const each of handedOver) {
      each.isVoid = true;
      for (const { reject } of each.pending) reject(error);
    }
    const refusal = new StoreError(error.message, { written: 'no' }); // It never was handed over.
    for (const { reject } of waiting) reject(refusal);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#isIdle()) for (const resolve of this.#onIdle.splice(0)) resolve();
    else this.#writeNext();
  }
}

function createBatch<V>(): Batch<V> {
  return { pending: [], changes: [], rows: [], bytes: 0, isVoid: false };
}
