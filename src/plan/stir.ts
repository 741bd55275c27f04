import type { Cancel, Clock } from '../base/clock.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Store } from '../store/store.ts';

/** Leases are renewed, and events counted, however quiet it is. */
const HEARTBEATS = /^\/registry\/(coordination\.k8s\.io\/leases|events|events\.k8s\.io\/events)\//;

/** Knows when somebody has written last. */
export class Stir {
  readonly #clock: Clock;
  readonly #stop: Cancel;
  #lastMs: number;

  constructor(store: Store<KubeObject>, clock: Clock) {
    this.#clock = clock;
    this.#lastMs = clock.monotonicMs();
    this.#stop = store.watch('/registry/', store.revision, {
      next: (events) => {
        if (events.every(({ entry }) => HEARTBEATS.test(entry.key))) return;
        this.#lastMs = clock.monotonicMs();
      },
      end: () => {},
    });
  }

  /** How long nobody has written anything but heartbeats. */
  get quietMs(): number {
    return this.#clock.monotonicMs() - this.#lastMs;
  }

  close(): void {
    this.#stop();
  }
}
