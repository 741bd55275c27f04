import { namespaces } from '../../api/generated/core/v1/resources.ts';
import { type Controller, source, wrote } from '../../client/controller.ts';
import type { ResourceCatalog } from '../../client/resource-catalog.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { Emptier } from './emptier.ts';
import {
  type Emptying,
  FINALIZER,
  type NamespaceAction,
  type Observed,
  reconcileNamespaceDeletion,
} from './reconcile.ts';

const NAME = 'namespace-controller';

/** Deletes what is in deleted namespaces: of all resources that the catalog offers at the time. */
export function namespaceController(
  tools: ControllerTools,
  caches: Pick<Informers, 'namespaces'>,
  catalog: ResourceCatalog,
): Controller<Observed, NamespaceAction> {
  const { clock } = tools;
  const client = tools.clientFor(NAME);
  const emptier = new Emptier(clock, client, catalog);
  const progress = new Map<string, Emptying & { readonly uid: string }>();

  return {
    name: NAME,
    sources: [source(caches.namespaces, ({ metadata }) => [metadata.name])],

    observe(key) {
      const namespace = caches.namespaces.lister.get(key);
      const known = progress.get(key);
      if (!namespace || known?.uid !== namespace.metadata.uid) progress.delete(key);
      if (!namespace) return undefined;
      const [now, nowMs] = [clock.now(), clock.monotonicMs()];
      return { namespace, emptying: progress.get(key), now, nowMs };
    },

    reconcile: reconcileNamespaceDeletion,

    async execute(action) {
      const { namespace } = action;
      const { uid, name } = namespace.metadata;
      switch (action.type) {
        case 'empty': {
          const emptying = await emptier.empty(name, progress.get(name));
          progress.set(name, { ...emptying, uid });
          return undefined;
        }
        case 'updateStatus': {
          const { conditions } = action;
          const updated = { ...namespace, status: { ...namespace.status, conditions } };
          const options = { subresource: 'status' };
          return wrote(caches.namespaces, await client.update(namespaces, updated, options));
        }
        case 'finalize': {
          const finalizers = namespace.spec.finalizers?.filter((each) => each !== FINALIZER) ?? [];
          const finalized = { ...namespace, spec: { ...namespace.spec, finalizers } };
          try {
            const written = await client.update(namespaces, finalized, { subresource: 'finalize' });
            return wrote(caches.namespaces, written);
          } catch (error) {
            if (isStatusError(error, 'NotFound')) return undefined; // It is gone, as it should be.
            progress.delete(name); // Much may have happened since it was found empty.
            throw error;
          }
        }
      }
    },
  };
}
