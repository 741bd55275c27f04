import type { FilterPlugin, Profile, ScorePlugin } from './framework.ts';
import type { NodeInfo } from './node-info.ts';
import { Outlook, type PluginRejection } from './outlook.ts';
import type { PodInfo } from './pod-info.ts';
import type { Snapshot } from './snapshot.ts';

/** Judges nodes for one pod, or for all pods of its signature. */
export class Judge {
  readonly pod: PodInfo;
  readonly outlook: Outlook;
  #snapshot: Snapshot;
  readonly #filters: readonly FilterPlugin[];
  readonly #scores: readonly ScorePlugin[];

  constructor(profile: Profile, snapshot: Snapshot, pod: PodInfo) {
    const concerned = ({ concerns }: { concerns?(pod: PodInfo): boolean }) =>
      concerns?.(pod) ?? true;
    this.pod = pod;
    this.outlook = new Outlook(profile, pod, snapshot);
    this.#snapshot = snapshot;
    this.#filters = profile.filters.filter(concerned);
    this.#scores = profile.scores.filter(concerned);
  }

  /** Goes on with another snapshot. Telling the outlook what changed is the caller's part. */
  follow(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
  }

  /** Why the pod can't run on a node, if it can't, with all that is going on around. */
  verdict(node: NodeInfo, pod: PodInfo = this.pod): PluginRejection | undefined {
    const expected = expectedPods(node, pod);
    if (expected.length === 0) return this.#verdictOn(node);
    // Those who were promised the room may come or not: it must work either way.
    const full = expected.reduce((info, each) => info.withPod(each), node);
    this.outlook.replace(node, full);
    const rejection = this.#verdictOn(full);
    this.outlook.replace(full, node);
    return rejection ?? this.#verdictOn(node);
  }

  /** Why the pod can't run on a node for reasons that are the node's alone. */
  localVerdict(node: NodeInfo): PluginRejection | undefined {
    for (const plugin of this.#filters) {
      const rejection = plugin.filter(this.pod, node, this.#snapshot);
      if (rejection) return { plugin: plugin.name, rejection };
    }
    return undefined;
  }

  /** The node's rating as far as it doesn't depend on other nodes. A whole number. */
  localScore(node: NodeInfo): number {
    let score = 0;
    for (const plugin of this.#scores) score += plugin.weight * plugin.score(this.pod, node);
    return score;
  }

  #verdictOn(node: NodeInfo): PluginRejection | undefined {
    return this.localVerdict(node) ?? this.outlook.judge(node);
  }
}

/** Whether a pod may not push aside somebody who was promised room on a node; maybe itself. */
export const isPromised = ({ nominated }: NodeInfo, { priority }: PodInfo): boolean =>
  nominated.some((each) => each.priority >= priority);

function expectedPods(node: NodeInfo, pod: PodInfo): readonly PodInfo[] {
  if (!isPromised(node, pod)) return NOBODY;
  return node.nominated.filter(({ uid, priority }) => uid !== pod.uid && priority >= pod.priority);
}

const NOBODY: readonly PodInfo[] = [];
