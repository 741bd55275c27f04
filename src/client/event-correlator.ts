import { LruMap } from './lru-map.ts';

/** An event as the correlator needs to know it. `about` is the UID of the object. */
export interface Occurrence {
  readonly about: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly fieldPath?: string | undefined;
}

/** Under which key an occurrence counts with those that are the same, and what it says. */
export interface Correlated {
  readonly key: string;
  readonly message: string;
}

const REMEMBERED_MAX = 4096;
/** So many events that differ only in their message within an interval are told one by one. */
const SIMILAR_MAX = 10;
const SIMILAR_INTERVAL_MS = 600_000;
/** So many events about one object may come at once, and one more in each period. */
const BURST = 25;
const REFILL_PERIOD_MS = 300_000;

interface Similar {
  readonly messages: Set<string>;
  lastMs: number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

/**
 * Keeps what one component tells within bounds, with the numbers of Kubernetes' own recorders:
 * events that differ in nothing but their message are combined when there are many, and one object
 * can't be told of without end.
 */
export class EventCorrelator {
  readonly #similar = new LruMap<string, Similar>(REMEMBERED_MAX);
  readonly #buckets = new LruMap<string, Bucket>(REMEMBERED_MAX);

  /** Where the occurrence belongs; undefined when it is one too many and isn't to be told. */
  correlate(occurrence: Occurrence, nowMs: number): Correlated | undefined {
    const correlated = this.#combine(occurrence, nowMs);
    return this.#isWithinRate(occurrence, nowMs) ? correlated : undefined;
  }

  #combine({ about, type, reason, message, fieldPath = '' }: Occurrence, nowMs: number) {
    const kind = [about, type, reason].join('\0');
    let similar = this.#similar.get(kind);
    if (!similar || nowMs - similar.lastMs > SIMILAR_INTERVAL_MS) {
      similar = { messages: new Set(), lastMs: nowMs };
      this.#similar.set(kind, similar);
    }
    similar.messages.add(message);
    similar.lastMs = nowMs;
    if (similar.messages.size < SIMILAR_MAX) {
      return { key: [kind, fieldPath, message].join('\0'), message };
    }
    similar.messages.delete(message); // The set stays just below the bound, and so does memory.
    return { key: kind, message: `(combined from similar events): ${message}` };
  }

  #isWithinRate({ about, type }: Occurrence, nowMs: number): boolean {
    const key = [about, type].join('\0');
    const bucket = this.#buckets.get(key) ?? { tokens: BURST, filledMs: nowMs };
    const filled = bucket.tokens + (nowMs - bucket.filledMs) / REFILL_PERIOD_MS;
    const tokens = Math.min(BURST, filled);
    const isAllowed = tokens >= 1;
    this.#buckets.set(key, { tokens: isAllowed ? tokens - 1 : tokens, filledMs: nowMs });
    return isAllowed;
  }
}
