import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';

const FIRST_MS = 200;
const MAX_MS = 5_000;

/**
 * What an agent knows of its runtime's absence. Many notice it at once and try again and again:
 * it is said once, and once when it is over.
 */
export class Outage {
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Since when, by the monotonic clock; undefined while the runtime answers. */
  #since: number | undefined;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The runtime didn't answer. How long to wait (ms) before it is asked again: ever longer. */
  noticed(error: unknown): number {
    const now = this.#clock.monotonicMs();
    if (this.#since === undefined) {
      this.#since = now;
      this.#logger.warn('container runtime does not answer, asking until it does', { error });
    }
    // By how long it lasts, not by who has asked how often: all look again at the same pace.
    return Math.min(MAX_MS, Math.max(FIRST_MS, (now - this.#since) / 2));
  }

  /** The runtime has answered. */
  over(): void {
    if (this.#since === undefined) return;
    const lastedMs = Math.round(this.#clock.monotonicMs() - this.#since);
    this.#since = undefined;
    this.#logger.info('container runtime answers again', { lastedMs });
  }
}
