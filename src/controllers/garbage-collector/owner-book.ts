import {
  createEventRecorder,
  type EventRecorder,
  type RecorderTools,
} from '../../client/event-recorder.ts';
import { LruMap } from '../../client/lru-map.ts';
import {
  type OfferedResource,
  offers,
  type ResourceCatalog,
} from '../../client/resource-catalog.ts';
import type { OwnerReference } from '../../machinery/object.ts';
import { parseApiVersion } from '../../machinery/resource.ts';
import { isStatusError } from '../../machinery/status.ts';
import { isCollected } from './collected.ts';
import type { OwnerGraph } from './graph.ts';
import type { Item, Owner } from './reconcile.ts';

const GONE_MAX = 10_000; // Owners that are known to be gone; forgetting one costs a look-up.

/** What is known of the owners that objects name. */
export class OwnerBook {
  readonly #client: RecorderTools['client'];
  readonly #events: EventRecorder;
  readonly #catalog: ResourceCatalog;
  readonly #graph: OwnerGraph;
  readonly #gone = new LruMap<string, true>(GONE_MAX);
  /** Owners that can't be looked up: of kinds not served, or in no namespace we know. */
  readonly #unknowable = new LruMap<string, true>(GONE_MAX);

  constructor(tools: RecorderTools, catalog: ResourceCatalog, graph: OwnerGraph) {
    this.#client = tools.client;
    this.#events = createEventRecorder(tools, 'garbage-collector-controller');
    this.#catalog = catalog;
    this.#graph = graph;
  }

  ownersOf(dependent: Item): Owner[] {
    const references = dependent.object.metadata.ownerReferences ?? [];
    return references.map((reference) => ({
      reference,
      state: this.#stateOf(reference, dependent),
    }));
  }

  /** Kinds have come: what couldn't be known may be known now. */
  forgetUnknowable(): void {
    this.#unknowable.clear();
  }

  /** Asks the server itself: a cache that doesn't have an object may only be late. */
  async lookUp(reference: OwnerReference, dependent: Item): Promise<void> {
    const { namespace } = dependent.object.metadata;
    const key = keyFor(reference, namespace);
    const resource = this.#resourceOf(reference);
    const isElsewhere = resource?.namespaced === true && !namespace;
    if (isElsewhere || this.#isInOtherNamespace(reference, namespace)) {
      this.#tellWrongNamespace(reference, dependent);
    }
    if (!resource || isElsewhere) {
      this.#unknowable.set(key, true);
      return;
    }
    const target = resource.namespaced ? { namespace, name: reference.name } : reference;
    try {
      const owner = await this.#client.get(resource, target);
      if (owner.metadata.uid === reference.uid) {
        // What nobody watches won't be told to have gone, so there is no point in asking again.
        if (!isCollected(resource)) this.#unknowable.set(key, true);
        return;
      }
    } catch (error) {
      // A kind that is served no more isn't found either; that says nothing of its objects.
      const isObject = isStatusError(error, 'NotFound') && error.details?.name === reference.name;
      if (!isObject) throw error;
    }
    this.#gone.set(key, true);
  }

  #stateOf(reference: OwnerReference, { object }: Item): Owner['state'] {
    const { namespace } = object.metadata;
    const item = this.#graph.get(reference.uid);
    if (item && isMeant(reference, item, namespace)) return item.object;
    const key = keyFor(reference, namespace);
    if (this.#gone.get(key)) return 'gone';
    return this.#unknowable.get(key) ? 'unknowable' : 'unseen';
  }

  #resourceOf({ apiVersion, kind }: OwnerReference): OfferedResource | undefined {
    const { group } = parseApiVersion(apiVersion);
    return this.#catalog
      .resources()
      .find((each) => each.group === group && each.kind === kind && offers(each, 'get'));
  }

  #isInOtherNamespace({ uid }: OwnerReference, namespace: string | undefined): boolean {
    const there = this.#graph.get(uid)?.object.metadata.namespace;
    return there !== undefined && there !== namespace;
  }

  #tellWrongNamespace(reference: OwnerReference, { object }: Item): void {
    const { namespace = '' } = object.metadata;
    const { apiVersion, kind, name, uid } = reference;
    const owner = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
    const message = `ownerRef ${owner} does not exist in namespace "${namespace}"`;
    this.#events.record(object, { type: 'Warning', reason: 'OwnerRefInvalidNamespace', message });
  }
}

const keyFor = (
  { apiVersion, kind, name, uid }: OwnerReference,
  namespace: string | undefined,
): string => [namespace ?? '', apiVersion, kind, name, uid].join('\0');

/** Whether an object is at the place that a reference from this namespace names. */
function isMeant(
  { apiVersion, kind, name }: OwnerReference,
  { resource, object }: Item,
  namespace: string | undefined,
): boolean {
  const { metadata } = object;
  return (
    resource.kind === kind &&
    resource.group === parseApiVersion(apiVersion).group &&
    metadata.name === name &&
    (metadata.namespace === undefined || metadata.namespace === namespace)
  );
}
