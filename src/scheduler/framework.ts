import type { ClusterChange, ClusterEvent } from './cluster-event.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';
import type { Snapshot } from './snapshot.ts';
import type { Tally } from './tally.ts';
import type { Verdict } from './verdict.ts';

/** The best score a plugin can give a node; the worst is 0. */
export const SCORE_MAX = 100;

/** A part of the scheduler that can refuse nodes. Plugins are pure and keep nothing. */
export interface Plugin {
  readonly name: string;
  /** What makes a pod that this plugin refused worth another try. */
  readonly retryOn: readonly ClusterEvent[];
  /** Whether this very change could help this pod; that it could is assumed where not asked. */
  helps?(pod: PodInfo, change: ClusterChange): boolean;
}

/** Looks at a pod before any node. */
export interface PrefilterPlugin extends Plugin {
  /** Refuses the pod on all nodes alike, or names the only ones worth a look. */
  prefilter(pod: PodInfo, snapshot: Snapshot): Verdict | ReadonlySet<string>;
}

/** Judges a node by nothing but itself and what runs on it. */
export interface FilterPlugin extends Plugin {
  /** Whether it can refuse this pod anywhere; saves asking node by node. */
  concerns?(pod: PodInfo): boolean;
  filter(pod: PodInfo, node: NodeInfo, snapshot: Snapshot): Verdict;
}

/** Rates a node by nothing but itself and what runs on it. */
export interface ScorePlugin {
  readonly name: string;
  readonly weight: number;
  concerns?(pod: PodInfo): boolean;
  /** A whole number from 0 to SCORE_MAX. */
  score(pod: PodInfo, node: NodeInfo): number;
}

/**
 * Judges and rates a node in comparison: by what runs in its zone, by how it stands beside the
 * other feasible nodes. It never looks at other nodes itself, but says what is to be counted, and
 * then judges places by their counts. That is what lets the scheduler keep the counts up to date
 * between pods, and judge all nodes with equal counts at once. What `look` returns outlives the
 * snapshot: it must not hold on to it.
 */
export interface SurroundingsPlugin extends Plugin {
  readonly weight: number;
  /** What has to be counted for a pod; nothing when the plugin has no say. */
  look(pod: PodInfo, snapshot: Snapshot): Surroundings | undefined;
}

/** One pod's surroundings, in the eyes of one plugin. */
export interface Surroundings {
  readonly counts: readonly Count[];
  /** Whether namespaces were read, so that a change of their labels makes this worthless. */
  readonly readsNamespaces?: boolean;
  judge?(place: Place, tallies: readonly Tally[]): Verdict;
  /** Rates all feasible places at once, each from 0 to SCORE_MAX. */
  rate?(places: readonly Place[], tallies: readonly Tally[], nodeCount: number): readonly number[];
}

/** For the topology of a count: each node by itself. */
export const EACH_NODE = Symbol('each node');

/** Something that nodes have an amount of, added up by domain of a topology. */
export interface Count {
  /** The label whose values are the domains. */
  readonly topologyKey: string | typeof EACH_NODE;
  /**
   * Whether the number of domains, or their smallest sum, is asked for: a domain then is there as
   * soon as a node has a part in it, be it of 0. Otherwise only what isn't 0 is counted.
   */
  readonly isRanked?: boolean;
  /** False when only what nodes have themselves is asked for, and no sum of any kind. */
  readonly isSummed?: boolean;
  /** The only nodes that can have an amount other than 0, where that is known; by name. */
  readonly where?: readonly string[];
  /** What a node adds to its domain; undefined when it has no part in the count. */
  of(node: NodeInfo): number | undefined;
}

/** Nodes that are the same to a plugin: all of its counts are equal there. */
export interface Place {
  /** By count: the sum of the domain. Undefined where the nodes lack the topology's label. */
  readonly at: readonly (number | undefined)[];
  /** By count: the domain. Undefined likewise, and where each node is its own. */
  readonly domains: readonly (string | undefined)[];
  /** How many nodes there are in this place. */
  readonly nodes: number;
}

/** The plugins of a scheduler, each kind in the order in which they are asked. */
export interface Profile {
  readonly prefilters: readonly PrefilterPlugin[];
  readonly filters: readonly FilterPlugin[];
  readonly scores: readonly ScorePlugin[];
  readonly surroundings: readonly SurroundingsPlugin[];
}
