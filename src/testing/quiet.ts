import type { Cancel, Clock } from '../base/clock.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Store, StoreEvent } from '../store/store.ts';
import { type Duration, toMs } from './durations.ts';

const ROOT = '/registry/';
const QUIET_MS = 30_000;
const RECENT_MAX = 8;

/** Leases are renewed, and events counted, however quiet it is. */
const HEARTBEATS = /^\/registry\/(coordination\.k8s\.io\/leases|events|events\.k8s\.io\/events)\//;

/** Tells whether a cluster has come to rest: nobody writes any more. */
export class Quiet {
  readonly #clock: Clock;
  readonly #stop: Cancel;
  readonly #recent: string[] = [];
  #lastMs: number;

  constructor(store: Store<KubeObject>, clock: Clock) {
    this.#clock = clock;
    this.#lastMs = clock.monotonicMs();
    this.#stop = store.watch(ROOT, store.revision, {
      next: (events) => {
        for (const event of events) this.#note(event);
      },
      end: () => {},
    });
  }

  get isQuiet(): boolean {
    return this.#clock.monotonicMs() - this.#lastMs >= QUIET_MS;
  }

  /** What to say when it doesn't become quiet. */
  unsettled(within: Duration): Error {
    return new Error(
      `after ${toMs(within) / 1000} s something is still being written, last:\n  ${this.#recent.join('\n  ')}`,
    );
  }

  close(): void {
    this.#stop();
  }

  #note({ type, entry: { key } }: StoreEvent<KubeObject>): void {
    if (HEARTBEATS.test(key)) return;
    this.#lastMs = this.#clock.monotonicMs();
    this.#recent.push(`${this.#lastMs / 1000} s: ${type} ${key.slice(ROOT.length)}`);
    if (this.#recent.length > RECENT_MAX) this.#recent.shift();
  }
}
