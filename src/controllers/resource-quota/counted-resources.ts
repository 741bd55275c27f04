import { evaluatorOf } from '../../api/core-v1/quota/evaluators.ts';
import type { QuotaEvaluator } from '../../api/core-v1/quota/usage.ts';
import { Informer, type InformerTools } from '../../client/informer.ts';
import {
  type OfferedResource,
  offers,
  type ResourceCatalog,
} from '../../client/resource-catalog.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { groupResource } from '../../machinery/status.ts';
import { mayFree } from './reconcile.ts';

/** Finds an informer that others keep for a resource, to be shared. */
export type SharedInformer = (resource: OfferedResource) => Informer<KubeObject> | undefined;

/** Told that something may have been freed of what goes by the names that the evaluator counts. */
export type Freed = (namespace: string, evaluator: QuotaEvaluator<KubeObject>) => void;

/** Follows those resources that quotas count, and no others: most clusters count few of many. */
export class CountedResources {
  readonly #tools: InformerTools;
  readonly #catalog: ResourceCatalog;
  readonly #shared: SharedInformer;
  readonly #signal: AbortSignal;
  readonly #followed = new Map<string, () => void>();

  constructor(
    tools: InformerTools,
    catalog: ResourceCatalog,
    shared: SharedInformer,
    signal: AbortSignal,
  ) {
    this.#tools = tools;
    this.#catalog = catalog;
    this.#shared = shared;
    this.#signal = signal;
  }

  /** The resources whose objects use any of what goes by these names. */
  countedBy(names: readonly string[]): readonly OfferedResource[] {
    if (names.length === 0) return [];
    return this.#catalog.resources().filter((resource) => {
      if (!resource.namespaced || !offers(resource, 'list', 'watch')) return false;
      const evaluator = evaluatorOf(resource);
      return evaluator !== undefined && names.some((name) => evaluator.counts(name));
    });
  }

  /** Follows what these names count from now on, and nothing else. */
  follow(names: readonly string[], freed: Freed): void {
    const wanted = new Map(this.countedBy(names).map((each) => [groupResource(each), each]));
    for (const [name, stop] of this.#followed) {
      if (wanted.has(name)) continue;
      this.#followed.delete(name);
      stop();
    }
    for (const [name, resource] of wanted) {
      if (!this.#followed.has(name)) this.#followed.set(name, this.#begin(resource, freed));
    }
  }

  #begin(resource: OfferedResource, freed: Freed): () => void {
    const evaluator = evaluatorOf(resource) as QuotaEvaluator<KubeObject>;
    const stop = new AbortController();
    const shared = this.#shared(resource);
    const informer = shared ?? new Informer<KubeObject>(this.#tools, resource);
    const { clock } = this.#tools;
    const cancel = informer.subscribe(({ before, after }) => {
      if (before && mayFree(evaluator, before, after, clock.now())) {
        freed(before.metadata.namespace ?? '', evaluator);
      }
    });
    if (!shared) informer.start(AbortSignal.any([this.#signal, stop.signal]));
    return () => {
      stop.abort();
      cancel();
    };
  }
}
