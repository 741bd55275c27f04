import type { Pod } from '../api/generated/core/v1/types.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import type { ContainerRuntime } from '../runtime/cri.ts';
import type { Outage } from './outage.ts';
import { relistDelayMs } from './relist.ts';
import type { RuntimeCache } from './runtime-cache.ts';

export interface RuntimeWatchTools {
  readonly clock: Clock;
  readonly outage: Outage;
  readonly runtime: Pick<ContainerRuntime, 'events'>;
}

export interface WatchedPods {
  readonly pods: () => Iterable<{ readonly pod: Pod }>;
  /** Called after each look at all pods. */
  readonly onSeen: () => void;
}

const EVENTS_RETRY_MS = 5_000;

/** Keeps the cache of what the runtime has current: by what it tells, or else by looking. */
export class RuntimeWatch {
  readonly #tools: RuntimeWatchTools;
  readonly #cache: RuntimeCache;
  readonly #watched: WatchedPods;
  #signal: AbortSignal | undefined;
  #hasEvents = false;
  /** By the monotonic clock; undefined while it is being looked at. */
  #nextLookAt: number | undefined;
  #cancelLook: Cancel = () => {};

  constructor(tools: RuntimeWatchTools, cache: RuntimeCache, watched: WatchedPods) {
    this.#tools = tools;
    this.#cache = cache;
    this.#watched = watched;
  }

  start(signal: AbortSignal): void {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#cancelLook(), { once: true });
    this.#schedule();
    this.#follow();
  }

  /** What the cache has is another than when the next look was set: it may be due sooner. */
  changed(): void {
    if (this.#nextLookAt !== undefined) this.#schedule();
  }

  async #look(): Promise<void> {
    this.#cancelLook();
    this.#nextLookAt = undefined;
    const { outage } = this.#tools;
    let leastMs = 0;
    try {
      await this.#cache.relist();
      outage.over();
      if (!this.#signal?.aborted) this.#watched.onSeen();
    } catch (error) {
      leastMs = outage.noticed(error);
    }
    this.#schedule(leastMs);
  }

  #schedule(leastMs = 0): void {
    const { clock } = this.#tools;
    const pods = Array.from(this.#watched.pods(), ({ pod }) => {
      return { pod, runtime: this.#cache.get(pod.metadata.uid) };
    });
    const dueMs = relistDelayMs(pods, { hasEvents: this.#hasEvents, now: clock.now() });
    const delayMs = Math.max(dueMs, leastMs);
    const at = clock.monotonicMs() + delayMs;
    const later = at >= (this.#nextLookAt ?? Number.POSITIVE_INFINITY);
    if (later || this.#signal === undefined || this.#signal.aborted) return;
    this.#cancelLook();
    this.#nextLookAt = at;
    this.#cancelLook = clock.after(delayMs, () => void this.#look());
  }

  /** Runtimes that tell what happens (KEP-3386) are asked less often; others say they don't. */
  #follow(): void {
    const signal = this.#signal;
    if (!signal || signal.aborted) return;
    const cancel = this.#tools.runtime.events(
      ({ podUid }) => {
        this.#hasEvents = true;
        if (podUid) this.#cache.refresh(podUid).catch(() => {}); // The next look will see it.
      },
      (failure) => {
        this.#hasEvents = false;
        signal.removeEventListener('abort', cancel);
        if (failure?.kind === 'permanent') return;
        this.#tools.clock.after(EVENTS_RETRY_MS, () => this.#follow());
      },
    );
    signal.addEventListener('abort', cancel, { once: true });
  }
}
