import type { Controller, Source } from '../../client/controller.ts';
import type { ResourceCatalog } from '../../client/resource-catalog.ts';
import { isStatusError, StatusError } from '../../machinery/status.ts';
import type { ControllerTools } from '../tools.ts';
import { CollectedResources, type SharedInformer } from './collected.ts';
import { awaitsDependents, OwnerGraph } from './graph.ts';
import { OwnerBook } from './owner-book.ts';
import {
  concerns,
  type GarbageAction,
  type Item,
  type Observed,
  reconcileGarbage,
} from './reconcile.ts';

const NAME = 'generic-garbage-collector';

/** Deletes what has lost all its owners, and carries out foreground and orphan deletion. */
export function garbageCollector(
  tools: ControllerTools,
  catalog: ResourceCatalog,
  shared: SharedInformer,
  signal: AbortSignal,
): Controller<Observed, GarbageAction> {
  const client = tools.clientFor(NAME);
  let touch = (_uid: string): void => {};
  const graph = new OwnerGraph((uid) => touch(uid));
  const book = new OwnerBook({ ...tools, client }, catalog, graph);
  const collected = new CollectedResources({ ...tools, client }, catalog, graph, shared);
  collected.start(signal, () => {
    book.forgetUnknowable();
    graph.touchOwned();
  });

  const source: Source = {
    synced: collected.synced,
    subscribe(add) {
      touch = add;
      graph.touchOwned();
      graph.touchWaiting();
      return () => {
        touch = () => {};
      };
    },
  };

  return {
    name: NAME,
    sources: [source],
    observe(uid) {
      const item = graph.get(uid);
      if (!item) return undefined;
      const owners = book.ownersOf(item);
      const isAsked =
        awaitsDependents(item.object) ||
        owners.some(({ state }) => typeof state === 'object' && awaitsDependents(state));
      return { item, owners, dependents: isAsked ? graph.dependentsOf(uid) : [] };
    },
    reconcile: reconcileGarbage,
    async execute(action) {
      try {
        await execute(action);
      } catch (error) {
        if (!isStatusError(error, 'NotFound')) throw error; // It is gone, as it should be.
      }
      return undefined;
    },
  };

  async function execute(action: GarbageAction): Promise<void> {
    switch (action.type) {
      case 'lookUp':
        return book.lookUp(action.reference, action.dependent);
      case 'delete': {
        const { resource, object } = action.item;
        const { uid, resourceVersion } = object.metadata;
        const preconditions = { uid, resourceVersion };
        const options = { propagationPolicy: action.policy, preconditions };
        await client.delete(resource, object.metadata, options);
        return;
      }
      case 'disown': {
        const references = action.item.object.metadata.ownerReferences ?? [];
        const ownerReferences = references.filter(({ uid }) => !action.ownerUids.includes(uid));
        return patch(action.item, { ownerReferences });
      }
      case 'unblock': {
        const references = action.item.object.metadata.ownerReferences ?? [];
        const unblocked = references.map((each) => ({ ...each, blockOwnerDeletion: false }));
        return patch(action.item, { ownerReferences: unblocked });
      }
      case 'removeFinalizer': {
        await assertNoneLeft(action.item, action.finalizer);
        const all = action.item.object.metadata.finalizers ?? [];
        return patch(action.item, { finalizers: all.filter((each) => each !== action.finalizer) });
      }
    }
  }

  /**
   * Asks the server where a cache may not know of all dependents yet: they would outlive an owner that
   * was to wait for them, or be collected though they were to stay. Throws a Conflict if there are any.
   */
  async function assertNoneLeft(item: Item, finalizer: string): Promise<void> {
    const { namespace, uid, name } = item.object.metadata;
    for (const resource of graph.behind(item)) {
      const { items } = await client.list(resource, { ...(namespace && { namespace }) });
      if (!items.some((each) => concerns(finalizer, uid, each))) continue;
      throw new StatusError('Conflict', `${name} has ${resource.plural} that aren't known yet`);
    }
  }

  /** Merge-patches metadata lists of this very object in this very version. */
  async function patch({ resource, object }: Item, change: object): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const body = { metadata: { uid, resourceVersion, ...change } };
    await client.patch(resource, object.metadata, { type: 'merge', body });
  }
}
