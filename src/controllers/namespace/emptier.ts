import type { Clock } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import {
  type OfferedResource,
  offers,
  type ResourceCatalog,
} from '../../client/resource-catalog.ts';
import { isEqual } from '../../machinery/equal.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { apiVersionOf } from '../../machinery/resource.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Remains } from './conditions.ts';
import type { Emptying } from './reconcile.ts';

/** Deletes all that lives in a namespace, as far as it will go. */
export class Emptier {
  readonly #clock: Clock;
  readonly #client: Client;
  readonly #catalog: ResourceCatalog;

  constructor(clock: Clock, client: Client, catalog: ResourceCatalog) {
    this.#clock = clock;
    this.#client = client;
    this.#catalog = catalog;
  }

  /** Deletes what is there, and tells what stays behind. */
  async empty(namespace: string, before: Emptying | undefined): Promise<Emptying> {
    const remains = await this.#remainsIn(namespace);
    const isSame = isEqual(remains, before?.remains);
    const looks = isSame ? (before?.looks ?? 0) + 1 : 0;
    return { remains, looks, lookedMs: this.#clock.monotonicMs() };
  }

  /** Pods go first: while they run, what protects others from them has to stay (KEP-5080). */
  async #remainsIn(namespace: string): Promise<readonly Remains[]> {
    const resources = this.#catalog.resources().filter(isEmptied);
    const [pods, others] = [resources.filter(isPods), resources.filter((each) => !isPods(each))];
    const remainingPods = await this.#emptyAll(pods, namespace);
    return remainingPods.length > 0 ? remainingPods : this.#emptyAll(others, namespace);
  }

  async #emptyAll(resources: readonly OfferedResource[], namespace: string): Promise<Remains[]> {
    const all = await Promise.all(resources.map((resource) => this.#emptyOf(resource, namespace)));
    return all.filter((remains) => remains !== undefined);
  }

  /** Deletes all of one resource, and tells what stays behind for its finalizers. */
  async #emptyOf(resource: OfferedResource, namespace: string): Promise<Remains | undefined> {
    try {
      const { items: before } = await this.#client.list(resource, { namespace });
      if (before.length === 0) return undefined;
      await this.#deleteAll(resource, namespace, before);
      const { items } = await this.#client.list(resource, { namespace });
      if (items.length === 0) return undefined;
      const finalizers = countFinalizers(items);
      const isHeld = Object.keys(finalizers).length > 0 || items.some(hasGrace);
      const kind = `${apiVersionOf(resource)}, Resource=${resource.plural}`;
      const gvr = resource.group ? kind : `/${kind}`;
      const failure = `unexpected items still remain in namespace: ${namespace} for gvr: ${gvr}`;
      return { resource, count: items.length, finalizers, ...(!isHeld && { failure }) };
    } catch (error) {
      if (isStatusError(error, 'NotFound', 'MethodNotAllowed')) return undefined;
      return { resource, count: 0, finalizers: {}, failure: (error as Error).message };
    }
  }

  /** Deletes what isn't on its way already: asking again would change nothing. */
  async #deleteAll(
    resource: OfferedResource,
    namespace: string,
    objects: readonly KubeObject[],
  ): Promise<void> {
    const fresh = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (fresh.length === 0) return;
    const options = { propagationPolicy: 'Background' } as const;
    if (offers(resource, 'deletecollection')) {
      return this.#client.deleteCollection(resource, { namespace }, options);
    }
    for (const { metadata } of fresh) {
      try {
        await this.#client.delete(resource, metadata, options);
      } catch (error) {
        if (!isStatusError(error, 'NotFound')) throw error;
      }
    }
  }
}

const isEmptied = (resource: OfferedResource): boolean =>
  resource.namespaced && offers(resource, 'list', 'delete');

const isPods = ({ group, plural }: OfferedResource): boolean => group === '' && plural === 'pods';

/** Whether an object's holder, such as a pod's node, still has time to end it. */
const hasGrace = ({ metadata }: KubeObject): boolean =>
  (metadata.deletionGracePeriodSeconds ?? 0) > 0;

function countFinalizers(objects: readonly KubeObject[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { metadata } of objects) {
    for (const finalizer of metadata.finalizers ?? []) {
      counts[finalizer] = (counts[finalizer] ?? 0) + 1;
    }
  }
  return counts;
}
