import type { Cancel, Clock } from '../base/clock.ts';
import type { ObjectKey } from '../machinery/object.ts';

export interface QueueBackoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Keys that want work. A key is queued at most once, and is never worked on twice at a time: when
 * it is added while a worker has it, it is queued again once the worker is done.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #backoff: QueueBackoff;
  readonly #ready = new Set<ObjectKey>();
  readonly #working = new Set<ObjectKey>();
  readonly #again = new Set<ObjectKey>();
  readonly #waiting = new Map<ObjectKey, { dueMs: number; cancel: Cancel }>();
  readonly #resting = new Map<ObjectKey, Cancel>();
  readonly #failures = new Map<ObjectKey, number>();
  #wake: () => void = () => {};
  #isClosed = false;

  constructor(clock: Clock, backoff: QueueBackoff = { firstMs: 5, maxMs: 300_000 }) {
    this.#clock = clock;
    this.#backoff = backoff;
  }

  /** Called whenever a key becomes ready. */
  onReady(wake: () => void): void {
    this.#wake = wake;
  }

  /** Keys ready to be taken. */
  get length(): number {
    return this.#ready.size;
  }

  /** Nothing ready, nothing being worked on; keys that wait for their time don't count. */
  get idle(): boolean {
    return this.#ready.size === 0 && this.#working.size === 0;
  }

  add(key: ObjectKey): void {
    if (this.#isClosed) return;
    if (this.#working.has(key)) {
      this.#again.add(key);
    } else if (!this.#ready.has(key)) {
      this.#ready.add(key);
      this.#wake();
    }
  }

  /** Adds the key in `delayMs`, unless an earlier time is set for it already. */
  addAfter(key: ObjectKey, delayMs: number): void {
    if (delayMs <= 0) return this.add(key);
    if (this.#isClosed) return;
    const dueMs = this.#clock.monotonicMs() + delayMs;
    const waiting = this.#waiting.get(key);
    if (waiting && waiting.dueMs <= dueMs) return;
    waiting?.cancel();
    const cancel = this.#clock.after(delayMs, () => {
      this.#waiting.delete(key);
      this.add(key);
    });
    this.#waiting.set(key, { dueMs, cancel });
  }

  /** Adds the key again after a delay that doubles with each failure in a row, or a longer one. */
  retry(key: ObjectKey, atLeastMs = 0): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(this.#backoff.firstMs * 2 ** failures, this.#backoff.maxMs);
    this.addAfter(key, Math.max(delayMs, atLeastMs));
  }

  /** Ends a row of failures. */
  forget(key: ObjectKey): void {
    this.#failures.delete(key);
  }

  /** Hands out the oldest ready key; it is the caller's until `done`. */
  take(): ObjectKey | undefined {
    const [key] = this.#ready;
    if (key === undefined) return undefined;
    this.#ready.delete(key);
    this.#working.add(key);
    return key;
  }

  /** The key may be handed out again, once it has rested for so long. */
  done(key: ObjectKey, restMs = 0): void {
    if (restMs > 0 && !this.#isClosed) {
      this.#resting.set(
        key,
        this.#clock.after(restMs, () => this.done(key)),
      );
      return;
    }
    this.#resting.delete(key);
    this.#working.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Drops all keys and timers, and takes no more. */
  close(): void {
    this.#isClosed = true;
    for (const { cancel } of this.#waiting.values()) cancel();
    for (const cancel of this.#resting.values()) cancel();
    for (const keys of [this.#waiting, this.#resting, this.#ready, this.#again, this.#failures])
      keys.clear();
  }
}
