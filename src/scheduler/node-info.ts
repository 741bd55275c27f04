import type { Node, Taint } from '../api/generated/core/v1/types.ts';
import type { Labels } from '../machinery/selector/label-selector.ts';
import type { HostPort, PodInfo } from './pod-info.ts';
import { amountOf, NOTHING, plus, type Resources, resourcesOf } from './resources.ts';

/** The label that tells nodes apart in topologies. */
export const HOSTNAME_LABEL = 'kubernetes.io/hostname';

/** What a node is, as far as the scheduler cares, worked out once per version of the object. */
export interface NodeFacts {
  readonly node: Node;
  readonly name: string;
  readonly labels: Labels;
  readonly isUnschedulable: boolean;
  /** Taints with effect NoSchedule or NoExecute. */
  readonly hardTaints: readonly Taint[];
  /** Taints with effect PreferNoSchedule. */
  readonly softTaints: readonly Taint[];
  readonly allocatable: Resources;
  readonly podsMax: number;
  /** Size in bytes of each image on the node, by each of its names. */
  readonly images: ReadonlyMap<string, number>;
}

const NO_LABELS: Labels = {};
const NO_IMAGES: ReadonlyMap<string, number> = new Map();

/** Works out the facts of a node. */
export function nodeFacts(node: Node): NodeFacts {
  const { metadata, spec, status } = node;
  const taints = spec?.taints ?? [];
  const allocatable = status?.allocatable;
  return {
    node,
    name: metadata.name,
    labels: metadata.labels ?? NO_LABELS,
    isUnschedulable: spec?.unschedulable ?? false,
    hardTaints: taints.filter(({ effect }) => effect !== 'PreferNoSchedule'),
    softTaints: taints.filter(({ effect }) => effect === 'PreferNoSchedule'),
    allocatable: resourcesOf(allocatable),
    podsMax: allocatable?.pods === undefined ? 0 : amountOf('pods', allocatable.pods),
    images: imagesOn(node),
  };
}

function imagesOn({ status }: Node): ReadonlyMap<string, number> {
  if (!status?.images?.length) return NO_IMAGES;
  const sizes = new Map<string, number>();
  for (const { names, sizeBytes = 0 } of status.images) {
    for (const name of names ?? []) sizes.set(name, sizeBytes);
  }
  return sizes;
}

/** What runs on a node, or is about to. */
export interface NodeLoad {
  readonly pods: readonly PodInfo[];
  /** Those of the pods that have affinity terms. */
  readonly affinityPods: readonly PodInfo[];
  readonly requested: Resources;
  /** What scoring takes to be in use. */
  readonly scoring: Resources;
  readonly hostPorts: readonly HostPort[];
  /** Infinity without pods. Whoever has no more than this can't preempt here. */
  readonly lowestPriority: number;
}

/** The load of a node on which nothing runs. */
export const IDLE: NodeLoad = {
  pods: [],
  affinityPods: [],
  requested: NOTHING,
  scoring: NOTHING,
  hostPorts: [],
  lowestPriority: Number.POSITIVE_INFINITY,
};

function loadWith(load: NodeLoad, pod: PodInfo): NodeLoad {
  return {
    pods: [...load.pods, pod],
    affinityPods: pod.hasAffinity ? [...load.affinityPods, pod] : load.affinityPods,
    requested: plus(load.requested, pod.requests),
    scoring: plus(load.scoring, pod.scoring),
    hostPorts: pod.hostPorts.length > 0 ? [...load.hostPorts, ...pod.hostPorts] : load.hostPorts,
    lowestPriority: Math.min(load.lowestPriority, pod.priority),
  };
}

function loadWithout(load: NodeLoad, pod: PodInfo): NodeLoad {
  const others = ({ uid }: PodInfo) => uid !== pod.uid;
  const pods = load.pods.filter(others);
  return {
    pods,
    affinityPods: pod.hasAffinity ? load.affinityPods.filter(others) : load.affinityPods,
    requested: plus(load.requested, pod.requests, -1),
    scoring: plus(load.scoring, pod.scoring, -1),
    hostPorts:
      pod.hostPorts.length > 0 ? pods.flatMap(({ hostPorts }) => hostPorts) : load.hostPorts,
    lowestPriority:
      pod.priority > load.lowestPriority
        ? load.lowestPriority
        : pods.reduce((low, { priority }) => Math.min(low, priority), Number.POSITIVE_INFINITY),
  };
}

/** A node with what runs on it, at one moment. Immutable: every change makes a new one. */
export class NodeInfo {
  readonly facts: NodeFacts;
  readonly load: NodeLoad;
  /** Pods that made room here by preemption and will come: room to be kept free for them. */
  readonly nominated: readonly PodInfo[];
  /**
   * Decides between nodes of equal score: different for every node at every moment, and the same
   * in every run with the same seed.
   */
  readonly rank: number;

  constructor(facts: NodeFacts, load: NodeLoad, nominated: readonly PodInfo[], rank: number) {
    this.facts = facts;
    this.load = load;
    this.nominated = nominated;
    this.rank = rank;
  }

  get name(): string {
    return this.facts.name;
  }

  withFacts(facts: NodeFacts, rank: number): NodeInfo {
    return new NodeInfo(facts, this.load, this.nominated, rank);
  }

  withPod(pod: PodInfo, rank = this.rank): NodeInfo {
    return new NodeInfo(this.facts, loadWith(this.load, pod), this.nominated, rank);
  }

  /** Without the pod of this UID; the same node when it isn't here. */
  withoutPod(uid: string, rank = this.rank): NodeInfo {
    const pod = this.load.pods.find((each) => each.uid === uid);
    if (!pod) return this;
    return new NodeInfo(this.facts, loadWithout(this.load, pod), this.nominated, rank);
  }

  withNominated(nominated: readonly PodInfo[], rank: number): NodeInfo {
    return new NodeInfo(this.facts, this.load, nominated, rank);
  }
}
