import type { PodDisruptionBudget } from '../api/generated/policy/v1/types.ts';
import { parseTime } from '../base/clock.ts';
import { type Random, randomInt } from '../base/random.ts';
import { splitByBudgets } from './disruption-budgets.ts';
import { ReasonCounts, unavailable } from './fit-message.ts';
import type { Profile } from './framework.ts';
import { Judge } from './judge.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';
import type { Examination } from './schedule.ts';
import type { Snapshot } from './snapshot.ts';
import { type Rejection, unresolvable } from './verdict.ts';

/** Which pods would have to go from which node for a pod to fit there. */
export interface Preemption {
  readonly type: 'preemption';
  readonly node: string;
  /** The most important first. Never empty. */
  readonly victims: readonly PodInfo[];
  /** How many of the victims no disruption budget allows to go. */
  readonly violations: number;
}

/** Nobody's going would help; the message is Kubernetes' own. */
export interface NoPreemption {
  readonly type: 'none';
  readonly message: string;
  /** A node promised to the pod before is of no use any more. */
  readonly forgetsPromise: boolean;
}

/** What the search depends on beside the cluster. */
export interface PreemptionInput {
  readonly budgets: readonly PodDisruptionBudget[];
  readonly random: Random;
}

const CANDIDATES_MIN = 100;
const CANDIDATES_SHARE = 0.1;
const NO_VICTIMS = unresolvable('No preemption victims found for incoming pod');
const NOT_HELPFUL = 'Preemption is not helpful for scheduling';

/**
 * Finds the node where the least harm makes room for a pod that fits nowhere: fewest violated
 * budgets, then least important victims, then fewest. Pure but for the place where it begins to
 * look, which it draws: in large clusters it stops when it has found enough candidates.
 */
export function findPreemption(
  profile: Profile,
  snapshot: Snapshot,
  pod: PodInfo,
  examination: Examination,
  { budgets, random }: PreemptionInput,
): Preemption | NoPreemption {
  const bar = ineligible(snapshot, pod, examination);
  if (bar) return { type: 'none', message: bar, forgetsPromise: false };
  const potential = examination.verdicts
    .filter(({ rejection }) => rejection.resolvable)
    .map(({ node }) => snapshot.nodes.get(node)!);
  const search = new Search(new Judge(profile, snapshot, pod), pod, budgets);
  const enough = Math.max(CANDIDATES_MIN, Math.trunc(potential.length * CANDIDATES_SHARE));
  const offset = potential.length > 0 ? randomInt(random, potential.length) : 0;
  for (let i = 0; i < potential.length; i++) {
    search.tryNode(potential[(offset + i) % potential.length]!);
    if (search.isGentle && search.candidates.length >= enough) break;
  }
  const best = leastHarm(search.candidates);
  if (best) return best;
  search.reasons.add(NOT_HELPFUL, examination.nodeCount - potential.length);
  const message = unavailable(examination.nodeCount, search.reasons.toString());
  return { type: 'none', message, forgetsPromise: true };
}

