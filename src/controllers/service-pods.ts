import type { Pod, Service } from '../api/generated/core/v1/types.ts';
import type { Change, Informer } from '../client/informer.ts';
import { isEqual } from '../machinery/equal.ts';
import { keyOf, type ObjectKey } from '../machinery/object.ts';
import type { LabelSelector } from '../machinery/selector/label-selector.ts';
import { isReady } from './pods.ts';
import { selectorOfLabels } from './selectors.ts';

/** A Service's selector; undefined when its endpoints are somebody else's business. */
export function selectorOf({ spec }: Service): LabelSelector | undefined {
  if (spec.type === 'ExternalName' || spec.selector === undefined) return undefined;
  if (Object.keys(spec.selector).length === 0) return undefined;
  return selectorOfLabels(spec.selector);
}

const NONE: readonly ObjectKey[] = [];

/**
 * Which pods each Service selects, kept up to date by the informers. Neither a pod's change nor a
 * Service's pass looks at more than it concerns: a pod whose labels stay is looked up, not matched.
 */
export class ServicePods {
  readonly #pods: Informer<Pod>;
  readonly #selectors = new Map<string, Map<ObjectKey, LabelSelector>>();
  readonly #selected = new Map<ObjectKey, Map<ObjectKey, Pod>>();
  readonly #selectedBy = new Map<ObjectKey, readonly ObjectKey[]>();
  /** What the last changes concern: readers are told of a change after this has taken it in. */
  readonly #concerned = new WeakMap<Change<Pod>, readonly ObjectKey[]>();

  constructor(services: Informer<Service>, pods: Informer<Pod>) {
    this.#pods = pods;
    services.subscribe((change) => this.#onService(change));
    pods.subscribe((change) => this.#onPod(change));
  }

  /** The pods that a Service selects, in no particular order. */
  podsOf(service: ObjectKey): Pod[] {
    return [...(this.#selected.get(service)?.values() ?? [])];
  }

  /** The Services that select a pod. */
  servicesOf(pod: Pod): readonly ObjectKey[] {
    return this.#selectedBy.get(keyOf(pod)) ?? NONE;
  }

  /** The Services whose endpoints a pod's change alters: most changes alter none. */
  servicesConcernedBy(change: Change<Pod>): readonly ObjectKey[] {
    const { before, after } = change;
    return this.#concerned.get(change) ?? this.servicesOf((after ?? before) as Pod);
  }

  #onService({ before, after }: Change<Service>): void {
    const object = (after ?? before) as Service;
    const { namespace = '' } = object.metadata;
    const key = keyOf(object);
    const selector = after && selectorOf(after);
    const known = this.#selectors.get(namespace);
    const old = known?.get(key);
    if (old === selector || (old && selector && `${old}` === `${selector}`)) return;
    for (const pod of this.podsOf(key)) this.#unselect(key, pod);
    if (!selector) {
      known?.delete(key);
      if (known?.size === 0) this.#selectors.delete(namespace);
      return;
    }
    this.#selectors.set(namespace, (known ?? new Map()).set(key, selector));
    for (const pod of this.#pods.lister.inNamespace(namespace)) {
      if (selector.matches(pod.metadata.labels)) this.#select(key, pod);
    }
  }

  #onPod(change: Change<Pod>): void {
    const { before, after } = change;
    const was = before ? this.servicesOf(before) : NONE;
    if (!after) {
      for (const service of was) this.#unselect(service, before as Pod);
      this.#concerned.set(change, was);
      return;
    }
    const isSame = before !== undefined && isEqual(before.metadata.labels, after.metadata.labels);
    const is = isSame ? was : this.#match(after);
    for (const service of was) if (!is.includes(service)) this.#unselect(service, after);
    for (const service of is) this.#select(service, after);
    const isSilent = isSame && !altersEndpoints(before, after);
    this.#concerned.set(change, isSilent ? NONE : [...new Set([...was, ...is])]);
  }

  #match({ metadata }: Pod): readonly ObjectKey[] {
    const found: ObjectKey[] = [];
    for (const [service, selector] of this.#selectors.get(metadata.namespace ?? '') ?? []) {
      if (selector.matches(metadata.labels)) found.push(service);
    }
    return found;
  }

  #select(service: ObjectKey, pod: Pod): void {
    const key = keyOf(pod);
    const pods = this.#selected.get(service);
    if (pods) pods.set(key, pod);
    else this.#selected.set(service, new Map([[key, pod]]));
    const services = this.#selectedBy.get(key) ?? NONE;
    if (!services.includes(service)) this.#selectedBy.set(key, [...services, service]);
  }

  #unselect(service: ObjectKey, pod: Pod): void {
    const key = keyOf(pod);
    const pods = this.#selected.get(service);
    pods?.delete(key);
    if (pods?.size === 0) this.#selected.delete(service);
    const others = this.servicesOf(pod).filter((each) => each !== service);
    if (others.length > 0) this.#selectedBy.set(key, others);
    else this.#selectedBy.delete(key);
  }
}

/** Whether a change of a pod whose labels stay is one that readers of endpoints can see. */
function altersEndpoints(before: Pod, after: Pod): boolean {
  if (before.metadata.uid !== after.metadata.uid) return true;
  if (before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp) return true;
  if (isReady(before) !== isReady(after)) return true;
  const [was, is] = [before.status, after.status];
  if (was.phase !== is.phase || was.podIP !== is.podIP) return true;
  return !isEqual(was.podIPs, is.podIPs) || before.spec.nodeName !== after.spec.nodeName;
}
