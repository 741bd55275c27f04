import type { PodInfo } from './pod-info.ts';

type Counts = ReadonlyMap<string, number>;

/**
 * Which topologies the affinity terms of running pods speak of. Only these have to be looked at
 * to know what running pods think of a new one, and in most clusters there are none. Immutable.
 */
export class TermKeys {
  static readonly none = new TermKeys(new Map(), new Map(), [], []);
  readonly #antiCounts: Counts;
  readonly #scoreCounts: Counts;
  /** Topologies of required anti-affinity. The list is another one only when its content is. */
  readonly anti: readonly string[];
  /** Topologies of all terms that add to scores. */
  readonly score: readonly string[];

  private constructor(
    antiCounts: Counts,
    scoreCounts: Counts,
    anti: readonly string[],
    score: readonly string[],
  ) {
    this.#antiCounts = antiCounts;
    this.#scoreCounts = scoreCounts;
    this.anti = anti;
    this.score = score;
  }

  get isEmpty(): boolean {
    return this.anti.length === 0 && this.score.length === 0;
  }

  /** With a pod's terms added, or with sign -1 taken away. */
  counting({ hasAffinity, terms }: PodInfo, sign: 1 | -1): TermKeys {
    if (!hasAffinity) return this;
    const antiKeys = terms.requiredAnti.map(({ topologyKey }) => topologyKey);
    const scoring = [...terms.required, ...terms.preferred, ...terms.preferredAnti];
    const scoreKeys = scoring.map(({ topologyKey }) => topologyKey);
    const antiCounts = counted(this.#antiCounts, antiKeys, sign);
    const scoreCounts = counted(this.#scoreCounts, scoreKeys, sign);
    return new TermKeys(
      antiCounts,
      scoreCounts,
      keysOf(antiCounts, this.anti),
      keysOf(scoreCounts, this.score),
    );
  }
}

function counted(counts: Counts, keys: readonly string[], sign: 1 | -1): Counts {
  if (keys.length === 0) return counts;
  const next = new Map(counts);
  for (const key of keys) {
    const count = (next.get(key) ?? 0) + sign;
    if (count > 0) next.set(key, count);
    else next.delete(key);
  }
  return next;
}

function keysOf(counts: Counts, before: readonly string[]): readonly string[] {
  const same = counts.size === before.length && before.every((key) => counts.has(key));
  return same ? before : [...counts.keys()].sort();
}
