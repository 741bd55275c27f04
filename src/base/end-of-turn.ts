/**
 * Gathers what comes in one by one during a turn of the event loop, and does it at the turn's end,
 * one right after the other: the code of each is then still in the processor's caches for the next.
 */
export class EndOfTurn {
  #works: (() => void)[] = [];
  #lastWorks: (() => void)[] = [];
  #isScheduled = false;

  /** Has the work done, after what was added before. It must not throw. */
  add(work: () => void): void {
    this.#works.push(work);
    this.#schedule();
  }

  /** Has it done when all else of the turn is. It must not throw. */
  addLast(work: () => void): void {
    this.#lastWorks.push(work);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#doAll());
  }

  #doAll(): void {
    const [works, lastWorks] = [this.#works, this.#lastWorks];
    this.#works = [];
    this.#lastWorks = [];
    this.#isScheduled = false;
    for (const work of works) work();
    for (const work of lastWorks) work();
  }
}
