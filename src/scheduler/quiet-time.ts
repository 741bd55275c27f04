import type { Cancel, Clock } from '../base/clock.ts';

const WAIT_MAX_MS = 1_000;

/**
 * Does what isn't urgent when nothing urgent is under way, and at the latest a second later. In a
 * burst of thousands of pods this is what lets bindings go before the events that tell of them.
 */
export class QuietTime {
  readonly #clock: Clock;
  #urgent = 0;
  #tasks: (() => void)[] = [];
  #cancel: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs something urgent. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#urgent++;
    try {
      return await work();
    } finally {
      this.#urgent--;
      if (this.#urgent === 0) this.#runTasks();
    }
  }

  /** Runs a task soon. */
  add(task: () => void): void {
    this.#tasks.push(task);
    if (this.#urgent === 0) this.#runTasks();
    else this.#cancel ??= this.#clock.after(WAIT_MAX_MS, () => this.#runTasks());
  }

  #runTasks(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task();
  }
}
