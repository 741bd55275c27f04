import type { Controller, Written } from '../../client/controller.ts';
import { Informer, type InformerTools } from '../../client/informer.ts';
import type { KubeObject, OwnerReference } from '../../machinery/object.ts';
import { parseApiVersion, type Resource } from '../../machinery/resource.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { ControllerTools } from '../tools.ts';
import { OwnerGraph } from './graph.ts';
import {
  type GarbageAction,
  type Item,
  type Observed,
  type Owner,
  reconcileGarbage,
} from './reconcile.ts';

const NAME = 'generic-garbage-collector';
const GONE_MAX = 10_000; // UIDs that are known to be gone; forgetting one costs a look-up.

/** Deletes what has lost all its owners, and carries out foreground and orphan deletion. */
export function garbageCollector(
  tools: ControllerTools,
  resources: readonly Resource[],
  signal: AbortSignal,
): Controller<Observed, GarbageAction> {
  const client = tools.clientFor(NAME);
  const informerTools: InformerTools = { ...tools, client };
  const informers = resources.map((resource) => new Informer<KubeObject>(informerTools, resource));
  const gone = new Set<string>();
  /** UIDs of owners that can't be looked up: of kinds not served, or in no namespace we know. */
  const unknowable = new Set<string>();
  const pending = new Set<string>();
  const graph = new OwnerGraph((uid) => pending.add(uid));
  for (const informer of informers) {
    graph.follow(informer);
    informer.start(signal);
  }

  const ownerOf = (reference: OwnerReference): Owner => {
    const { uid } = reference;
    const object = graph.get(uid)?.object;
    if (object) return { reference, state: object };
    if (gone.has(uid)) return { reference, state: 'gone' };
    return { reference, state: unknowable.has(uid) ? 'unknowable' : 'unseen' };
  };

  /** Asks the server itself: a cache that doesn't have an object may only be late. */
  async function lookUp({ reference, dependent }: ActionOf<'lookUp'>): Promise<void> {
    const { group, version } = parseApiVersion(reference.apiVersion);
    const resource = resources.find((each) => each.group === group && each.kind === reference.kind);
    const { namespace } = dependent.object.metadata;
    if (!resource || (resource.namespaced && !namespace)) {
      unknowable.add(reference.uid);
      return;
    }
    const target = resource.namespaced ? { namespace, name: reference.name } : reference;
    try {
      const owner = await client.get({ ...resource, version }, target);
      if (owner.metadata.uid === reference.uid) return;
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
    if (gone.size >= GONE_MAX) gone.clear();
    gone.add(reference.uid);
  }

  async function remove({ item, policy }: ActionOf<'delete'>): Promise<void> {
    const { uid, resourceVersion } = item.object.metadata;
    const preconditions = { uid, resourceVersion };
    const options = { propagationPolicy: policy, preconditions };
    await client.delete(item.resource, item.object.metadata, options);
  }

  /** Merge-patches metadata lists of this very object in this very version. */
  async function patch({ resource, object }: Item, change: object): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const body = { metadata: { uid, resourceVersion, ...change } };
    await client.patch(resource, object.metadata, { type: 'merge', body });
  }

  async function execute(action: GarbageAction): Promise<void> {
    switch (action.type) {
      case 'lookUp':
        return lookUp(action);
      case 'delete':
        return remove(action);
      case 'disown': {
        const references = action.item.object.metadata.ownerReferences ?? [];
        const ownerReferences = references.filter(({ uid }) => !action.ownerUids.includes(uid));
        return patch(action.item, { ownerReferences });
      }
      case 'removeFinalizer': {
        const all = action.item.object.metadata.finalizers ?? [];
        return patch(action.item, { finalizers: all.filter((each) => each !== action.finalizer) });
      }
    }
  }

  /** The UIDs touched since this was last asked; the graph has seen the change before. */
  const touched = () => {
    const uids = [...pending];
    pending.clear();
    return uids;
  };

  return {
    name: NAME,
    sources: informers.map((informer) => ({ informer: informer as never, keysOf: touched })),
    observe(uid) {
      const item = graph.get(uid);
      if (!item) return undefined;
      const owners = (item.object.metadata.ownerReferences ?? []).map(ownerOf);
      return { item, owners, dependents: graph.dependentsOf(uid) };
    },
    reconcile: reconcileGarbage,
    async execute(action): Promise<Written | undefined> {
      try {
        await execute(action);
      } catch (error) {
        if (!isStatusError(error, 'NotFound')) throw error; // It is gone, as it should be.
      }
      return undefined;
    },
  };
}

type ActionOf<T extends GarbageAction['type']> = Extract<GarbageAction, { type: T }>;
