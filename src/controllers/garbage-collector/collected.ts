import { Informer, type InformerTools } from '../../client/informer.ts';
import {
  type OfferedResource,
  offers,
  type ResourceCatalog,
} from '../../client/resource-catalog.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { groupResource } from '../../machinery/status.ts';
import type { OwnerGraph } from './graph.ts';

/** Finds an informer that others keep for a resource, to be shared. */
export type SharedInformer = (resource: OfferedResource) => Informer<KubeObject> | undefined;

interface Followed {
  readonly kind: string;
  readonly informer: Informer<KubeObject>;
  readonly stop: () => void;
}

/** Feeds the graph with all that can be collected, while kinds come and go. */
export class CollectedResources {
  readonly #tools: InformerTools;
  readonly #catalog: ResourceCatalog;
  readonly #graph: OwnerGraph;
  readonly #shared: SharedInformer;
  readonly #followed = new Map<string, Followed>();

  constructor(
    tools: InformerTools,
    catalog: ResourceCatalog,
    graph: OwnerGraph,
    shared: SharedInformer,
  ) {
    this.#tools = tools;
    this.#catalog = catalog;
    this.#graph = graph;
    this.#shared = shared;
  }

  /** Follows what is offered, from now until the signal aborts. `changed` is told after a change. */
  start(signal: AbortSignal, changed: () => void): void {
    this.#follow(signal);
    const cancel = this.#catalog.onChange(() => {
      this.#follow(signal);
      changed();
    });
    signal.addEventListener('abort', cancel, { once: true });
  }

  /** Resolves once everything that is followed now is known. */
  get synced(): Promise<void> {
    const all = [...this.#followed.values()].map(({ informer }) => informer.synced);
    return Promise.all(all).then(() => {});
  }

  #follow(signal: AbortSignal): void {
    const offered = new Map(
      this.#catalog
        .resources()
        .filter(isCollected)
        .map((resource) => [groupResource(resource), resource]),
    );
    for (const [name, { kind, stop }] of this.#followed) {
      if (offered.get(name)?.kind === kind) continue;
      this.#followed.delete(name);
      stop();
    }
    for (const [name, resource] of offered) {
      if (!this.#followed.has(name)) this.#followed.set(name, this.#begin(resource, signal));
    }
  }

  #begin(resource: OfferedResource, signal: AbortSignal): Followed {
    const { kind } = resource;
    const shared = this.#shared(resource);
    if (shared) return { kind, informer: shared, stop: this.#graph.follow(shared) };
    const stop = new AbortController();
    const informer = new Informer<KubeObject>(this.#tools, resource);
    const forget = this.#graph.follow(informer);
    informer.start(AbortSignal.any([signal, stop.signal]));
    return {
      kind,
      informer,
      stop() {
        stop.abort();
        forget();
      },
    };
  }
}

/** Whether the graph follows a resource. Nobody owns events by reference, and there are many. */
export const isCollected = (resource: OfferedResource): boolean =>
  offers(resource, 'list', 'watch', 'delete') && resource.kind !== 'Event';
