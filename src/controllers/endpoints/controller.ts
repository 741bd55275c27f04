import { endpoints } from '../../api/generated/core/v1/resources.ts';
import {
  type Controller,
  changesOf,
  deleted,
  source,
  type Written,
  wrote,
} from '../../client/controller.ts';
import { isNamespaceTerminating } from '../../client/outcome.ts';
import { keyOf } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { Informers } from '../informers.ts';
import { restAfter } from '../pods.ts';
import type { ServicePods } from '../service-pods.ts';
import type { ControllerTools } from '../tools.ts';
import { type EndpointsAction, type Observed, reconcileEndpoints } from './reconcile.ts';

const NAME = 'endpoint-controller';

type Caches = Pick<Informers, 'services' | 'pods' | 'endpoints'> & {
  readonly servicePods: ServicePods;
};

/** Keeps the older Endpoints objects, for clients that don't read EndpointSlices yet. */
export function endpointsController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, EndpointsAction> {
  const client = tools.clientFor(NAME);

  async function write(action: EndpointsAction): Promise<Written> {
    switch (action.type) {
      case 'create':
        return wrote(caches.endpoints, await client.create(endpoints, action.endpoints));
      case 'update':
        return wrote(caches.endpoints, await client.update(endpoints, action.endpoints));
      case 'delete': {
        const { metadata } = action.endpoints;
        const preconditions = { uid: metadata.uid };
        await client.delete(endpoints, metadata, { preconditions });
        return deleted(caches.endpoints, keyOf(action.endpoints), action.endpoints);
      }
    }
  }

  return {
    name: NAME,
    sources: [
      source(caches.services, (service) => [keyOf(service)]),
      changesOf(caches.pods, (change) => caches.servicePods.servicesConcernedBy(change)),
      source(caches.endpoints, (each) => [keyOf(each)]),
    ],
    observe(key) {
      const service = caches.services.lister.get(key);
      const existing = caches.endpoints.lister.get(key);
      if (!service && !existing) return undefined;
      return { service, pods: caches.servicePods.podsOf(key), endpoints: existing };
    },
    reconcile: reconcileEndpoints,
    restMs: ({ pods }) => restAfter(pods),
    async execute(action) {
      try {
        return await write(action);
      } catch (error) {
        const isDone = action.type === 'delete' && isStatusError(error, 'NotFound');
        if (isDone || isNamespaceTerminating(error)) return undefined;
        throw error;
      }
    },
  };
}
