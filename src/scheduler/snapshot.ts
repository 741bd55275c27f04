import type {
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
} from '../api/generated/core/v1/types.ts';
import type { StorageClass } from '../api/generated/storage/v1/types.ts';
import { type KubeObject, keyOf } from '../machinery/object.ts';
import type { Labels } from '../machinery/selector/label-selector.ts';
import { HOSTNAME_LABEL, IDLE, NodeInfo, nodeFacts } from './node-info.ts';
import { PersistentMap } from './persistent-map.ts';
import type { PodInfo } from './pod-info.ts';
import { ReplicaIndex } from './replica-index.ts';
import { TermKeys } from './term-keys.ts';

interface Parts {
  readonly nodes: PersistentMap<NodeInfo>;
  readonly strays: PersistentMap<readonly PodInfo[]>;
  readonly termKeys: TermKeys;
  readonly replicas: ReplicaIndex;
  readonly irregularHostnames: number;
  readonly namespaces: PersistentMap<Labels>;
  readonly claims: PersistentMap<PersistentVolumeClaim>;
  readonly volumes: PersistentMap<PersistentVolume>;
  readonly storageClasses: PersistentMap<StorageClass>;
  /** Counts changes, so that every NodeInfo gets a rank of its own. */
  readonly generation: number;
  readonly seed: number;
}

/** The parts of a snapshot that hold objects as they are, by key. */
type ObjectPart = 'claims' | 'volumes' | 'storageClasses';

/**
 * All that scheduling decisions depend on, at one moment. Immutable: each change gives a new
 * snapshot that shares with the old one what is the same, so keeping one, or going on from one in
 * two directions, costs nothing.
 */
export class Snapshot {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A cluster without nodes. The seed decides between equals; see `NodeInfo.rank`. */
  static empty(seed = 0): Snapshot {
    return new Snapshot({
      nodes: PersistentMap.empty(),
      strays: PersistentMap.empty(),
      termKeys: TermKeys.none,
      replicas: ReplicaIndex.empty,
      irregularHostnames: 0,
      namespaces: PersistentMap.empty(),
      claims: PersistentMap.empty(),
      volumes: PersistentMap.empty(),
      storageClasses: PersistentMap.empty(),
      generation: 0,
      seed: seed | 0,
    });
  }

  /** How many changes led here from the empty cluster. */
  get generation(): number {
    return this.#parts.generation;
  }

  get nodes(): PersistentMap<NodeInfo> {
    return this.#parts.nodes;
  }

  get termKeys(): TermKeys {
    return this.#parts.termKeys;
  }

  /** Where the replicas of each owner are. */
  get replicas(): ReplicaIndex {
    return this.#parts.replicas;
  }

  /** Labels of each namespace. */
  get namespaces(): PersistentMap<Labels> {
    return this.#parts.namespaces;
  }

  get claims(): PersistentMap<PersistentVolumeClaim> {
    return this.#parts.claims;
  }

  get volumes(): PersistentMap<PersistentVolume> {
    return this.#parts.volumes;
  }

  get storageClasses(): PersistentMap<StorageClass> {
    return this.#parts.storageClasses;
  }

  /** Whether every node's hostname label is its name, so that each hostname is one node. */
  get hasRegularHostnames(): boolean {
    return this.#parts.irregularHostnames === 0;
  }

