import { matchesRequiredNodeAffinity } from '../../api/core-v1/node-selector.ts';
import { untolerated } from '../../api/core-v1/tolerations.ts';
import type { TopologySpreadConstraint } from '../../api/generated/core/v1/types.ts';
import { selectorWithKeys } from '../affinity-terms.ts';
import {
  type Count,
  EACH_NODE,
  type Place,
  SCORE_MAX,
  type Surroundings,
  type SurroundingsPlugin,
} from '../framework.ts';
import { HOSTNAME_LABEL, type NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Tally } from '../tally.ts';
import { topologyOf } from '../topology.ts';
import { FEASIBLE, unresolvable, unschedulable, type Verdict } from '../verdict.ts';

const MISMATCH = "node(s) didn't match pod topology spread constraints";

/** Keeps a pod's like evenly spread over the domains of topologies (KEP-895). */
export const podTopologySpread: SurroundingsPlugin = {
  name: 'PodTopologySpread',
  weight: 2,
  retryOn: [
    'Node/Add',
    'Node/Delete',
    'Node/UpdateLabels',
    'Node/UpdateTaints',
    'AssignedPod/Add',
    'AssignedPod/UpdateLabels',
    'AssignedPod/Delete',
  ],
  helps: ({ namespace }, { pod }) => pod === undefined || pod.namespace === namespace,
  look(pod, snapshot) {
    const own = pod.pod.spec.topologySpreadConstraints;
    const { hasRegularHostnames } = snapshot;
    if (!own?.length) return pod.replicaOf ? replicaSpread(pod, snapshot) : undefined;
    const hard = own.filter((each) => each.whenUnsatisfiable === 'DoNotSchedule');
    const soft = own.filter((each) => each.whenUnsatisfiable === 'ScheduleAnyway');
    return {
      counts: [
        ...countsFor(hard, pod, hasRegularHostnames),
        ...countsFor(soft, pod, hasRegularHostnames),
      ],
      ...(hard.length > 0 && { judge: skewJudge(hard, pod) }),
      ...(soft.length > 0 && { rate: spreadRate(hard.length, soft, true) }),
    };
  },
};

function countsFor(
  constraints: readonly TopologySpreadConstraint[],
  pod: PodInfo,
  hasRegularHostnames: boolean,
): Count[] {
  return constraints.map((constraint) => {
    const selector = selectorWithKeys(constraint, pod.labels);
    const isAlike = ({ labels }: PodInfo) => selector.matches(labels);
    return {
      topologyKey: topologyOf(constraint.topologyKey, hasRegularHostnames),
      isRanked: constraint.whenUnsatisfiable === 'DoNotSchedule',
      of(node) {
        const { labels } = node.facts;
        const isWhole = constraints.every(({ topologyKey }) => labels[topologyKey] !== undefined);
        if (!isWhole || !isIncluded(constraint, pod, node)) return undefined;
        return countPods(node, pod.namespace, isAlike);
      },
    };
  });
}

/** Whether a node counts at all: by default when the pod's node affinity allows it (KEP-3094). */
function isIncluded(
  { nodeAffinityPolicy, nodeTaintsPolicy }: Partial<TopologySpreadConstraint>,
  { pod, tolerations }: PodInfo,
  { facts }: NodeInfo,
): boolean {
  if (nodeAffinityPolicy !== 'Ignore' && !matchesRequiredNodeAffinity(pod, facts.node)) {
    return false;
  }
  return nodeTaintsPolicy !== 'Honor' || untolerated(facts.hardTaints, tolerations) === undefined;
}

function countPods(
  { load }: NodeInfo,
  namespace: string,
  isAlike: (pod: PodInfo) => boolean,
): number {
  let count = 0;
  for (const pod of load.pods) {
    if (pod.namespace === namespace && !pod.isTerminating && isAlike(pod)) count++;
  }
  return count;
}

