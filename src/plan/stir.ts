import type { Cancel, Clock } from '../base/clock.ts';
import { controllerOf, type KubeObject } from '../machinery/object.ts';
import type { Snapshot, Store, StoreEvent } from '../store/store.ts';
import { listIn } from './states.ts';

/** Leases are renewed, and events counted, however quiet it is. */
const HEARTBEATS = /^\/registry\/(coordination\.k8s\.io\/leases|events|events\.k8s\.io\/events)\//;

/** Knows when somebody has written last. */
export class Stir {
  readonly #clock: Clock;
  readonly #stop: Cancel;
  /** UIDs of what doesn't count, and of what it has made. */
  readonly #disregarded = new Set<string>();
  #lastMs: number;

  constructor(store: Store<KubeObject>, clock: Clock) {
    this.#clock = clock;
    this.#lastMs = clock.monotonicMs();
    this.#stop = store.watch('/registry/', store.revision, {
      next: (events) => {
        if (!events.map((event) => this.#counts(event)).includes(true)) return;
        this.#lastMs = clock.monotonicMs();
      },
      end: () => {},
    });
  }

  /** How long nobody has written anything but heartbeats. */
  get quietMs(): number {
    return this.#clock.monotonicMs() - this.#lastMs;
  }

  /** From now on it doesn't count what these do, or what belongs to them. */
  disregard(uids: Iterable<string>, state: Snapshot<KubeObject>): void {
    for (const uid of uids) this.#disregarded.add(uid);
    for (const resource of ['batch/jobs', 'pods']) {
      for (const object of listIn(state, resource)) this.#isDisregarded(object);
    }
  }

  #counts({ entry }: StoreEvent<KubeObject>): boolean {
    return !HEARTBEATS.test(entry.key) && !this.#isDisregarded(entry.value);
  }

  #isDisregarded(object: KubeObject): boolean {
    const { uid } = object.metadata;
    const owner = controllerOf(object)?.uid;
    if (owner !== undefined && this.#disregarded.has(owner)) this.#disregarded.add(uid);
    return this.#disregarded.has(uid);
  }

  close(): void {
    this.#stop();
  }
}
