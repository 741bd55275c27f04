import { EquivalenceClass } from './equivalence-class.ts';
import type { Profile } from './framework.ts';
import type { PodInfo } from './pod-info.ts';
import { type Outcome, prefilter, promisedNode, schedule } from './schedule.ts';
import type { Snapshot } from './snapshot.ts';

/** A class keeps a few dozen bytes a node, so this many nodes in all of them are some 30 MB. */
const CLASS_NODES_MAX = 1_000_000;
const CLASSES_MAX = 1024;
/** A class keeps the nodes as it last saw them, so it mustn't fall too far behind either. */
const STALE_MIN = 1_000;

/**
 * Schedules as `schedule` does, with the same outcomes, at a cost that doesn't grow with the
 * cluster as long as pods come in series of equals, as they do when something replicates them.
 */
export class EquivalenceCache {
  readonly #profile: Profile;
  /** By signature, the one used last at the end. */
  readonly #classes = new Map<string, EquivalenceClass>();

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  schedule(snapshot: Snapshot, pod: PodInfo): Outcome {
    const worth = prefilter(this.#profile, snapshot, pod);
    if (worth.isRefused || worth.only) return schedule(this.#profile, snapshot, pod);
    const known = this.#classFor(snapshot, pod);
    const node = promisedNode(known.judge, snapshot, pod) ?? known.best(pod);
    return node ? { type: 'placed', node } : { type: 'unplaced', ...known.examine(pod) };
  }

  #classFor(snapshot: Snapshot, pod: PodInfo): EquivalenceClass {
    // Claims are as good as unique, and change without the nodes: nothing of them is worth keeping.
    if (pod.claims.length > 0) return new EquivalenceClass(this.#profile, snapshot, pod);
    const { own, social, isSocial } = pod.signature;
    const key = isSocial || !snapshot.termKeys.isEmpty ? own + social : own;
    let known = this.#classes.get(key);
    this.#classes.delete(key);
    if (!known?.follow(snapshot)) known = new EquivalenceClass(this.#profile, snapshot, pod);
    this.#classes.set(key, known);
    this.#dropOldest(snapshot);
    return known;
  }

  /** Drops what there is no room for, and what would be as much work to bring up to date. */
  #dropOldest({ nodes, generation }: Snapshot): void {
    const most = Math.min(CLASSES_MAX, 1 + CLASS_NODES_MAX / Math.max(1, nodes.size));
    const staleBefore = generation - Math.max(STALE_MIN, nodes.size);
    for (const [key, { generation }] of this.#classes) {
      if (this.#classes.size <= most && generation >= staleBefore) return;
      this.#classes.delete(key);
    }
  }
}
