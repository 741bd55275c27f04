import type { Random } from '../base/random.ts';

export interface Backoff {
  /** The next delay in milliseconds: doubling, with up to a tenth added by chance. */
  readonly next: () => number;
  /** Begins again with the first delay. */
  readonly reset: () => void;
}

/** Delays that double from `firstMs` to `maxMs`, spread so that many callers don't come at once. */
export function createBackoff(
  random: Random,
  { firstMs, maxMs }: { readonly firstMs: number; readonly maxMs: number },
): Backoff {
  let delayMs = firstMs;
  return {
    next() {
      const now = delayMs;
      delayMs = Math.min(delayMs * 2, maxMs);
      return Math.round(now * (1 + random.float() / 10));
    },
    reset() {
      delayMs = firstMs;
    },
  };
}
