import {
  type Count,
  EACH_NODE,
  type Place,
  type Profile,
  type Surroundings,
  type SurroundingsPlugin,
} from './framework.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';
import type { Snapshot } from './snapshot.ts';
import { Tally } from './tally.ts';
import type { Rejection } from './verdict.ts';

/** A rejection, and which plugin it is from. */
export interface PluginRejection {
  readonly plugin: string;
  readonly rejection: Rejection;
}

/** A place whose counts can be filled in anew. */
export interface OpenPlace extends Place {
  readonly at: (number | undefined)[];
  readonly domains: (string | undefined)[];
  nodes: number;
}

/** A place of so many nodes that is still to be described. */
export const openPlace = (nodes = 1): OpenPlace => ({ at: [], domains: [], nodes });

/** What one plugin counts for the pod. */
export class View {
  readonly plugin: SurroundingsPlugin;
  readonly surroundings: Surroundings;
  readonly tallies: readonly Tally[];

  constructor(plugin: SurroundingsPlugin, surroundings: Surroundings) {
    this.plugin = plugin;
    this.surroundings = surroundings;
    this.tallies = surroundings.counts.map((count) => new Tally(count));
  }

  /** Counts a cluster, once. */
  countAll(nodes: Snapshot['nodes']): void {
    for (const [i, count] of this.surroundings.counts.entries()) {
      if (count.isSummed === false) continue;
      const add = (node: NodeInfo): void => enter(this.tallies[i]!, count, node);
      if (count.where) for (const name of count.where) withNode(nodes, name, add);
      else nodes.forEach(add);
    }
  }

  /** Takes over that a node is another than before, has come, or has gone. */
  replace(before: NodeInfo | undefined, after: NodeInfo | undefined): void {
    this.surroundings.counts.forEach((count, i) => {
      if (count.isSummed === false) return;
      if (before) leave(this.tallies[i]!, count, before);
      if (after) enter(this.tallies[i]!, count, after);
    });
  }

  /** Writes into `place` how things stand at a node. */
  describe(node: NodeInfo, place: OpenPlace): void {
    const { counts } = this.surroundings;
    for (let i = 0; i < counts.length; i++) {
      const { topologyKey } = counts[i]!;
      if (topologyKey === EACH_NODE) {
        place.at[i] = counts[i]!.of(node) ?? 0;
        place.domains[i] = undefined;
      } else {
        place.domains[i] = node.facts.labels[topologyKey];
        this.#recount(place, i);
      }
    }
  }

  /** Brings the counts of a place's domains up to date. */
  refresh(place: OpenPlace): void {
    const { counts } = this.surroundings;
    for (let i = 0; i < counts.length; i++) {
      if (counts[i]!.topologyKey !== EACH_NODE) this.#recount(place, i);
    }
  }

  #recount(place: OpenPlace, i: number): void {
    const domain = place.domains[i];
    place.at[i] = domain === undefined ? undefined : this.tallies[i]!.of(domain);
  }
}

function withNode(nodes: Snapshot['nodes'], name: string, use: (node: NodeInfo) => void): void {
  const node = nodes.get(name);
  if (node) use(node);
}

function enter(tally: Tally, { topologyKey, isRanked, of }: Count, node: NodeInfo): void {
  const amount = of(node);
  if (amount === undefined || (amount === 0 && !isRanked)) return;
  if (topologyKey === EACH_NODE) return tally.addLone(amount);
  const domain = node.facts.labels[topologyKey];
  if (domain !== undefined) tally.add(domain, amount);
}

function leave(tally: Tally, { topologyKey, isRanked, of }: Count, node: NodeInfo): void {
  const amount = of(node);
  if (amount === undefined || (amount === 0 && !isRanked)) return;
  if (topologyKey === EACH_NODE) return tally.removeLone(amount);
  const domain = node.facts.labels[topologyKey];
  if (domain !== undefined) tally.remove(domain, amount);
}

/**
 * What a pod has to know of the cluster beyond the node that is being judged: for each plugin that
 * compares, its counts. They follow the cluster when told of what changes.
 */
export class Outlook {
  readonly views: readonly View[];
  /** Those that can refuse a place. */
  readonly judging: readonly View[];
  /** Those that rate. */
  readonly rating: readonly View[];
  readonly readsNamespaces: boolean;
  /** What is still to be counted. */
  #uncounted: Snapshot['nodes'] | undefined;
  readonly #scratch = openPlace();

  constructor(profile: Profile, pod: PodInfo, snapshot: Snapshot) {
    this.views = profile.surroundings.flatMap((plugin) => {
      const surroundings = plugin.look(pod, snapshot);
      return surroundings ? [new View(plugin, surroundings)] : [];
    });
    this.judging = this.views.filter(({ surroundings }) => surroundings.judge !== undefined);
    this.rating = this.views.filter(({ surroundings }) => surroundings.rate !== undefined);
    this.readsNamespaces = this.views.some(({ surroundings }) => surroundings.readsNamespaces);
    if (this.views.length > 0) this.#uncounted = snapshot.nodes;
  }

  /** Counts what there is in the snapshot, unless that was done. Judging does it when it must. */
  count(): void {
    const nodes = this.#uncounted;
    this.#uncounted = undefined; // Not to be held on to: it would keep all nodes of the past.
    if (nodes) for (const view of this.views) view.countAll(nodes);
  }

  /** Takes over that a node is another than before, has come, or has gone. */
  replace(before: NodeInfo | undefined, after: NodeInfo | undefined): void {
    if (this.#uncounted) {
      if (this.judging.length === 0) return; // Nothing here looks at counts before they are made.
      this.count();
    }
    for (const view of this.views) view.replace(before, after);
  }

  /** Judges the place that a node is in. */
  judge(node: NodeInfo): PluginRejection | undefined {
    if (this.judging.length > 0) this.count();
    for (const view of this.judging) {
      view.describe(node, this.#scratch);
      const rejection = view.surroundings.judge!(this.#scratch, view.tallies);
      if (rejection) return { plugin: view.plugin.name, rejection };
    }
    return undefined;
  }
}
