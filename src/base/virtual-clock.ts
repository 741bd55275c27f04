import type { Cancel, Clock } from './clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  /** Undefined once it is cancelled. */
  task: (() => void) | undefined;
}

/** Time that stands still until it is told to move. Tasks run in order of (due time, insertion). */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #settled: () => Promise<void>;
  #elapsedMs = 0;
  #order = 0;
  /** A binary heap: the next timer stands first. */
  readonly #timers: Timer[] = [];

  /** `settled` resolves when all has been done that what was due led to: microtasks unless said. */
  constructor(startMs = Date.UTC(2026, 0, 1), settled: () => Promise<void> = drained) {
    this.#startMs = startMs;
    this.#settled = settled;
  }

  now(): number {
    return Math.floor(this.#startMs + this.#elapsedMs); // As the machine's: whole milliseconds.
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, task: () => void): Cancel {
    const dueMs = this.#elapsedMs + Math.max(0, delayMs);
    const timer: Timer = { dueMs, order: this.#order++, task };
    push(this.#timers, timer);
    return () => {
      timer.task = undefined;
    };
  }

  /** When the next task is due, in milliseconds from the start, if there is one. */
  get nextDueMs(): number | undefined {
    this.#dropCancelled();
    return this.#timers[0]?.dueMs;
  }

  /** Moves to the next task and runs it. False when there is none before `untilMs`. */
  step(untilMs = Number.POSITIVE_INFINITY): boolean {
    const dueMs = this.nextDueMs;
    if (dueMs === undefined || dueMs > untilMs) return false;
    const { task } = pop(this.#timers);
    this.#elapsedMs = Math.max(this.#elapsedMs, dueMs);
    task?.();
    return true;
  }

  /**
   * Lets `ms` pass: runs what is due on the way, with all that follows from it in microtasks.
   * `afterEach` is called when that is done, once for each task.
   */
  async advance(ms: number, afterEach: () => void = () => {}): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await this.#settled();
    afterEach();
    while (this.step(untilMs)) {
      await this.#settled();
      afterEach();
    }
    this.#elapsedMs = untilMs;
  }

  #dropCancelled(): void {
    while (this.#timers[0] && !this.#timers[0].task) pop(this.#timers);
  }
}

/** Resolves when all microtasks that are queued now, and those they queue, have run. */
export function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const before = (a: Timer, b: Timer): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length;
  heap.push(timer);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(timer, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = timer;
}

/** Takes the first of a heap that isn't empty. */
function pop(heap: Timer[]): Timer {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const child = right < heap.length && before(heap[right]!, heap[left]!) ? right : left;
    if (!before(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}
