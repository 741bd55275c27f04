import { PersistentMap } from './persistent-map.ts';
import type { PodInfo } from './pod-info.ts';

type Nodes = PersistentMap<number>;

/** On which nodes the pods of one owner run, so that nobody has to look for them. Immutable. */
export class ReplicaIndex {
  static readonly empty = new ReplicaIndex(PersistentMap.empty());
  /** By owner and node: how many. */
  readonly #owners: PersistentMap<Nodes>;

  private constructor(owners: PersistentMap<Nodes>) {
    this.#owners = owners;
  }

  /** Names of the nodes on which siblings of a pod run. */
  nodesOf({ replicaOf }: PodInfo): readonly string[] {
    return (replicaOf !== undefined && this.#owners.get(replicaOf)?.keys()) || [];
  }

  /** With a pod put on a node, or with sign -1 taken away. */
  counting({ replicaOf }: PodInfo, node: string, sign: 1 | -1): ReplicaIndex {
    if (replicaOf === undefined) return this;
    const nodes = this.#owners.get(replicaOf) ?? PersistentMap.empty<number>();
    const count = (nodes.get(node) ?? 0) + sign;
    const after = count > 0 ? nodes.with(node, count) : nodes.without(node);
    const owners =
      after.size > 0 ? this.#owners.with(replicaOf, after) : this.#owners.without(replicaOf);
    return new ReplicaIndex(owners);
  }
}
