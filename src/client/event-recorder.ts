import { type Clock, toTime } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeObject, NewObject } from '../machinery/object.ts';
import type { Resource } from '../machinery/resource.ts';
import { isStatusError } from '../machinery/status.ts';
import type { Client } from './client.ts';

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
   * Records without waiting; the same again only raises a count. `fieldPath` points into the
   * object, as in `spec.containers{main}`. Failures are logged: no work fails for its event.
   */
  record(about: KubeObject, event: EventContent): void;
}

export interface EventContent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly fieldPath?: string;
}

export interface RecorderTools {
  readonly clock: Clock;
  readonly client: Client;
  readonly logger: Logger;
}

const REMEMBERED_MAX = 4096;
const MESSAGE_MAX = 1024;

/** A recorder for one component, such as `replicaset-controller`, or `kubelet` on a host. */
export function createEventRecorder(
  tools: RecorderTools,
  component: string,
  host?: string,
): EventRecorder {
  const { clock, client, logger } = tools;
  const recorded = new Map<string, Promise<RecordedEvent | undefined>>();
  let made = 0; // Keeps names apart that are made in the same millisecond.

  function remember(key: string, event: Promise<RecordedEvent | undefined>): void {
    recorded.delete(key);
    recorded.set(key, event);
    const [oldest] = recorded.keys();
    if (recorded.size > REMEMBERED_MAX && oldest !== undefined) recorded.delete(oldest);
  }

  async function again(before: RecordedEvent): Promise<RecordedEvent> {
    const { namespace, name } = before.metadata;
    const body = { count: before.count + 1, lastTimestamp: toTime(clock.now()) };
    return client.patch(events, { namespace, name }, { type: 'merge', body });
  }

  async function write(
    about: KubeObject,
    content: EventContent,
    before: RecordedEvent | undefined,
  ): Promise<RecordedEvent | undefined> {
    try {
      if (before) {
        try {
          return await again(before);
        } catch (error) {
          if (!isStatusError(error, 'NotFound')) throw error; // It has expired: begin anew.
        }
      }
      return await client.create(events, newEvent(about, content));
    } catch (error) {
      logger.warn('event not recorded', { reason: content.reason, error });
      return undefined;
    }
  }

  function newEvent(about: KubeObject, content: EventContent): NewObject<RecordedEvent> {
    const { name, namespace, uid, resourceVersion } = about.metadata;
    const now = clock.now();
    const { fieldPath, ...rest } = content;
    const stamp = (BigInt(now) * 1_000_000n + BigInt(made++ % 1_000_000)).toString(16);
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
      message: rest.message.slice(0, MESSAGE_MAX),
      count: 1,
      firstTimestamp: toTime(now),
      lastTimestamp: toTime(now),
      source: { component, ...(host && { host }) },
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
  }

  return {
    record(about, content) {
      const { uid } = about.metadata;
      const { type, reason, message, fieldPath = '' } = content;
      const key = [uid, fieldPath, type, reason, message].join('\0');
      // One write after the other per event, so that its count is right.
      const before = recorded.get(key) ?? Promise.resolve(undefined);
      remember(
        key,
        before.then((event) => write(about, content, event)),
      );
    },
  };
}
