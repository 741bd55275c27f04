import { endpoints } from '../../api/generated/core/v1/resources.ts';
import { type Controller, source, wrote } from '../../client/controller.ts';
import { keyOf } from '../../machinery/object.ts';
import { selectorOf, servicesOf } from '../endpoint-slice/controller.ts';
import type { Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import { type EndpointsAction, type Observed, reconcileEndpoints } from './reconcile.ts';

const NAME = 'endpoint-controller';

/** Keeps the older Endpoints objects, for clients that don't read EndpointSlices yet. */
export function endpointsController(
  tools: ControllerTools,
  caches: Pick<Informers, 'services' | 'pods' | 'endpoints'>,
): Controller<Observed, EndpointsAction> {
  const client = tools.clientFor(NAME);
  return {
    name: NAME,
    sources: [
      source(caches.services, (service) => [keyOf(service)]),
      source(caches.pods, (pod) => servicesOf(pod, caches)),
      source(caches.endpoints, (each) => [keyOf(each)]),
    ],
    observe(key) {
      const service = caches.services.lister.get(key);
      const selector = service && selectorOf(service);
      if (!service || !selector) return undefined;
      const pods = caches.pods.lister
        .inNamespace(service.metadata.namespace ?? '')
        .filter(({ metadata }) => selector.matches(metadata.labels));
      return { service, pods, endpoints: caches.endpoints.lister.get(key) };
    },
    reconcile: reconcileEndpoints,
    async execute(action) {
      const written =
        action.type === 'create'
          ? await client.create(endpoints, action.endpoints)
          : await client.update(endpoints, action.endpoints);
      return wrote(caches.endpoints, written);
    },
  };
}
