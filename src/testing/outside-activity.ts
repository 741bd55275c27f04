import { type Clock, sleep } from '../base/clock.ts';
import type { Patience } from './passage.ts';

/** However busy those outside are, time goes on after this. */
const WAIT_MAX_MS = 2000;

/**
 * What those outside of the process do, seen from inside: they are taken for calm when nothing was
 * asked by them or sent to them for a while, in real time.
 */
export class OutsideActivity implements Patience {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** The clock is of the outside: the machine's. */
  constructor(clock: Clock, patienceMs: number) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
  }

  /** Something was asked, or sent. */
  readonly note = (): void => {
    this.#lastMs = this.#clock.monotonicMs();
  };

  async calm(): Promise<void> {
    const giveUpMs = this.#clock.monotonicMs() + WAIT_MAX_MS;
    for (;;) {
      const nowMs = this.#clock.monotonicMs();
      const leftMs = this.#lastMs + this.#patienceMs - nowMs;
      if (leftMs <= 0 || nowMs >= giveUpMs) return;
      await sleep(this.#clock, leftMs);
    }
  }
}
