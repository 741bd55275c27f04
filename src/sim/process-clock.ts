import type { Cancel, Clock } from '../base/clock.ts';

/** A clock as one machine has it: it may be wrong, run at a rate of its own, and be frozen. */
export class ProcessClock implements Clock {
  readonly #inner: Clock;
  #rate = 1;
  #offsetMs = 0;
  /** Our own monotonic time at a moment of the true one; it goes on from there at our rate. */
  #base = { trueMs: 0, ownMs: 0 };
  #frozenUntilMs = 0;

  constructor(inner: Clock) {
    this.#inner = inner;
  }

  now(): number {
    const gainedMs = this.monotonicMs() - this.#inner.monotonicMs();
    return Math.floor(this.#inner.now() + this.#offsetMs + gainedMs);
  }

  monotonicMs(): number {
    const { trueMs, ownMs } = this.#base;
    return ownMs + (this.#inner.monotonicMs() - trueMs) * this.#rate;
  }

  after(delayMs: number, task: () => void): Cancel {
    let cancel: Cancel;
    const wait = (trueMs: number): void => {
      cancel = this.#inner.after(trueMs, () => {
        const leftMs = this.frozenForMs;
        if (leftMs > 0) wait(leftMs);
        else task();
      });
    };
    wait(delayMs / this.#rate);
    return () => cancel();
  }

  /** How long it stands still yet, in true milliseconds. */
  get frozenForMs(): number {
    return Math.max(0, this.#frozenUntilMs - this.#inner.monotonicMs());
  }

  /** When it stood still last, in true monotonic milliseconds; 0 if it never did. */
  get frozenUntilMs(): number {
    return this.#frozenUntilMs;
  }

  /** What is due meanwhile is done when it wakes: time has gone on without it. */
  freeze(forMs: number): void {
    this.#frozenUntilMs = Math.max(this.#frozenUntilMs, this.#inner.monotonicMs() + forMs);
  }

  /** The time of day is off by so much from now on. */
  jump(offsetMs: number): void {
    this.#offsetMs = offsetMs;
  }

  /** From now on it runs so many times as fast as it should. */
  drift(rate: number): void {
    this.#base = { trueMs: this.#inner.monotonicMs(), ownMs: this.monotonicMs() };
    this.#rate = rate;
  }

  /**
   * Shows the right time of day again, and runs as it should. Its monotonic time never goes back, and
   * whoever stands still wakes when it was to: what is due waits for that.
   */
  mend(): void {
    this.drift(1);
    this.#offsetMs = this.#inner.monotonicMs() - this.monotonicMs();
  }
}
