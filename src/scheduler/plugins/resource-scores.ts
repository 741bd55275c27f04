import { SCORE_MAX, type ScorePlugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { amount } from '../resources.ts';

/** A resource that counts in scores, and how much. */
export interface WeighedResource {
  readonly name: string;
  readonly weight: number;
}

/** A point of a curve: at so many percent of use, so many of ten points. */
export interface UtilizationPoint {
  readonly utilization: number;
  readonly score: number;
}

/** How nodes are preferred by how full they would be. */
export type ScoringStrategy =
  | { readonly type: 'LeastAllocated'; readonly resources?: readonly WeighedResource[] }
  | { readonly type: 'MostAllocated'; readonly resources?: readonly WeighedResource[] }
  | {
      readonly type: 'RequestedToCapacityRatio';
      readonly resources?: readonly WeighedResource[];
      /** By rising utilization. */
      readonly shape: readonly UtilizationPoint[];
    };

const CPU_AND_MEMORY: readonly WeighedResource[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

/** Rates nodes by how full they would be with the pod: the score half of NodeResourcesFit. */
export function resourceScore(strategy: ScoringStrategy): ScorePlugin {
  const resources = strategy.resources ?? CPU_AND_MEMORY;
  const score =
    strategy.type === 'RequestedToCapacityRatio'
      ? ratioScore(resources, strategy.shape)
      : allocationScore(resources, strategy.type === 'LeastAllocated' ? leftOver : inUse);
  return { name: 'NodeResourcesFit', weight: 1, score };
}

const leftOver = (used: number, capacity: number): number =>
  used > capacity ? 0 : Math.trunc(((capacity - used) * SCORE_MAX) / capacity);

const inUse = (used: number, capacity: number): number =>
  Math.trunc((Math.min(used, capacity) * SCORE_MAX) / capacity);

/** What would be in use with the pod there; cpu and memory as scoring takes them to be. */
function usedWith({ scoring, requests }: PodInfo, { load }: NodeInfo, name: string): number {
  if (name === 'cpu' || name === 'memory')
    return amount(load.scoring, name) + amount(scoring, name);
  return amount(load.requested, name) + amount(requests, name);
}

/** The weighed mean over the resources that the node has. */
function allocationScore(
  resources: readonly WeighedResource[],
  rate: (used: number, capacity: number) => number,
): ScorePlugin['score'] {
  return (pod, node) => {
    let [sum, weights] = [0, 0];
    for (const { name, weight } of resources) {
      const capacity = amount(node.facts.allocatable, name);
      if (capacity === 0) continue;
      sum += weight * rate(usedWith(pod, node, name), capacity);
      weights += weight;
    }
    return weights === 0 ? 0 : Math.trunc(sum / weights);
  };
}

const POINTS_MAX = 10;

function ratioScore(
  resources: readonly WeighedResource[],
  shape: readonly UtilizationPoint[],
): ScorePlugin['score'] {
  const scaled = shape.map(({ utilization, score }) => ({
    utilization,
    score: (score * SCORE_MAX) / POINTS_MAX,
  }));
  return (pod, node) => {
    let [sum, weights] = [0, 0];
    for (const { name, weight } of resources) {
      const capacity = amount(node.facts.allocatable, name);
      if (capacity === 0) continue;
      const used = usedWith(pod, node, name);
      const percent = used > capacity ? 100 : Math.trunc((used * 100) / capacity);
      const score = onCurve(scaled, percent);
      if (score <= 0) continue;
      sum += weight * score;
      weights += weight;
    }
    return weights === 0 ? 0 : Math.round(sum / weights);
  };
}

/** The height of a curve of straight lines; flat before its first point and after its last. */
function onCurve(points: readonly UtilizationPoint[], at: number): number {
  const next = points.findIndex(({ utilization }) => at <= utilization);
  if (next < 0) return points.at(-1)?.score ?? 0;
  const [from, to] = [points[next - 1], points[next]!];
  if (!from) return to.score;
  const rise = (to.score - from.score) * (at - from.utilization);
  return from.score + Math.trunc(rise / (to.utilization - from.utilization));
}

/** Prefers nodes on which cpu and memory would be used to about the same share. */
export const balancedAllocation: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  // Pods that ask for nothing change no balance, and would all land on one node.
  concerns: ({ requests }) => requests.cpuMilli > 0 || requests.memoryBytes > 0,
  score({ requests }, { facts: { allocatable }, load: { requested } }) {
    if (allocatable.cpuMilli === 0 || allocatable.memoryBytes === 0) return SCORE_MAX;
    const cpu = (requested.cpuMilli + requests.cpuMilli) / allocatable.cpuMilli;
    const memory = (requested.memoryBytes + requests.memoryBytes) / allocatable.memoryBytes;
    const deviation = Math.abs(Math.min(cpu, 1) - Math.min(memory, 1)) / 2;
    return Math.trunc((1 - deviation) * SCORE_MAX);
  },
};
