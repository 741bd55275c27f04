import type { Profile } from './framework.ts';
import { Judge } from './judge.ts';
import type { NodeInfo } from './node-info.ts';
import { openPlace, type PluginRejection, type View } from './outlook.ts';
import type { PodInfo } from './pod-info.ts';
import type { Snapshot } from './snapshot.ts';
import { type Rejection, unresolvable } from './verdict.ts';

/** Why a pod can't run on one node. */
export interface NodeVerdict extends PluginRejection {
  readonly node: string;
}

/** What a look at all nodes gave. */
export interface Examination {
  readonly nodeCount: number;
  readonly feasible: readonly NodeInfo[];
  /** Of nodes that were looked at and aren't feasible. */
  readonly verdicts: readonly NodeVerdict[];
  /** The verdict on all nodes that weren't looked at, because no look was needed. */
  readonly rest?: PluginRejection;
  /** The pod was refused before any node was looked at. */
  readonly isRefused: boolean;
}

/** The node on which a pod is to run, or why there is none. */
export type Outcome =
  | { readonly type: 'placed'; readonly node: NodeInfo }
  | ({ readonly type: 'unplaced' } & Examination);

/**
 * Decides where a pod is to run. Pure: the same pod, snapshot and plugins give the same outcome.
 * This is the whole of what scheduling means; `EquivalenceCache` gives the same answers faster.
 * With `enough` feasible nodes found it looks no further, beginning at another node each time.
 */
export function schedule(
  profile: Profile,
  snapshot: Snapshot,
  pod: PodInfo,
  enough = Number.POSITIVE_INFINITY,
): Outcome {
  const worth = prefilter(profile, snapshot, pod);
  if (worth.isRefused) return { type: 'unplaced', ...refusal(snapshot, worth) };
  const judge = new Judge(profile, snapshot, pod);
  const promised = promisedNode(judge, snapshot, pod);
  if (promised && (worth.only?.has(promised.name) ?? true)) return placed(promised);
  const examination = examineNodes(judge, snapshot, { ...worth, enough });
  if (examination.feasible.length === 0) return { type: 'unplaced', ...examination };
  return placed(choose(judge, snapshot, examination.feasible));
}

/** Asks every plugin about every node, and says what each node lacks. */
export function examine(profile: Profile, snapshot: Snapshot, pod: PodInfo): Examination {
  const worth = prefilter(profile, snapshot, pod);
  if (worth.isRefused) return refusal(snapshot, worth);
  return examineNodes(new Judge(profile, snapshot, pod), snapshot, worth);
}

const placed = (node: NodeInfo): Outcome => ({ type: 'placed', node });

/** Which nodes are worth a look, before looking at any. */
export interface Worth {
  /** The only ones; all when not set. */
  readonly only?: ReadonlySet<string>;
  /** The verdict on all others. */
  readonly rest?: PluginRejection;
  readonly isRefused: boolean;
  /** How many feasible nodes are enough; all when not set. */
  readonly enough?: number;
}

/** Asks the plugins that look at a pod before any node. */
export function prefilter(profile: Profile, snapshot: Snapshot, pod: PodInfo): Worth {
  let only: ReadonlySet<string> | undefined;
  const plugins: string[] = [];
  for (const plugin of profile.prefilters) {
    const answer = plugin.prefilter(pod, snapshot);
    if (answer === undefined) continue;
    if (isRejection(answer)) {
      return { rest: { plugin: plugin.name, rejection: answer }, isRefused: true };
    }
    only = only ? only.intersection(answer) : answer;
    plugins.push(plugin.name);
  }
  return only ? { only, rest: outside(plugins), isRefused: false } : { isRefused: false };
}

const isRejection = (answer: Rejection | ReadonlySet<string>): answer is Rejection =>
  'reasons' in answer;

const outside = (plugins: readonly string[]): PluginRejection => ({
  plugin: plugins[0]!,
  rejection: unresolvable(`node(s) didn't satisfy plugin(s) [${plugins.toSorted().join(' ')}]`),
});

const refusal = ({ nodes }: Snapshot, { rest }: Worth): Examination => ({
  nodeCount: nodes.size,
  feasible: [],
  verdicts: [],
  ...(rest && { rest }),
  isRefused: true,
});

/** The node that was promised to the pod when it preempted others, if it fits there now. */
export function promisedNode(
  judge: Judge,
  { nodes }: Snapshot,
  pod: PodInfo,
): NodeInfo | undefined {
  const node = pod.nominatedNode === undefined ? undefined : nodes.get(pod.nominatedNode);
  return node && !judge.verdict(node, pod) ? node : undefined;
}

/** Judges all nodes that are worth a look, for a pod that the judge is for. */
export function examineNodes(
  judge: Judge,
  { nodes, generation }: Snapshot,
  { only, rest, enough = Number.POSITIVE_INFINITY }: Worth,
  pod: PodInfo = judge.pod,
): Examination {
  const feasible: NodeInfo[] = [];
  const verdicts: NodeVerdict[] = [];
  const look = (node: NodeInfo) => {
    const verdict = judge.verdict(node, pod);
    if (verdict) verdicts.push({ node: node.name, ...verdict });
    else feasible.push(node);
  };
  if (!only) {
    const { slotCount } = nodes;
    // Who stops early must not always begin with the same nodes.
    const first = enough < nodes.size ? (Math.imul(generation, 0x9e3779b1) >>> 0) % slotCount : 0;
    for (let i = 0; i < slotCount && feasible.length < enough; i++) {
      const node = nodes.at((first + i) % slotCount);
      if (node) look(node);
    }
  }
  for (const name of only ?? []) {
    const node = nodes.get(name);
    if (node) look(node);
  }
  return { nodeCount: nodes.size, feasible, verdicts, ...(rest && { rest }), isRefused: false };
}

/** The best of the feasible nodes; of equals, the one with the highest rank. */
function choose(judge: Judge, snapshot: Snapshot, feasible: readonly NodeInfo[]): NodeInfo {
  if (feasible.length === 1) return feasible[0]!;
  const totals = feasible.map((node) => judge.localScore(node));
  judge.outlook.count();
  for (const view of judge.outlook.rating) {
    const { weight } = view.plugin;
    rate(view, feasible, snapshot.nodes.size).forEach((score, i) => {
      totals[i]! += weight * score;
    });
  }
  let best = 0;
  for (let i = 1; i < feasible.length; i++) {
    const lead = totals[i]! - totals[best]!;
    if (lead > 0 || (lead === 0 && feasible[i]!.rank > feasible[best]!.rank)) best = i;
  }
  return feasible[best]!;
}

function rate(view: View, nodes: readonly NodeInfo[], nodeCount: number): readonly number[] {
  const places = nodes.map((node) => {
    const place = openPlace();
    view.describe(node, place);
    return place;
  });
  return view.surroundings.rate!(places, view.tallies, nodeCount);
}
