/**
 * Gathers what comes in one by one during a turn of the event loop, and does it at the turn's end,
 * one right after the other: the code of each is then still in the processor's caches for the next.
 */
export class EndOfTurn {
  #waiting: (() => void)[] = [];

  /** Has the work done, after what was added before. It must not throw. */
  add(work: () => void): void {
    if (this.#waiting.push(work) === 1) setImmediate(() => this.#doAll());
  }

  #doAll(): void {
    const works = this.#waiting;
    this.#waiting = [];
    for (const work of works) work();
  }
}
