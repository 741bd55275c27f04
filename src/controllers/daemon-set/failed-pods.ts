import type { Clock } from '../../base/clock.ts';

// Daemons that fail at once on a node (it refuses them, their image is broken) would else be made
// and deleted as fast as the API allows.

const FIRST_MS = 1000;
const MAX_MS = 15 * 60_000;

interface Entry {
  readonly delayMs: number;
  readonly atMs: number;
}

/** How long failed pods are left where they are: longer, the more of them there were in a row. */
export class FailedPods {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For how long yet the pods under this key are left alone, in milliseconds. */
  leftMs(key: string): number {
    const entry = this.#entries.get(key);
    return entry ? Math.max(0, entry.atMs + entry.delayMs - this.#clock.monotonicMs()) : 0;
  }

  /** A failed pod under this key goes now. Forgets what was long ago. */
  note(key: string): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [each, { atMs }] of this.#entries) {
      if (nowMs - atMs > 2 * MAX_MS) this.#entries.delete(each);
    }
    const before = this.#entries.get(key);
    const delayMs = before ? Math.min(before.delayMs * 2, MAX_MS) : FIRST_MS;
    this.#entries.set(key, { delayMs, atMs: nowMs });
  }
}
