import { EACH_NODE, type Profile } from './framework.ts';
import { GroupIndex, type Trait } from './group-index.ts';
import { isPromised, Judge } from './judge.ts';
import { HeapSpace, NodeHeap } from './node-heap.ts';
import type { NodeInfo } from './node-info.ts';
import { type OpenPlace, openPlace, type View } from './outlook.ts';
import type { PodInfo } from './pod-info.ts';
import { type Examination, examineNodes } from './schedule.ts';
import type { Snapshot } from './snapshot.ts';

/** Scores go above the 32 bits of the rank, so that one number orders nodes. */
const RANKS = 2 ** 32;
const keyOf = (score: number, { rank }: NodeInfo): number => score * RANKS + rank;

/** Feasible nodes that all plugins that compare nodes can't tell apart. */
class Group {
  readonly traits: readonly Trait[];
  readonly heap: NodeHeap;
  /** By view of the outlook. */
  readonly places: readonly OpenPlace[];

  constructor(traits: readonly Trait[], heap: NodeHeap, places: readonly OpenPlace[]) {
    this.traits = traits;
    this.heap = heap;
    this.places = places;
  }
}

/** A node, or the best of a group, that could take the pod. */
interface Candidate {
  readonly slot: number;
  readonly key: number;
  readonly places: readonly OpenPlace[];
}

/**
 * What is known of all nodes for pods of one signature, kept between pods. When the cluster has
 * changed, only the nodes that did are judged again; the rest stand in their groups, best first.
 * Choosing then looks at one node per group, and there is one group in a plain cluster, and a few
 * per zone when pods are to be spread.
 */
export class EquivalenceClass {
  readonly judge: Judge;
  #snapshot: Snapshot;
  readonly #views: readonly View[];
  /** Those that have nodes. */
  readonly #groups = new Set<Group>();
  readonly #byTraits = new GroupIndex<Group>();
  readonly #traits: Trait[] = []; // Of the node that is being put, to make no garbage.
  readonly #groupOf: (Group | undefined)[] = [];
  readonly #space: HeapSpace;
  /** Slots of nodes that are promised to others, whom these pods can't push aside. */
  readonly #promised = new Set<number>();
  #examination: Examination | undefined;

  constructor(profile: Profile, snapshot: Snapshot, pod: PodInfo) {
    this.judge = new Judge(profile, snapshot, pod);
    this.#snapshot = snapshot;
    this.#views = this.judge.outlook.views;
    this.judge.outlook.count();
    this.#space = new HeapSpace(snapshot.nodes.slotCount);
    snapshot.nodes.forEach((node, slot) => {
      this.#put(slot, node);
    });
  }

  /** How far it has followed the cluster. */
  get generation(): number {
    return this.#snapshot.generation;
  }

  /** Follows the cluster. False when it has become another one, and a new class is needed. */
  follow(snapshot: Snapshot): boolean {
    const before = this.#snapshot;
    if (snapshot === before) return true;
    if (!isComparable(before, snapshot, this.judge.outlook.readsNamespaces)) return false;
    this.#snapshot = snapshot;
    this.#examination = undefined;
    this.judge.follow(snapshot);
    return snapshot.nodes.diff(before.nodes, (slot, old, now) => {
      this.judge.outlook.replace(old, now);
      this.#take(slot);
      if (now) this.#put(slot, now);
    });
  }

