/** Runs tasks, at most so many at a time, in the order in which they come. */
export class Limiter {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(max: number) {
    this.#max = max;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#max) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#running++;
    try {
      return await task();
    } finally {
      // Whoever waits takes over the place; there is one less only when nobody does.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
