import { candidates } from './candidates.ts';
import { type Change, helps } from './change.ts';
import type { Scenario } from './scenario.ts';

/** Changes that were made on a copy of the cluster, where the scheduler then found a node. */
export interface TriedChanges {
  /** One, or two that only help together. */
  readonly changes: readonly Change[];
  readonly weight: number;
}

const ADVICE_MAX = 3;
/** So many looks at nodes are worth it: about a second. */
const LOOKS_MAX = 500_000;

/**
 * The smallest changes that let the scheduler find a node for the pod, the smallest first: one
 * change where one is enough, otherwise two. Each was tried. Empty when two are not enough.
 */
export function advise(scenario: Scenario): TriedChanges[] {
  const singles = candidates(scenario);
  const effort = new Effort(scenario);
  const found = singles
    .filter((change) => effort.allows(change) && helps(change, scenario))
    .map((change) => ({ changes: [change], weight: change.weight }));
  const all = found.length > 0 ? found : pairs(scenario, singles, effort);
  return eachOnce(all).slice(0, ADVICE_MAX);
}

/** Two pods of one Deployment may make room each: what there is to do is the same. */
function eachOnce(all: readonly TriedChanges[]): TriedChanges[] {
  const byDeed = new Map<string, TriedChanges>();
  for (const each of all) {
    const deeds = each.changes.map(({ commands, key }) => commands.join('\n') || key);
    const deed = deeds.sort().join('\n');
    if (!byDeed.has(deed)) byDeed.set(deed, each);
  }
  return [...byDeed.values()];
}

/** After the first change the scheduler says what is still in the way: the second is for that. */
function pairs(scenario: Scenario, singles: readonly Change[], effort: Effort): TriedChanges[] {
  const found = new Map<string, TriedChanges>();
  for (const first of singles) {
    if (!effort.allows()) return sorted(found);
    const after = first.apply(scenario);
    for (const second of candidates(after)) {
      const key = [first.key, second.key].sort().join('\n');
      if (second.key === first.key || found.has(key)) continue;
      if (!effort.allows(second)) return sorted(found);
      if (!helps(second, after)) continue;
      found.set(key, { changes: [first, second], weight: first.weight + second.weight });
    }
  }
  return sorted(found);
}

const sorted = (found: ReadonlyMap<string, TriedChanges>): TriedChanges[] =>
  [...found.values()].sort((a, b) => a.weight - b.weight);

/** Keeps the search within bounds on large clusters. */
class Effort {
  readonly #nodeCount: number;
  #left = LOOKS_MAX;

  constructor({ snapshot }: Scenario) {
    this.#nodeCount = Math.max(1, snapshot.nodes.size);
  }

  /** Whether there is time left to try a change, or to look at all nodes anew. */
  allows(change?: Change): boolean {
    this.#left -= change?.node === undefined ? this.#nodeCount : 1;
    return this.#left >= 0;
  }
}
