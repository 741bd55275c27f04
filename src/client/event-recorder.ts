import { type Clock, sleep, toTime } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeObject, NewObject } from '../machinery/object.ts';
import type { Resource } from '../machinery/resource.ts';
import { isStatusError, type StatusReason } from '../machinery/status.ts';
import type { Client } from './client.ts';
import { EventCorrelator } from './event-correlator.ts';
import { LruMap } from './lru-map.ts';
import { isNamespaceTerminating, mayHaveWritten, retryAfterMs } from './outcome.ts';

/** A core `v1` Event, as far as recorders write it. */
export interface RecordedEvent extends KubeObject {
  readonly involvedObject: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly fieldPath?: string;
  };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly source: { readonly component: string; readonly host?: string };
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}

const events: Resource<RecordedEvent> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** Tells users what a component did and why, as Events beside the object they are about. */
export interface EventRecorder {
  /**
   * Records without waiting; the same again only raises a count, and what comes too often is
   * combined or dropped. `fieldPath` points into the object, as in `spec.containers{main}`.
   * Failures are logged: no work fails for its event.
   */
  record(about: KubeObject, event: EventContent): void;
}

export interface EventContent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly fieldPath?: string;
  /** When it happened; now unless said. */
  readonly atMs?: number;
}

export interface RecorderTools {
  readonly clock: Clock;
  readonly client: Client;
  readonly logger: Logger;
}

const REMEMBERED_MAX = 4096;
const MESSAGE_MAX = 1024;
const ATTEMPTS_MAX = 3;
const RETRY_MS = 5000;

/** A recorder for one component, such as `replicaset-controller`, or `kubelet` on a host. */
export const createEventRecorder = (
  tools: RecorderTools,
  component: string,
  host?: string,
): EventRecorder => new CorrelatingRecorder(tools, component, host);

class CorrelatingRecorder implements EventRecorder {
  readonly #tools: RecorderTools;
  readonly #component: string;
  readonly #host: string | undefined;
  readonly #correlator = new EventCorrelator();
  /** By what makes events the same: the one that was written, once it is. */
  readonly #recorded = new LruMap<string, Promise<RecordedEvent | undefined>>(REMEMBERED_MAX);
  #made = 0; // Keeps names apart that are made in the same millisecond.

  constructor(tools: RecorderTools, component: string, host: string | undefined) {
    this.#tools = tools;
    this.#component = component;
    this.#host = host;
  }

  record(about: KubeObject, content: EventContent): void {
    const occurrence = { about: about.metadata.uid, ...content };
    const correlated = this.#correlator.correlate(occurrence, this.#tools.clock.monotonicMs());
    if (!correlated) return;
    const message = correlated.message.slice(0, MESSAGE_MAX);
    const event = this.#newEvent(about, { ...content, message });
    // One write after the other per event, so that its count is right.
    const before = this.#recorded.get(correlated.key) ?? Promise.resolve(undefined);
    this.#recorded.set(
      correlated.key,
      before.then((last) => this.#persist(event, last)),
    );
  }

  async #persist(
    event: NewObject<RecordedEvent>,
    before: RecordedEvent | undefined,
  ): Promise<RecordedEvent | undefined> {
    const { clock, logger } = this.#tools;
    const { reason } = event;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#write(event, before);
      } catch (error) {
        if (isNamespaceTerminating(error)) return undefined;
        const mayHelp = mayHaveWritten(error) || isStatusError(error, ...LATER);
        if (!mayHelp || attempt === ATTEMPTS_MAX) {
          logger.warn('event not recorded', { reason, error });
          return undefined;
        }
        await sleep(clock, Math.max(RETRY_MS, retryAfterMs(error)));
      }
    }
  }

  /** Creates the event, or raises the count of the same one before. Rejects when it can't. */
  async #write(
    event: NewObject<RecordedEvent>,
    before: RecordedEvent | undefined,
  ): Promise<RecordedEvent> {
    const { client } = this.#tools;
    try {
      if (before) return await this.#repeat(before, event.message);
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error; // It has expired: begin anew.
    }
    try {
      return await client.create(events, event);
    } catch (error) {
      if (!isStatusError(error, 'AlreadyExists')) throw error;
      const { namespace, name = '' } = event.metadata; // The answer to an attempt was lost.
      return client.get(events, { namespace, name });
    }
  }

  #repeat({ metadata, count }: RecordedEvent, message: string): Promise<RecordedEvent> {
    const { client, clock } = this.#tools;
    const { namespace, name } = metadata;
    const body = { count: count + 1, message, lastTimestamp: toTime(clock.now()) };
    return client.patch(events, { namespace, name }, { type: 'merge', body });
  }

  #newEvent(about: KubeObject, content: EventContent): NewObject<RecordedEvent> {
    const { name, namespace, uid, resourceVersion } = about.metadata;
    const [component, host] = [this.#component, this.#host];
    const { fieldPath, atMs: now = this.#tools.clock.now(), ...rest } = content;
    const stamp = (BigInt(now) * 1_000_000n + BigInt(this.#made++ % 1_000_000)).toString(16);
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${stamp}`, namespace: namespace || 'default' },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        ...(namespace && { namespace }),
        name,
        uid,
        resourceVersion,
        ...(fieldPath && { fieldPath }),
      },
      ...rest,
      count: 1,
      firstTimestamp: toTime(now),
      lastTimestamp: toTime(now),
      source: { component, ...(host && { host }) },
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
  }
}

/** Refusals that another time may not meet. */
const LATER: readonly StatusReason[] = ['ServiceUnavailable', 'TooManyRequests', 'Conflict'];