function skewJudge(constraints: readonly TopologySpreadConstraint[], pod: PodInfo) {
  const own = constraints.map((each) =>
    selectorWithKeys(each, pod.labels).matches(pod.labels) ? 1 : 0,
  );
  return ({ at }: Place, tallies: readonly Tally[]): Verdict => {
    for (let i = 0; i < constraints.length; i++) {
      const { topologyKey, maxSkew, minDomains = 1 } = constraints[i]!;
      const [count, tally] = [at[i], tallies[i]!];
      if (count === undefined) {
        return unresolvable(`${MISMATCH} (missing required label)`, { topologyKey });
      }
      const least = tally.size < minDomains ? 0 : tally.min;
      const skew = count + own[i]! - least;
      if (skew > maxSkew) return unschedulable(MISMATCH, { topologyKey, skew, maxSkew });
    }
    return FEASIBLE;
  };
}

function siblings(
  topologyKey: Count['topologyKey'],
  pod: PodInfo,
  where: readonly string[],
): Count {
  return {
    topologyKey,
    isSummed: topologyKey !== EACH_NODE,
    where,
    of: (node) => (isIncluded({}, pod, node) ? countSiblings(node, pod) : undefined),
  };
}

function countSiblings({ load }: NodeInfo, { replicaOf }: PodInfo): number {
  let count = 0;
  for (const pod of load.pods) if (pod.replicaOf === replicaOf && !pod.isTerminating) count++;
  return count;
}

/** Where replicas go when nobody said: over nodes, and a little less strictly over zones. */
const REPLICA_CONSTRAINTS = [
  { topologyKey: HOSTNAME_LABEL, maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
];

function replicaSpread(pod: PodInfo, { replicas, hasRegularHostnames }: Snapshot): Surroundings {
  const where = replicas.nodesOf(pod);
  return {
    counts: REPLICA_CONSTRAINTS.map(({ topologyKey }) =>
      siblings(topologyOf(topologyKey, hasRegularHostnames), pod, where),
    ),
    rate: spreadRate(0, REPLICA_CONSTRAINTS, false),
  };
}

/**
 * Rates places by how few of the pod's like are in their domains. Topologies with more domains
 * count more, or hosts would drown in zones. `isStrict`: places that lack a label are worst.
 */
function spreadRate(
  first: number,
  constraints: readonly Pick<TopologySpreadConstraint, 'maxSkew'>[],
  isStrict: boolean,
): NonNullable<Surroundings['rate']> {
  return (places) => {
    const indexes = constraints.map((_, i) => first + i);
    const isIgnored = ({ at }: Place) => isStrict && indexes.some((i) => at[i] === undefined);
    const rated = places.filter((place) => !isIgnored(place));
    const factors = indexes.map((i) => Math.log(domainCount(rated, i) + 2));
    const costOf = ({ at }: Place): number => {
      let cost = 0;
      for (let c = 0; c < constraints.length; c++) {
        const count = at[first + c];
        if (count !== undefined) cost += count * factors[c]! + constraints[c]!.maxSkew - 1;
      }
      return Math.round(cost);
    };
    const costs = rated.map(costOf);
    const least = costs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const most = costs.reduce((a, b) => Math.max(a, b), 0);
    const scoreOf = (cost: number) =>
      most === 0 ? SCORE_MAX : Math.trunc((SCORE_MAX * (most + least - cost)) / most);
    let next = 0;
    return places.map((place) => (isIgnored(place) ? 0 : scoreOf(costs[next++]!)));
  };
}

/** How many domains of a topology the places are in. */
function domainCount(places: readonly Place[], i: number): number {
  const named = new Set<string>();
  let lone = 0;
  for (const { at, domains, nodes } of places) {
    const domain = domains[i];
    if (domain !== undefined) named.add(domain);
    else if (at[i] !== undefined) lone += nodes;
  }
  return named.size + lone;
}
