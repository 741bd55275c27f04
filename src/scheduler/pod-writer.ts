import { pods } from '../api/generated/core/v1/resources.ts';
import type { Pod, PodCondition } from '../api/generated/core/v1/types.ts';
import { type Clock, sleep, toTime } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { isUnsettled, mayHaveWritten } from '../client/outcome.ts';
import { isStatusError } from '../machinery/status.ts';
import type { PodInfo } from './pod-info.ts';

/** How a binding ended. */
export type BindResult =
  | { readonly type: 'bound' }
  /** The pod doesn't exist any more. */
  | { readonly type: 'gone' }
  /** It isn't bound to the node, and whether it is to another will be told by the informer. */
  | { readonly type: 'failed'; readonly error: unknown };

/** What writing takes. */
export interface PodWriterTools {
  readonly clock: Clock;
  readonly client: Client;
  readonly events: EventRecorder;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Why a pod has no node, as its PodScheduled condition says it. */
export interface Unscheduled {
  readonly reason: 'Unschedulable' | 'SchedulerError';
  readonly message: string;
  /** The node promised to the pod; empty to take a promise back, undefined to leave it. */
  readonly nominatedNode?: string;
}

const REPEAT_FIRST_MS = 50;
const REPEAT_MAX_MS = 5000;
const SCHEDULED = 'PodScheduled';
const DISRUPTED = 'DisruptionTarget';

/** All that the scheduler writes to the server. */
export class PodWriter {
  readonly #tools: PodWriterTools;
  readonly #schedulerName: string;

  constructor(tools: PodWriterTools, schedulerName: string) {
    this.#tools = tools;
    this.#schedulerName = schedulerName;
  }

  /**
   * Binds a pod to a node, once. When no answer comes, it asks again for the same until it is known
   * what became of it: a request may arrive long after it was given up, and whoever has given the
   * room to another by then has given it twice.
   */
  async bind(info: PodInfo, node: string): Promise<BindResult> {
    const { clock, signal } = this.#tools;
    for (let attempt = 0; ; attempt++) {
      const result = await this.#tryToBind(info.pod, node, attempt);
      if (result) return result;
      await sleep(clock, Math.min(REPEAT_FIRST_MS * 2 ** attempt, REPEAT_MAX_MS));
      if (signal.aborted) return { type: 'failed', error: signal.reason };
    }
  }

  /** Tells the user where a pod went, and when. */
  reportBound({ pod, key }: PodInfo, node: string, atMs: number): void {
    const message = `Successfully assigned ${key} to ${node}`;
    this.#tools.events.record(pod, { type: 'Normal', reason: 'Scheduled', message, atMs });
  }

  /** The pod as it is on the server; undefined when it is no more. */
  async read({ metadata }: Pod): Promise<Pod | undefined> {
    const { name, namespace, uid } = metadata;
    try {
      const pod = await this.#tools.client.get(pods, { namespace, name });
      return pod.metadata.uid === uid ? pod : undefined;
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** Tells the user and other components why a pod has no node. */
  async reportUnscheduled(pod: Pod, report: Unscheduled): Promise<void> {
    const { message, reason } = report;
    this.#tools.events.record(pod, { type: 'Warning', reason: 'FailedScheduling', message });
    const condition = this.#condition(pod, SCHEDULED, 'False', reason, message);
    const isPromiseNew =
      report.nominatedNode !== undefined &&
      report.nominatedNode !== (pod.status?.nominatedNodeName ?? '');
    if (!condition && !isPromiseNew) return;
    await this.#patchStatus(pod, {
      ...(condition && { conditions: [condition] }),
      ...(isPromiseNew && { nominatedNodeName: report.nominatedNode || null }),
    });
  }

  /** Takes back the promise of a node. */
  async clearNomination(pod: Pod): Promise<void> {
    if (pod.status?.nominatedNodeName) await this.#patchStatus(pod, { nominatedNodeName: null });
  }

  /** Makes a pod leave its node for a more important one. */
  async evict({ pod }: PodInfo, by: PodInfo, node: string): Promise<void> {
    const { client, events } = this.#tools;
    const { name, namespace, uid } = pod.metadata;
    const why = `${this.#schedulerName}: preempting to accommodate a higher priority pod`;
    const condition = this.#condition(pod, DISRUPTED, 'True', 'PreemptionByScheduler', why);
    try {
      if (condition) await this.#patchStatus(pod, { conditions: [condition] });
      await client.delete(pods, { namespace, name }, { preconditions: { uid } });
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return;
      throw error;
    }
    const message = `Preempted by pod ${by.uid} on node ${node}`;
    events.record(pod, { type: 'Normal', reason: 'Preempted', message });
  }

  /** What became of the pod; undefined when nobody can tell yet. */
  async #tryToBind(pod: Pod, node: string, attempt: number): Promise<BindResult | undefined> {
    const { name, namespace, uid } = pod.metadata;
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    try {
      const { client } = this.#tools;
      await client.createSubresource(pods, { namespace, name }, 'binding', binding);
      return { type: 'bound' };
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return { type: 'gone' };
      if (attempt === 0 && !mayHaveWritten(error)) return { type: 'failed', error };
      return this.#outcomeOf(pod, node, { error, attempt });
    }
  }

  /** What the server says of a pod after an attempt that may have bound it. */
  async #outcomeOf(
    pod: Pod,
    node: string,
    { error, attempt }: { readonly error: unknown; readonly attempt: number },
  ): Promise<BindResult | undefined> {
    try {
      const now = await this.read(pod);
      if (!now) return { type: 'gone' };
      const { nodeName } = now.spec;
      if (nodeName) return nodeName === node ? { type: 'bound' } : { type: 'failed', error };
      if (now.metadata.deletionTimestamp !== undefined) return { type: 'failed', error };
    } catch {
      return undefined;
    }
    // A conflict tells that somebody wrote, not that what is on its way won't arrive.
    const isOpen = attempt === 0 || isUnsettled(error, attempt) || isStatusError(error, 'Conflict');
    return isOpen ? undefined : { type: 'failed', error };
  }

  /** The condition to write; undefined when the pod carries it already. */
  #condition(
    pod: Pod,
    type: string,
    status: PodCondition['status'],
    reason: string,
    message: string,
  ): PodCondition | undefined {
    const before = pod.status?.conditions?.find((each) => each.type === type);
    const isSame = before?.status === status;
    if (isSame && before.reason === reason && before.message === message) return undefined;
    const lastTransitionTime =
      (isSame && before.lastTransitionTime) || toTime(this.#tools.clock.now());
    const observedGeneration = pod.metadata.generation;
    return { type, status, observedGeneration, lastTransitionTime, reason, message };
  }

  async #patchStatus({ metadata }: Pod, status: object): Promise<void> {
    const { name, namespace, uid } = metadata;
    const body = { metadata: { uid }, status }; // Another pod of this name isn't to be touched.
    await this.#tools.client.patch(
      pods,
      { namespace, name },
      { type: 'strategic', body },
      { subresource: 'status' },
    );
  }
}