  /** The best node for a pod of this class, if any is feasible. */
  best(pod: PodInfo): NodeInfo | undefined {
    const candidates = [...this.#fromGroups(), ...this.#fromPromised(pod)];
    if (candidates.length === 0) return undefined;
    const best = candidates.length === 1 ? candidates[0]! : this.#rated(candidates);
    return this.#snapshot.nodes.at(best.slot);
  }

  /** Why no node is feasible. Worked out once for all pods that meet the same cluster. */
  examine(pod: PodInfo): Examination {
    if (this.#examination && this.#promised.size === 0) return this.#examination;
    this.#examination = examineNodes(this.judge, this.#snapshot, { isRefused: false }, pod);
    return this.#examination;
  }

  #put(slot: number, node: NodeInfo): void {
    if (isPromised(node, this.judge.pod)) {
      this.#promised.add(slot);
    } else if (!this.judge.localVerdict(node)) {
      this.#space.fit(slot);
      this.#space.keys[slot] = keyOf(this.judge.localScore(node), node);
      const group = this.#groupFor(node);
      this.#groupOf[slot] = group;
      group.heap.add(slot);
    }
  }

  #take(slot: number): void {
    this.#promised.delete(slot);
    const group = this.#groupOf[slot];
    if (!group) return;
    this.#groupOf[slot] = undefined;
    group.heap.remove(slot);
    if (group.heap.size > 0) return;
    this.#groups.delete(group);
    this.#byTraits.set(group.traits, undefined);
  }

  #groupFor(node: NodeInfo): Group {
    const traits = this.#traits;
    let t = 0;
    for (const { surroundings } of this.#views) {
      for (const { topologyKey, of } of surroundings.counts) {
        traits[t++] = topologyKey === EACH_NODE ? (of(node) ?? 0) : node.facts.labels[topologyKey];
      }
    }
    return this.#byTraits.get(traits) ?? this.#newGroup([...traits], node);
  }

  #newGroup(traits: readonly Trait[], node: NodeInfo): Group {
    const group = new Group(traits, new NodeHeap(this.#space), this.#describe(node, 0));
    this.#groups.add(group);
    this.#byTraits.set(traits, group);
    return group;
  }

  #describe(node: NodeInfo, nodes: number): OpenPlace[] {
    return this.#views.map((view) => {
      const place = openPlace(nodes);
      view.describe(node, place);
      return place;
    });
  }

  #fromGroups(): Candidate[] {
    const candidates: Candidate[] = [];
    for (const { heap, places } of this.#groups) {
      if (!this.#admits(places, heap.size)) continue;
      const slot = heap.top!;
      candidates.push({ slot, key: this.#space.keys[slot]!, places });
    }
    return candidates;
  }

  /** Brings a group's places up to date, and asks whether pods may go there. */
  #admits(places: readonly OpenPlace[], nodes: number): boolean {
    for (let v = 0; v < places.length; v++) {
      const [view, place] = [this.#views[v]!, places[v]!];
      view.refresh(place);
      place.nodes = nodes;
      if (view.surroundings.judge?.(place, view.tallies)) return false;
    }
    return true;
  }

  #fromPromised(pod: PodInfo): Candidate[] {
    const candidates: Candidate[] = [];
    for (const slot of this.#promised) {
      const node = this.#snapshot.nodes.at(slot)!;
      if (this.judge.verdict(node, pod)) continue;
      const key = keyOf(this.judge.localScore(node), node);
      candidates.push({ slot, key, places: this.#describe(node, 1) });
    }
    return candidates;
  }

  #rated(candidates: readonly Candidate[]): Candidate {
    const totals = candidates.map(({ key }) => key);
    this.#views.forEach((view, v) => {
      const places = candidates.map((each) => each.places[v]!);
      const scores = view.surroundings.rate?.(places, view.tallies, this.#snapshot.nodes.size);
      scores?.forEach((score, i) => {
        totals[i]! += view.plugin.weight * score * RANKS;
      });
    });
    let best = 0;
    for (let i = 1; i < totals.length; i++) if (totals[i]! > totals[best]!) best = i;
    return candidates[best]!;
  }
}

/** Whether what was counted in one snapshot still means the same in another. */
const isComparable = (before: Snapshot, after: Snapshot, readsNamespaces: boolean): boolean =>
  before.termKeys.anti === after.termKeys.anti &&
  before.termKeys.score === after.termKeys.score &&
  before.hasRegularHostnames === after.hasRegularHostnames &&
  (!readsNamespaces || before.namespaces === after.namespaces);
