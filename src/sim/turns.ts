import { drained } from '../base/virtual-clock.ts';

/**
 * Lets calls through one at a time, each when nothing else is under way, and answers a call when
 * nothing comes of it any more. So it makes no difference how long the store takes: one on a disk
 * leaves the same trace as one in memory.
 */
export class Turns {
  readonly #waiting: (() => Promise<void>)[] = [];
  /** Resolves when all is written that is to be. */
  readonly #written: () => Promise<void>;

  constructor(written: () => Promise<void>) {
    this.#written = written;
  }

  /** Does `work` when its turn comes, which is while time goes by. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push(async () => {
      const [result] = await Promise.allSettled([work()]);
      await this.#quiet();
      if (result.status === 'fulfilled') resolve(result.value);
      else reject(result.reason);
    });
    return promise;
  }

  /** Does `work` now: for somebody outside, whom nobody waits beside. */
  async runNow<T>(work: () => Promise<T>): Promise<T> {
    const [result] = await Promise.allSettled([work()]);
    await this.#quiet();
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  /** Resolves when all have had their turns, and nothing else is under way. */
  async settle(): Promise<void> {
    await this.#quiet();
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      await next();
      await this.#quiet();
    }
  }

  async #quiet(): Promise<void> {
    await drained();
    await this.#written();
    await drained();
  }
}
