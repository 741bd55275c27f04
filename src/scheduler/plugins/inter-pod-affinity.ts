import { type AffinityTerm, matchesAffinityTerm } from '../affinity-terms.ts';
import {
  type Count,
  type Place,
  SCORE_MAX,
  type Surroundings,
  type SurroundingsPlugin,
} from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Tally } from '../tally.ts';
import { topologyOf } from '../topology.ts';
import { FEASIBLE, unresolvable, unschedulable, type Verdict } from '../verdict.ts';

/** What a running pod's required affinity to a new pod adds to the score of its domain. */
const REQUIRED_WEIGHT = 1;

/**
 * Keeps pods near to, and away from, each other: by what the pod asks of those that run, and by
 * what those that run ask of it.
 */
export const interPodAffinity: SurroundingsPlugin = {
  name: 'InterPodAffinity',
  weight: 2,
  retryOn: [
    'Node/Add',
    'Node/UpdateLabels',
    'AssignedPod/Add',
    'AssignedPod/UpdateLabels',
    'AssignedPod/Delete',
    'Namespace/UpdateLabels',
  ],
  look(pod, snapshot) {
    if (!pod.hasAffinity && snapshot.termKeys.isEmpty) return undefined;
    const rules = new Rules(pod, snapshot);
    const { required, anti, existingAnti, scored } = rules;
    const counts = [...required, ...anti, ...existingAnti, ...scored];
    if (counts.length === 0) return undefined;
    const isJudged = counts.length > scored.length;
    return {
      counts,
      readsNamespaces: true,
      ...(isJudged && { judge: (place, tallies) => rules.judge(place, tallies) }),
      ...(scored.length > 0 && { rate: affinityRate(counts.length - scored.length) }),
    } satisfies Surroundings;
  },
};

class Rules {
  readonly #pod: PodInfo;
  readonly #namespaces: Snapshot['namespaces'];
  readonly #hasRegularHostnames: boolean;
  /** By own required term: pods that match all of these terms. */
  readonly required: readonly Count[];
  /** By own anti-affinity term: pods that match it. */
  readonly anti: readonly Count[];
  /** By topology: running pods' anti-affinity terms that match the pod. */
  readonly existingAnti: readonly Count[];
  /** By topology: the weights of everybody's preferences. */
  readonly scored: readonly Count[];

  constructor(pod: PodInfo, snapshot: Snapshot) {
    this.#pod = pod;
    // Not the snapshot itself: rules live longer, and would keep all nodes of the past.
    this.#namespaces = snapshot.namespaces;
    this.#hasRegularHostnames = snapshot.hasRegularHostnames;
    const { required, requiredAnti, preferred, preferredAnti } = pod.terms;
    const { termKeys } = snapshot;
    this.required = required.map(({ topologyKey }) =>
      this.#count(topologyKey, ({ load }) =>
        countIf(load.pods, (each) => this.#matchesAll(required, each)),
      ),
    );
    this.anti = requiredAnti.map((term) =>
      this.#count(term.topologyKey, ({ load }) =>
        countIf(load.pods, (each) => this.#matches(term, each)),
      ),
    );
    this.existingAnti = termKeys.anti.map((key) =>
      this.#count(key, (node) => this.#objections(node, key)),
    );
    const own = [...preferred, ...preferredAnti].map(({ topologyKey }) => topologyKey);
    this.scored = [...new Set([...own, ...termKeys.score])].map((key) =>
      this.#count(key, (node) => this.#preference(node, key)),
    );
  }

  judge({ at }: Place, tallies: readonly Tally[]): Verdict {
    const { required, anti, existingAnti } = this;
    if (!this.#isNearEnough(at, tallies)) {
      return unresolvable("node(s) didn't match pod affinity rules");
    }
    const firstOfOthers = required.length + anti.length;
    for (let i = required.length; i < firstOfOthers; i++) {
      if (at[i]! > 0) return unschedulable("node(s) didn't match pod anti-affinity rules");
    }
    for (let i = firstOfOthers; i < firstOfOthers + existingAnti.length; i++) {
      if (at[i]! > 0) {
        return unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");
      }
    }
    return FEASIBLE;
  }

  #isNearEnough(at: Place['at'], tallies: readonly Tally[]): boolean {
    const { length } = this.required;
    let isNear = true;
    for (let i = 0; i < length; i++) {
      const count = at[i];
      if (count === undefined) return false;
      if (count === 0) isNear = false;
    }
    if (isNear) return true;
    // The first of pods that want to be near each other has nobody to be near to.
    for (let i = 0; i < length; i++) if (tallies[i]!.total > 0) return false;
    return this.#matchesAll(this.#pod.terms.required, this.#pod);
  }

  #count(key: string, of: Count['of']): Count {
    return { topologyKey: topologyOf(key, this.#hasRegularHostnames), of };
  }

  #matches(term: AffinityTerm, pod: PodInfo): boolean {
    return matchesAffinityTerm(term, pod, (namespace) => this.#namespaces.get(namespace));
  }

  #matchesAll(terms: readonly AffinityTerm[], pod: PodInfo): boolean {
    return terms.every((term) => this.#matches(term, pod));
  }

  #objections({ load }: NodeInfo, key: string): number {
    let count = 0;
    for (const { terms } of load.affinityPods) count += this.#weigh(terms.requiredAnti, key, 1);
    return count;
  }

  #preference({ load }: NodeInfo, key: string): number {
    const { preferred, preferredAnti } = this.#pod.terms;
    let sum = 0;
    if (preferred.length + preferredAnti.length > 0) {
      for (const pod of load.pods) {
        for (const term of preferred) sum += this.#weight(term, key, pod);
        for (const term of preferredAnti) sum -= this.#weight(term, key, pod);
      }
    }
    for (const { terms } of load.affinityPods) {
      sum += this.#weigh(terms.required, key, REQUIRED_WEIGHT);
      sum += this.#weigh(terms.preferred, key) - this.#weigh(terms.preferredAnti, key);
    }
    return sum;
  }

  /** The weights of a running pod's terms that speak of this pod. */
  #weigh(terms: readonly AffinityTerm[], key: string, each?: number): number {
    let sum = 0;
    for (const term of terms) {
      if (this.#weight(term, key, this.#pod) > 0) sum += each ?? term.weight;
    }
    return sum;
  }

  #weight(term: AffinityTerm, key: string, pod: PodInfo): number {
    return term.topologyKey === key && this.#matches(term, pod) ? term.weight || 1 : 0;
  }
}

function countIf(pods: readonly PodInfo[], matches: (pod: PodInfo) => boolean): number {
  let count = 0;
  for (const pod of pods) if (matches(pod)) count++;
  return count;
}

function affinityRate(first: number): NonNullable<Surroundings['rate']> {
  return (places) => {
    const sums = places.map(({ at }) => {
      let sum = 0;
      for (let i = first; i < at.length; i++) sum += at[i] ?? 0;
      return sum;
    });
    const least = sums.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const most = sums.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return sums.map((sum) =>
      most === least ? 0 : Math.trunc(SCORE_MAX * ((sum - least) / (most - least))),
    );
  };
}