/** Why a pod may not preempt at all now, if so. */
function ineligible(
  { nodes }: Snapshot,
  { pod, priority, nominatedNode }: PodInfo,
  { verdicts }: Examination,
): string | undefined {
  if (pod.spec.preemptionPolicy === 'Never') {
    return 'not eligible due to preemptionPolicy=Never.';
  }
  if (nominatedNode === undefined) return undefined;
  const onNode = verdicts.find(({ node }) => node === nominatedNode);
  if (onNode && !onNode.rejection.resolvable) return undefined;
  const pods = nodes.get(nominatedNode)?.load.pods ?? [];
  const isLeaving = pods.some((each) => each.priority < priority && isPreempted(each));
  return isLeaving ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

const isPreempted = ({ isTerminating, pod }: PodInfo): boolean =>
  isTerminating &&
  (pod.status?.conditions?.some(
    ({ type, status, reason }) =>
      type === 'DisruptionTarget' && status === 'True' && reason === 'PreemptionByScheduler',
  ) ??
    false);

class Search {
  readonly candidates: Preemption[] = [];
  readonly reasons = new ReasonCounts();
  /** Whether a candidate violates no budget. */
  isGentle = false;
  readonly #judge: Judge;
  readonly #pod: PodInfo;
  readonly #budgets: readonly PodDisruptionBudget[];

  constructor(judge: Judge, pod: PodInfo, budgets: readonly PodDisruptionBudget[]) {
    this.#judge = judge;
    this.#pod = pod;
    this.#budgets = budgets;
  }

  tryNode(node: NodeInfo): void {
    const found = this.#victimsOn(node);
    if ('reasons' in found) return this.reasons.addAll(found);
    this.candidates.push(found);
    if (found.violations === 0) this.isGentle = true;
  }

  /** The fewest and least important pods whose going makes room, or why none does. */
  #victimsOn(node: NodeInfo): Preemption | Rejection {
    const { priority } = this.#pod;
    if (node.load.lowestPriority >= priority) return NO_VICTIMS;
    const trial = new Trial(this.#judge, this.#pod, node);
    const lesser = node.load.pods.filter((each) => each.priority < priority);
    for (const pod of lesser) trial.remove(pod);
    const rejection = trial.rejection();
    if (rejection) {
      trial.end();
      return rejection;
    }
    const { violating, others } = splitByBudgets(lesser.sort(byImportance), this.#budgets);
    const mustGo = (pod: PodInfo) => !trial.keeps(pod);
    const violated = violating.filter(mustGo);
    const victims = [...violated, ...others.filter(mustGo)];
    trial.end();
    return {
      type: 'preemption',
      node: node.name,
      victims: victims.sort(byImportance),
      violations: violated.length,
    };
  }
}

/** A node from which pods are taken for a trial; the judge's counts follow. */
class Trial {
  readonly #judge: Judge;
  readonly #pod: PodInfo;
  readonly #before: NodeInfo;
  #node: NodeInfo;

  constructor(judge: Judge, pod: PodInfo, node: NodeInfo) {
    this.#judge = judge;
    this.#pod = pod;
    this.#before = node;
    this.#node = node;
  }

  remove({ uid }: PodInfo): void {
    this.#become(this.#node.withoutPod(uid));
  }

  rejection(): Rejection | undefined {
    return this.#judge.verdict(this.#node, this.#pod)?.rejection;
  }

  /** Puts a pod back, and answers whether it can stay; it is taken away again if not. */
  keeps(pod: PodInfo): boolean {
    this.#become(this.#node.withPod(pod));
    if (!this.rejection()) return true;
    this.remove(pod);
    return false;
  }

  end(): void {
    this.#become(this.#before);
  }

  #become(node: NodeInfo): void {
    this.#judge.outlook.replace(this.#node, node);
    this.#node = node;
  }
}

/** Milliseconds since the epoch; what hasn't started yet is the youngest. */
const startOf = ({ pod }: PodInfo): number =>
  parseTime(pod.status?.startTime) ?? Number.POSITIVE_INFINITY;

/** By priority, then who has run longest. */
function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const [startA, startB] = [startOf(a), startOf(b)];
  return startA === startB ? 0 : startA - startB;
}

/** Priorities may be negative: with this added, more victims are always more harm. */
const PRIORITY_SHIFT = 2 ** 31;

/** What a preemption costs, the worst first. */
function harmOf({ victims, violations }: Preemption): readonly number[] {
  const highest = victims[0]!.priority;
  const sum = victims.reduce((total, { priority }) => total + priority + PRIORITY_SHIFT, 0);
  const eldest = victims
    .filter(({ priority }) => priority === highest)
    .reduce((start, victim) => Math.min(start, startOf(victim)), Number.POSITIVE_INFINITY);
  return [violations, highest, sum, victims.length, -eldest];
}

function leastHarm(candidates: readonly Preemption[]): Preemption | undefined {
  let best: Preemption | undefined;
  let least: readonly number[] = [];
  for (const candidate of candidates) {
    const harm = harmOf(candidate);
    const at = harm.findIndex((cost, i) => cost !== least[i]);
    if (best !== undefined && (at < 0 || harm[at]! > least[at]!)) continue;
    [best, least] = [candidate, harm];
  }
  return best;
}
