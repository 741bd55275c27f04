import { deployments, replicaSets, statefulSets } from '../api/generated/apps/v1/resources.ts';
import {
  events,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
} from '../api/generated/core/v1/resources.ts';
import type { Event } from '../api/generated/core/v1/types.ts';
import { storageClasses } from '../api/generated/storage/v1/resources.ts';
import type { Client } from '../client/client.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Resource } from '../machinery/resource.ts';
import { isStatusError } from '../machinery/status.ts';
import type { ClusterObjects } from './placement/scenario.ts';

/** The last lines that a container has written; undefined when there are none to be had. */
export type LogTail = (
  pod: KubeObject,
  container: string,
  options: { readonly previous: boolean; readonly lines: number },
) => Promise<readonly string[] | undefined>;

/** What says how many pods there are to be. */
const SCALED = [deployments, replicaSets, statefulSets] as readonly Resource[];

/** Stands for what is there or isn't: whoever asks may not know. */
export const HIDDEN = Symbol('hidden');

/** What is read, or HIDDEN where that isn't allowed. */
export async function ifAllowed<T>(reading: Promise<T>): Promise<T | typeof HIDDEN> {
  try {
    return await reading;
  } catch (error) {
    if (isStatusError(error, 'Forbidden')) return HIDDEN;
    throw error;
  }
}

/** Reads a cluster for explanations: whatever API server it is, and everything just once. */
export class ClusterReader {
  readonly #client: Client;
  readonly #lists = new Map<string, Promise<readonly KubeObject[]>>();
  readonly #events = new Map<string, Promise<Map<string | undefined, Event[]>>>();
  readonly logTail: LogTail;
  /** Whether the server is Tutti's own, of which it is known what it lacks. */
  readonly isTutti: boolean;

  constructor(
    client: Client,
    logTail: LogTail,
    { isTutti = false }: { readonly isTutti?: boolean } = {},
  ) {
    this.#client = client;
    this.logTail = logTail;
    this.isTutti = isTutti;
  }

  /** All objects of a kind in a namespace, or everywhere. None where the server lacks the kind. */
  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): Promise<readonly T[]> {
    const key = [resource.group, resource.plural, namespace].join('/');
    const found = this.#lists.get(key) ?? this.#read(resource, namespace);
    this.#lists.set(key, found);
    return found as Promise<readonly T[]>;
  }

  async #read<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined) {
    try {
      return (await this.#client.list(resource, { namespace })).items;
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return [];
      throw error;
    }
  }

  /** One object; undefined when it isn't there. */
  async find<T extends KubeObject>(
    resource: Resource<T>,
    name: { readonly namespace?: string | undefined; readonly name: string },
  ): Promise<T | undefined> {
    try {
      return await this.#client.get(resource, name);
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** As `find`, for what often may not be read, and can be done without: secrets, nodes. */
  findIfAllowed<T extends KubeObject>(
    resource: Resource<T>,
    name: { readonly namespace?: string | undefined; readonly name: string },
  ): Promise<T | undefined | typeof HIDDEN> {
    return ifAllowed(this.find(resource, name));
  }

  /** What was told of an object, the newest first; nothing where that may not be read. */
  async eventsOf({ metadata }: KubeObject): Promise<readonly Event[]> {
    const { namespace = 'default', uid } = metadata;
    const found = this.#events.get(namespace) ?? this.#eventsByObject(namespace);
    this.#events.set(namespace, found);
    return (await found).get(uid) ?? [];
  }

  async #eventsByObject(namespace: string): Promise<Map<string | undefined, Event[]>> {
    const all = await ifAllowed(this.list(events, namespace));
    if (all === HIDDEN) return new Map();
    const newestFirst = all.toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));
    return Map.groupBy(newestFirst, ({ involvedObject }) => involvedObject.uid);
  }

  /** All that placing a pod depends on. */
  async objectsForPlacing(): Promise<ClusterObjects> {
    const [allNodes, allPods, allNamespaces, claims, volumes, classes, ...made] = await Promise.all(
      [
        this.list(nodes),
        this.list(pods),
        this.list(namespaces),
        this.list(persistentVolumeClaims),
        this.list(persistentVolumes),
        this.list(storageClasses),
        ...SCALED.map((each) => ifAllowed(this.list(each))),
      ],
    );
    return {
      nodes: allNodes,
      pods: allPods,
      namespaces: allNamespaces,
      claims,
      volumes,
      storageClasses: classes,
      workloads: made.flatMap((each) => (each === HIDDEN ? [] : each)),
    };
  }
}

/** Warnings, the newest first, each reason once: messages often differ by no more than a name. */
export function warningsIn(all: readonly Event[]): { reason: string; message: string }[] {
  const byReason = new Map<string, string>();
  for (const { type, reason = '', message = '' } of all) {
    if (type === 'Warning' && !byReason.has(reason)) byReason.set(reason, message.trim());
  }
  return [...byReason].map(([reason, message]) => ({ reason, message }));
}

const timeOf = ({ lastTimestamp, eventTime, metadata }: Event): string =>
  lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
