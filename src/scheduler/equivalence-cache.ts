import { EquivalenceClass } from './equivalence-class.ts';
import type { Profile } from './framework.ts';
import type { PodInfo } from './pod-info.ts';
import { type Outcome, prefilter, promisedNode, schedule } from './schedule.ts';
import type { Snapshot } from './snapshot.ts';

/** A class keeps some 30 bytes a node, so this many nodes in all of them are 50 MB. */
const CLASS_NODES_MAX = 1_600_000;
const CLASSES_MAX = 1024;
/** A class keeps the nodes as it last saw them, so it mustn't fall too far behind either. */
const STALE_MIN = 1_000;
const STRANGERS_MAX = 4096;
const SAMPLE_MIN = 100;
const SAMPLE_SHARE_MIN = 0.05;

interface Known {
  readonly class: EquivalenceClass;
  /** When it was used last, counted in pods. */
  usedAt: number;
}

/**
 * Schedules as `schedule` does, with the same outcomes, at a cost that doesn't grow with the
 * cluster as long as pods come in series of equals, as they do when something replicates them.
 * For a pod that is the only one of its kind, knowing all nodes isn't worth the while: in a large
 * cluster it gets the best of a sample.
 */
export class EquivalenceCache {
  readonly #profile: Profile;
  /** By signature, the one used last at the end. */
  readonly #classes = new Map<string, Known>();
  /** Signatures that were seen once, the oldest first. */
  readonly #strangers = new Set<string>();
  #pods = 0;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  schedule(snapshot: Snapshot, pod: PodInfo): Outcome {
    const worth = prefilter(this.#profile, snapshot, pod);
    const isAlone = worth.isRefused || worth.only !== undefined || pod.claims.length > 0;
    const known = isAlone ? undefined : this.#classFor(snapshot, pod);
    if (!known) return schedule(this.#profile, snapshot, pod, sampleSize(snapshot.nodes.size));
    const node = promisedNode(known.judge, snapshot, pod) ?? known.best(pod);
    return node ? { type: 'placed', node } : { type: 'unplaced', ...known.examine(pod) };
  }

  #classFor(snapshot: Snapshot, pod: PodInfo): EquivalenceClass | undefined {
    this.#pods++;
    const { own, social, isSocial } = pod.signature;
    const key = isSocial || !snapshot.termKeys.isEmpty ? own + social : own;
    this.#dropStale(snapshot);
    const known = this.#classes.get(key);
    if (known?.class.follow(snapshot)) return this.#keep(key, known.class);
    if (!known && !this.#admits(key, snapshot)) return undefined;
    return this.#keep(key, new EquivalenceClass(this.#profile, snapshot, pod));
  }

  #keep(key: string, known: EquivalenceClass): EquivalenceClass {
    this.#classes.delete(key);
    this.#classes.set(key, { class: known, usedAt: this.#pods });
    return known;
  }

  /** Whether a new kind of pod gets a class: when it comes again, and nobody in use has to go. */
  #admits(key: string, { nodes }: Snapshot): boolean {
    if (!this.#strangers.delete(key)) {
      this.#strangers.add(key);
      const [oldest] = this.#strangers;
      if (this.#strangers.size > STRANGERS_MAX) this.#strangers.delete(oldest!);
      return false;
    }
    const most = Math.min(CLASSES_MAX, 1 + CLASS_NODES_MAX / Math.max(1, nodes.size));
    if (this.#classes.size < most) return true;
    const [[idle, { usedAt }]] = this.#classes as unknown as [[string, Known]];
    // One that would be needed again sooner than it could be made again is in use.
    if (this.#pods - usedAt < 2 * most) return false;
    return this.#classes.delete(idle);
  }

  /** Drops classes that would be as much work to bring up to date as to make anew. */
  #dropStale({ nodes, generation }: Snapshot): void {
    const staleBefore = generation - Math.max(STALE_MIN, nodes.size);
    for (const [key, known] of this.#classes) {
      if (known.class.generation >= staleBefore) return;
      this.#classes.delete(key);
    }
  }
}

/** How many feasible nodes are enough to choose from: kube-scheduler's own rule. */
function sampleSize(nodeCount: number): number {
  const share = Math.max(SAMPLE_SHARE_MIN, 0.5 - nodeCount / 12_500);
  return Math.max(SAMPLE_MIN, Math.trunc(nodeCount * share));
}
