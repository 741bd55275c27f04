import type { Cancel, Clock } from '../base/clock.ts';

/** It is quiet when nothing urgent has been under way for so long: the next may follow at once. */
const QUIET_AFTER_MS = 50;
const WAIT_MAX_MS = 5_000;
/** In one turn of the event loop, so that others in the process get theirs. */
const TASKS_PER_TURN = 16;

/**
 * Does what isn't urgent when it is quiet, a little at a time, and begins with it at the latest
 * five seconds later. In a burst of thousands of pods this is what lets bindings go before the
 * events that tell of them.
 */
export class QuietTime {
  readonly #clock: Clock;
  #urgent = 0;
  #busyUntilMs = Number.NEGATIVE_INFINITY;
  #tasks: (() => void)[] = [];
  /** When the oldest task was added. */
  #sinceMs = 0;
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
      this.#busyUntilMs = this.#clock.monotonicMs();
    }
  }

  /** Runs a task soon. */
  add(task: () => void): void {
    if (this.#tasks.length === 0) this.#sinceMs = this.#clock.monotonicMs();
    this.#tasks.push(task);
    this.#cancel ??= this.#clock.after(this.#delayMs(), () => this.#run());
  }

  /** How long until it is worth another look; 0 when tasks may run. */
  #delayMs(): number {
    const nowMs = this.#clock.monotonicMs();
    const patienceMs = Math.max(0, this.#sinceMs + WAIT_MAX_MS - nowMs);
    const restMs = this.#busyUntilMs + QUIET_AFTER_MS - nowMs;
    const quietMs = this.#urgent > 0 ? QUIET_AFTER_MS : Math.max(0, restMs);
    return Math.min(patienceMs, quietMs);
  }

  #run(): void {
    const delayMs = this.#delayMs();
    if (delayMs === 0) for (const task of this.#tasks.splice(0, TASKS_PER_TURN)) task();
    const isDone = this.#tasks.length === 0;
    this.#cancel = isDone ? undefined : this.#clock.after(delayMs, () => this.#run());
  }
}