  /** Adds a node, or replaces its object. Pods bound to it before it was known come along. */
  withNode(node: Node): Snapshot {
    const { nodes, strays, irregularHostnames } = this.#parts;
    const facts = nodeFacts(node);
    const before = nodes.get(facts.name);
    let after =
      before?.withFacts(facts, this.#rank()) ?? new NodeInfo(facts, IDLE, [], this.#rank());
    for (const pod of strays.get(facts.name) ?? []) after = after.withPod(pod);
    return this.#change({
      nodes: nodes.with(facts.name, after),
      strays: strays.without(facts.name),
      irregularHostnames: irregularHostnames + irregular(after) - irregular(before),
    });
  }

  /** Takes a node away. Its pods stay known, in case it comes back. */
  withoutNode(name: string): Snapshot {
    const { nodes, strays, irregularHostnames } = this.#parts;
    const before = nodes.get(name);
    if (!before) return this;
    const { pods } = before.load;
    return this.#change({
      nodes: nodes.without(name),
      strays: pods.length > 0 ? strays.with(name, pods) : strays,
      irregularHostnames: irregularHostnames - irregular(before),
    });
  }

  /** Puts a pod on a node. */
  withPod(pod: PodInfo, nodeName: string): Snapshot {
    const { nodes, strays } = this.#parts;
    const node = nodes.get(nodeName);
    const indexes = this.#indexing(pod, nodeName, 1);
    if (!node) {
      const pods = [...(strays.get(nodeName) ?? []), pod];
      return this.#change({ strays: strays.with(nodeName, pods), ...indexes });
    }
    const after = node.withPod(pod, this.#rank());
    return this.#change({ nodes: nodes.with(nodeName, after), ...indexes });
  }

  /** Takes a pod off a node; `pod` as it was put there. */
  withoutPod(pod: PodInfo, nodeName: string): Snapshot {
    const { nodes, strays } = this.#parts;
    const node = nodes.get(nodeName);
    const indexes = this.#indexing(pod, nodeName, -1);
    if (!node) {
      const pods = strays.get(nodeName)?.filter(({ uid }) => uid !== pod.uid) ?? [];
      const rest = pods.length > 0 ? strays.with(nodeName, pods) : strays.without(nodeName);
      return this.#change({ strays: rest, ...indexes });
    }
    const after = node.withoutPod(pod.uid, this.#rank());
    return this.#change({ nodes: nodes.with(nodeName, after), ...indexes });
  }

  /** Keeps room on a node for a pod that will come; nothing changes when the node isn't known. */
  withNominated(pod: PodInfo, nodeName: string): Snapshot {
    return this.#renominate(nodeName, (pods) => [...pods, pod]);
  }

  withoutNominated(pod: PodInfo, nodeName: string): Snapshot {
    return this.#renominate(nodeName, (pods) => pods.filter(({ uid }) => uid !== pod.uid));
  }

  withNamespace({ metadata }: Namespace): Snapshot {
    const namespaces = this.namespaces.with(metadata.name, metadata.labels ?? {});
    return this.#change({ namespaces });
  }

  withoutNamespace(name: string): Snapshot {
    return this.#change({ namespaces: this.namespaces.without(name) });
  }

  /** Adds or replaces an object of one of the kinds that are kept as they are. */
  withObject(part: ObjectPart, object: KubeObject): Snapshot {
    const map = this.#parts[part] as unknown as PersistentMap<KubeObject>;
    return this.#change({ [part]: map.with(keyOf(object), object) });
  }

  withoutObject(part: ObjectPart, key: string): Snapshot {
    const map = this.#parts[part] as unknown as PersistentMap<KubeObject>;
    return this.#change({ [part]: map.without(key) });
  }

  #indexing(pod: PodInfo, node: string, sign: 1 | -1): Pick<Parts, 'termKeys' | 'replicas'> {
    const { termKeys, replicas } = this.#parts;
    return {
      termKeys: termKeys.counting(pod, sign),
      replicas: replicas.counting(pod, node, sign),
    };
  }

  #renominate(nodeName: string, change: (pods: readonly PodInfo[]) => PodInfo[]): Snapshot {
    const node = this.nodes.get(nodeName);
    if (!node) return this;
    const after = node.withNominated(change(node.nominated), this.#rank());
    return this.#change({ nodes: this.nodes.with(nodeName, after) });
  }

  #change(parts: Partial<Parts>): Snapshot {
    return new Snapshot({ ...this.#parts, ...parts, generation: this.#parts.generation + 1 });
  }

  /** 32 bits that look like chance, and differ for every generation: a bijective mix of it. */
  #rank(): number {
    let bits = (this.#parts.generation + 0x9e3779b9) ^ this.#parts.seed;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return (bits ^ (bits >>> 16)) >>> 0;
  }
}

const irregular = (node: NodeInfo | undefined): number =>
  node === undefined || node.facts.labels[HOSTNAME_LABEL] === node.name ? 0 : 1;
