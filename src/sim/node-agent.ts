import { leases } from '../api/generated/coordination/v1/resources.ts';
import type { Lease } from '../api/generated/coordination/v1/types.ts';
import { nodes, pods } from '../api/generated/core/v1/resources.ts';
import type { Node, Pod } from '../api/generated/core/v1/types.ts';
import { type Clock, every, toMicroTime, toTime } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';
import { Informer } from '../client/informer.ts';
import { isStatusError } from '../machinery/status.ts';
import { PodLife } from './pod-life.ts';
import type { PodModel } from './pod-model.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const RETRY_MS = 1000;

/** What a simulated node is made with. */
export interface NodeAgentTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly client: Client;
  readonly model: PodModel;
  /** Addresses for its pods, each once at a time. */
  readonly takeAddress: () => string;
}

export interface SimulatedNodeSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Readonly<Record<string, string>>;
}

/** One life of a node's agent. */
export interface NodeAgentLife {
  /** Aborts when the node loses power. */
  readonly signal: AbortSignal;
  /** Whether its pods go on as their statuses say, rather than begin anew. */
  readonly resumes: boolean;
}

/** One life of a node, from boot to loss of power: keeps its object and lease, and runs its pods. */
export class NodeAgent {
  readonly #tools: NodeAgentTools;
  readonly #spec: SimulatedNodeSpec;
  readonly #signal: AbortSignal;
  readonly #resumes: boolean;
  readonly #lives = new Map<string, PodLife>();
  #lease: Lease | undefined;
  #isUnderPressure = false;

  constructor(tools: NodeAgentTools, spec: SimulatedNodeSpec, life: NodeAgentLife) {
    this.#tools = tools;
    this.#spec = spec;
    this.#signal = life.signal;
    this.#resumes = life.resumes;
  }

  start(): void {
    const { clock, client } = this.#tools;
    const signal = this.#signal;
    const fieldSelector = `spec.nodeName=${this.#spec.name}`;
    const informer = new Informer<Pod>({ ...this.#tools, client }, pods, { fieldSelector });
    informer.subscribe(({ before, after }) => {
      if (before && before.metadata.uid !== after?.metadata.uid) this.#forget(before);
      if (after) this.#see(after);
    });
    this.#persist(async () => {
      await this.#register();
      informer.start(signal);
      this.#persist(() => this.#renew());
    });
    const stopRenewing = every(clock, RENEW_MS, () => {
      this.#renew().catch(() => {});
      this.#speakUp().catch(() => {});
    });
    const stop = () => {
      stopRenewing();
      for (const life of this.#lives.values()) life.end();
    };
    signal.addEventListener('abort', stop, { once: true });
  }

  /** The node has too little memory from now on, or enough again, and says so. */
  press(isOn: boolean): void {
    if (this.#isUnderPressure === isOn) return;
    this.#isUnderPressure = isOn;
    this.#persist(() => this.#reportConditions());
  }

  /** Drives a pod away, as a node does that has too little of something. */
  evict(uid: string): void {
    this.#lives.get(uid)?.evict();
  }

  #see(pod: Pod): void {
    const { uid } = pod.metadata;
    const known = this.#lives.get(uid);
    if (known) return known.see(pod);
    const hasEnded = pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
    if (hasEnded && pod.metadata.deletionTimestamp === undefined) return;
    const life = new PodLife(this.#tools, pod);
    this.#lives.set(uid, life);
    if (this.#resumes && pod.status.phase === 'Running') life.resume();
    else life.begin();
  }

  #forget({ metadata }: Pod): void {
    this.#lives.get(metadata.uid)?.end();
    this.#lives.delete(metadata.uid);
  }

  /** Until it works, or the power is gone. */
  #persist(attempt: () => Promise<void>): void {
    const { clock } = this.#tools;
    const again = () => {
      if (this.#signal.aborted) return;
      attempt().catch(() => clock.after(RETRY_MS, again));
    };
    again();
  }

  async #register(): Promise<void> {
    const { client } = this.#tools;
    const { name, labels, capacity } = this.#spec;
    const status = { ...this.#readiness(), capacity, allocatable: capacity };
    try {
      await client.create(nodes, {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
        spec: {},
        status: status as Node['status'],
      });
    } catch (error) {
      if (!isStatusError(error, 'AlreadyExists')) throw error;
      const patch = { type: 'strategic', body: { status } } as const;
      await client.patch(nodes, { name }, patch, { subresource: 'status' });
    }
  }

  /** Says again how the node is, where somebody took it for dead, or an older word came late. */
  async #speakUp(): Promise<void> {
    const { client } = this.#tools;
    const { name } = this.#spec;
    const { status } = await client.get(nodes, { name });
    const isTrue = (wanted: string) =>
      status.conditions?.some(({ type, status: is }) => type === wanted && is === 'True') ?? false;
    const isKnown = isTrue('MemoryPressure') === this.#isUnderPressure;
    if (!isTrue('Ready') || !isKnown) await this.#reportConditions();
  }

  async #reportConditions(): Promise<void> {
    const { client } = this.#tools;
    const { name } = this.#spec;
    const patch = { type: 'strategic', body: { status: this.#readiness() } } as const;
    await client.patch(nodes, { name }, patch, { subresource: 'status' });
  }

  #readiness() {
    const time = toTime(this.#tools.clock.now());
    const times = { lastHeartbeatTime: time, lastTransitionTime: time };
    const conditions = [
      { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'simulated', ...times },
      ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
        type,
        status: type === 'MemoryPressure' && this.#isUnderPressure ? 'True' : 'False',
        ...times,
      })),
    ];
    return { conditions };
  }

  async #renew(): Promise<void> {
    const { client, clock } = this.#tools;
    const { name } = this.#spec;
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: toMicroTime(clock.now()),
    };
    const where = { namespace: LEASE_NAMESPACE, name };
    try {
      this.#lease ??= await client.get(leases, where);
      this.#lease = await client.update(leases, { ...this.#lease, spec });
    } catch (error) {
      this.#lease = undefined;
      if (!isStatusError(error, 'NotFound')) throw error;
      this.#lease = await client.create(leases, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: where,
        spec,
      });
    }
  }
}
