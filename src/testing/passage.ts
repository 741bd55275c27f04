import type { VirtualClock } from '../base/virtual-clock.ts';

/** Lets those outside of the process act before time goes on. */
export interface Patience {
  /** Resolves once they have done what they do about what happened so far. */
  calm(): Promise<void>;
}

/** The passing of a cluster's time: one stretch after the other, whoever asks for it. */
export class Passage {
  readonly #clock: VirtualClock;
  readonly #check: () => void;
  readonly #awaited = new Set<Patience>();
  #last: Promise<void> = Promise.resolve();
  #underWay = 0;

  /** `check` is called after everything that happens; what it throws ends the stretch. */
  constructor(clock: VirtualClock, check: () => void) {
    this.#clock = clock;
    this.#check = check;
  }

  /** Whether time is passing just now, or is about to. */
  get isUnderWay(): boolean {
    return this.#underWay > 0;
  }

  /** From now on nothing happens before these are calm. */
  await(patience: Patience): void {
    this.#awaited.add(patience);
  }

  /** Nobody waits for these any more. */
  forget(patience: Patience): void {
    this.#awaited.delete(patience);
  }

  /** Lets `ms` pass, after what others have asked for. Rejects with what the check throws. */
  pass(ms: number): Promise<void> {
    this.#underWay++;
    const passed = this.#last.then(() => this.#pass(ms));
    this.#last = passed.catch(() => {});
    return passed;
  }

  async #pass(ms: number): Promise<void> {
    try {
      await this.#moveTo(this.#clock.monotonicMs() + ms);
    } finally {
      this.#underWay--;
    }
  }

  async #moveTo(endMs: number): Promise<void> {
    const clock = this.#clock;
    while (this.#awaited.size > 0) {
      await clock.advance(0, this.#check);
      for (const patience of this.#awaited) await patience.calm();
      const { nextDueMs } = clock;
      if (nextDueMs === undefined || nextDueMs > endMs) break;
      await clock.advance(nextDueMs - clock.monotonicMs(), this.#check);
    }
    await clock.advance(endMs - clock.monotonicMs(), this.#check);
  }
}
