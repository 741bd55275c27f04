import { nodes, pods } from '../api/generated/core/v1/resources.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { controllerOf } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import type { World } from '../sim/world.ts';
import { type Duration, toMs } from './durations.ts';

/** What a node needs of its cluster. */
interface NodeCluster {
  /** Throws when the cluster was closed. */
  readonly world: () => World;
  /** Lets so many milliseconds pass. */
  readonly pass: (ms: number) => Promise<void>;
  /** Has nobody start this node's agent again, should it have died just now. */
  readonly keepDown: () => void;
}

const DRAIN_MAX: Duration = { minutes: 10 };
const RETRY_MS = 5000; // As kubectl does.

/** A simulated node of a test's cluster. */
export class TestNode {
  readonly name: string;
  readonly #cluster: NodeCluster;

  /** Users have `cluster.nodes`, and `addNode`. */
  constructor(cluster: NodeCluster, name: string) {
    this.#cluster = cluster;
    this.name = name;
  }

  /** Whether it has power. */
  get isRunning(): boolean {
    return this.#cluster.world().poweredNodes.includes(this.name);
  }

  /** Takes its power away: what ran on it is gone, and nobody is told. */
  fail(): void {
    this.#cluster.world().powerOff(this.name);
    this.#cluster.keepDown();
  }

  /** Gives it power again: it boots, and starts its pods anew. */
  recover(): void {
    this.#cluster.world().powerOn(this.name);
  }

  /** No new pods come to it. */
  async cordon(): Promise<void> {
    await this.#patch({ unschedulable: true });
  }

  /** New pods may come again. */
  async uncordon(): Promise<void> {
    await this.#patch({ unschedulable: null });
  }

  /**
   * Cordons the node and evicts its pods but those of DaemonSets, as `kubectl drain` does: again and
   * again where a disruption budget forbids it, until all are gone. Time passes meanwhile. Rejects
   * when some are left after 10 min or `within`.
   */
  async drain({ within = DRAIN_MAX }: { readonly within?: Duration } = {}): Promise<void> {
    const { clock } = this.#cluster.world();
    const endMs = clock.monotonicMs() + toMs(within);
    await this.cordon();
    for (;;) {
      const left = await this.#evictable();
      if (left.length === 0) return;
      if (clock.monotonicMs() >= endMs) throw new Error(await this.#undrained(left, within));
      for (const pod of left) if (!isGoing(pod)) await this.#tryEvict(pod);
      await this.#cluster.pass(RETRY_MS);
    }
  }

  async #undrained(left: readonly Pod[], within: Duration): Promise<string> {
    const reasons: string[] = [];
    for (const pod of left) {
      const reason = isGoing(pod) ? 'is still ending' : await this.#tryEvict(pod);
      reasons.push(
        `${pod.metadata.namespace}/${pod.metadata.name}: ${reason ?? 'evicted just now'}`,
      );
    }
    return `after ${toMs(within) / 1000} s there are pods on ${this.name} yet:\n  ${reasons.join('\n  ')}`;
  }

  async #evictable(): Promise<readonly Pod[]> {
    const fieldSelector = `spec.nodeName=${this.name}`;
    const { items } = await this.#cluster.world().client.list(pods, { fieldSelector });
    return items.filter((pod) => controllerOf(pod)?.kind !== 'DaemonSet');
  }

  /** Why the pod may not be evicted now; undefined when it was, or is gone. */
  async #tryEvict({ metadata: { namespace, name } }: Pod): Promise<string | undefined> {
    const { client } = this.#cluster.world();
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } };
    try {
      await client.createSubresource(pods, { namespace, name }, 'eviction', eviction);
      return undefined;
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      if (isStatusError(error, 'TooManyRequests')) return (error as Error).message;
      throw error;
    }
  }

  async #patch(spec: object): Promise<void> {
    const { client } = this.#cluster.world();
    await client.patch(nodes, { name: this.name }, { type: 'merge', body: { spec } });
  }
}

const isGoing = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;
