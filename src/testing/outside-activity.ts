import { type Clock, sleep } from '../base/clock.ts';
import type { Patience } from './passage.ts';

/** However busy those outside are, time goes on after this. */
const WAIT_MAX_MS = 2000;
const LOOK_MS = 5;

/**
 * What those outside of the process do, seen from inside: they are taken for calm when nothing was
 * asked by them or sent to them for a while, in real time. That is a number of looks rather than a
 * span: on a machine that is busy, where they take longer, looks do so as well.
 */
export class OutsideActivity implements Patience {
  readonly #clock: Clock;
  readonly #looks: number;
  #count = 0;
  #countWhenCalm = 0;
  /** They weren't calm when we gave up last: who asks without end isn't waited for each time. */
  #isRestless = false;

  /** The clock is of the outside: the machine's. */
  constructor(clock: Clock, patienceMs: number) {
    this.#clock = clock;
    this.#looks = Math.ceil(patienceMs / LOOK_MS);
  }

  /** Something was asked, or sent. */
  readonly note = (): void => {
    this.#count++;
  };

  async calm(): Promise<void> {
    if (this.#count === this.#countWhenCalm) return;
    const waitMs = this.#isRestless ? 2 * this.#looks * LOOK_MS : WAIT_MAX_MS;
    const giveUpMs = this.#clock.monotonicMs() + waitMs;
    let left = this.#looks;
    while (left > 0 && this.#clock.monotonicMs() < giveUpMs) {
      const before = this.#count;
      await sleep(this.#clock, LOOK_MS);
      left = this.#count === before ? left - 1 : this.#looks;
    }
    this.#isRestless = left > 0;
    this.#countWhenCalm = this.#count;
  }
}
