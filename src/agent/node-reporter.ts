import { leases } from '../api/generated/coordination/v1/resources.ts';
import type { Lease } from '../api/generated/coordination/v1/types.ts';
import { nodes } from '../api/generated/core/v1/resources.ts';
import type { Node, NodeStatus } from '../api/generated/core/v1/types.ts';
import { type Clock, sleep, toMicroTime } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { isEqual } from '../machinery/equal.ts';
import { isStatusError } from '../machinery/status.ts';
import {
  isNodeReady,
  type NodeObserved,
  type NodeOptions,
  nodeLabels,
  nodeStatus,
} from './node-object.ts';

export interface NodeReporterTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly client: Client;
  readonly events: EventRecorder;
  readonly observe: () => Promise<NodeObserved>;
}

const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const CHECK_MS = 10_000;
const CHECK_UNREADY_FIRST_MS = 100;
const CHECK_UNREADY_MAX_MS = 2_000;
const REPORT_MS = 300_000;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;

/** Keeps the node's object and lease in the API. */
export class NodeReporter {
  readonly #tools: NodeReporterTools;
  readonly #options: NodeOptions;
  readonly #signal: AbortSignal;
  #node: Node | undefined;
  #lease: Lease | undefined;
  #reportedAt = 0;

  constructor(tools: NodeReporterTools, options: NodeOptions, signal: AbortSignal) {
    this.#tools = tools;
    this.#options = options;
    this.#signal = signal;
  }

  /** Registers the node, and reports and renews until the signal aborts. Never rejects. */
  async run(): Promise<void> {
    await this.#persist('node not registered', () => this.#register());
    await Promise.all([this.#keepStatus(), this.#keepLease()]);
  }

  async #keepStatus(): Promise<void> {
    const { clock } = this.#tools;
    let readyAt = clock.monotonicMs();
    while (!this.#signal.aborted) {
      await this.#persist('node status not reported', () => this.#report());
      const now = clock.monotonicMs();
      if (this.#node !== undefined && isNodeReady(this.#node.status)) {
        readyAt = now;
        await this.#pause(CHECK_MS);
      } else {
        // What a start lacks comes within moments; what is broken stays so for longer.
        const waitMs = Math.max(CHECK_UNREADY_FIRST_MS, (now - readyAt) / 20);
        await this.#pause(Math.min(waitMs, CHECK_UNREADY_MAX_MS));
      }
    }
  }

  async #keepLease(): Promise<void> {
    while (!this.#signal.aborted) {
      await this.#persist('lease not renewed', () => this.#renew());
      await this.#pause(RENEW_MS);
    }
  }

  /** Until it works, or there is no need any more. */
  async #persist(failure: string, attempt: () => Promise<void>): Promise<void> {
    for (let delayMs = RETRY_FIRST_MS; !this.#signal.aborted; ) {
      try {
        return await attempt();
      } catch (error) {
        if (!this.#signal.aborted) this.#tools.logger.warn(failure, { error });
      }
      await this.#pause(delayMs);
      delayMs = Math.min(delayMs * 2, RETRY_MAX_MS);
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(this.#tools.clock, ms, this.#signal).catch(() => {});
  }

  async #register(): Promise<void> {
    const { client, clock, observe } = this.#tools;
    const { name, taints } = this.#options;
    const observed = await observe();
    const labels = nodeLabels(this.#options, observed.machine);
    const status = nodeStatus(this.#options, observed, { previous: undefined, now: clock.now() });
    const annotations = { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' };
    try {
      this.#node = await client.create(nodes, {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels, annotations },
        spec: taints.length > 0 ? { taints } : {},
        status,
      });
    } catch (error) {
      if (!isStatusError(error, 'AlreadyExists')) throw error;
      this.#node = await this.#reconcile({ labels, annotations });
    }
  }

  /** A node of the name is there: this one, before a restart. Only what is ours is set again. */
  async #reconcile(metadata: {
    labels: Record<string, string>;
    annotations: Record<string, string>;
  }): Promise<Node> {
    const { client } = this.#tools;
    const { name } = this.#options;
    const node = await client.get(nodes, { name });
    const has = (own: Record<string, string>, all: Readonly<Record<string, string>> = {}) =>
      Object.entries(own).every(([key, value]) => all[key] === value);
    const current =
      has(metadata.labels, node.metadata.labels) &&
      has(metadata.annotations, node.metadata.annotations);
    if (current) return node;
    return client.patch(nodes, { name }, { type: 'merge', body: { metadata } });
  }

  async #report(): Promise<void> {
    const { client, clock, observe } = this.#tools;
    const { name } = this.#options;
    const observed = await observe();
    const now = clock.now();
    const previous = this.#node?.status;
    const status = nodeStatus(this.#options, observed, { previous, now });
    const due = now - this.#reportedAt >= REPORT_MS;
    if (!due && previous && isEqual(withoutHeartbeats(status), withoutHeartbeats(previous))) return;
    const patch = { type: 'strategic', body: { status: replacing(status) } } as const;
    this.#node = await client.patch(nodes, { name }, patch, { subresource: 'status' });
    this.#reportedAt = now;
    if (previous) this.#tell(previous, status);
  }

  #tell(previous: NodeStatus, status: NodeStatus): void {
    const [was, is] = [isNodeReady(previous), isNodeReady(status)];
    if (was === is || !this.#node) return;
    const reason = is ? 'NodeReady' : 'NodeNotReady';
    const message = `Node ${this.#options.name} status is now: ${reason}`;
    this.#tools.events.record(this.#node, { type: 'Normal', reason, message });
  }

  async #renew(): Promise<void> {
    const { client, clock } = this.#tools;
    const { name } = this.#options;
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: toMicroTime(clock.now()),
    };
    const metadata = {
      name,
      namespace: LEASE_NAMESPACE,
      ...(this.#node && {
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: this.#node.metadata.uid }],
      }),
    };
    try {
      this.#lease = this.#lease
        ? await client.update(leases, { ...this.#lease, spec })
        : await client.create(leases, {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata,
            spec,
          });
    } catch (error) {
      this.#lease = undefined;
      if (!isStatusError(error, 'AlreadyExists', 'Conflict', 'NotFound')) throw error;
      this.#lease = await client.get(leases, { namespace: LEASE_NAMESPACE, name });
      this.#lease = await client.update(leases, { ...this.#lease, spec });
    }
  }
}

const withoutHeartbeats = ({ conditions = [], ...status }: NodeStatus): object => ({
  ...status,
  conditions: conditions.map(({ lastHeartbeatTime: _, ...condition }) => condition),
});

/** Addresses are merged by type, of which there may be two: all or nothing. */
function replacing(status: NodeStatus): object {
  const addresses = [{ $patch: 'replace' }, ...(status.addresses ?? [])];
  return { ...status, addresses };
}
