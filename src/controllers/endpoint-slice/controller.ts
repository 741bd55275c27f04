import type { Pod, Service } from '../../api/generated/core/v1/types.ts';
import { endpointSlices } from '../../api/generated/discovery/v1/resources.ts';
import { type Controller, deleted, source, wrote } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { keyOf, type ObjectKey } from '../../machinery/object.ts';
import { LabelSelector } from '../../machinery/selector/label-selector.ts';
import { isStatusError } from '../../machinery/status.ts';
import { BY_SERVICE, type Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import {
  type EndpointSliceAction,
  MANAGED_BY,
  MANAGER,
  type Observed,
  reconcileEndpointSlices,
  SERVICE_NAME,
} from './reconcile.ts';

const NAME = 'endpoint-slice-controller';

type Caches = Pick<Informers, 'services' | 'pods' | 'endpointSlices' | 'nodes'>;

/** Tells in EndpointSlices which pods serve each Service that has a selector. */
export function endpointSliceController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, EndpointSliceAction> {
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);

  async function execute(action: EndpointSliceAction) {
    switch (action.type) {
      case 'createSlice':
        return wrote(caches.endpointSlices, await client.create(endpointSlices, action.slice));
      case 'updateSlice':
        return wrote(caches.endpointSlices, await client.update(endpointSlices, action.slice));
      case 'deleteSlice': {
        const { metadata } = action.slice;
        try {
          const preconditions = { uid: metadata.uid };
          await client.delete(endpointSlices, metadata, { preconditions });
        } catch (error) {
          if (!isStatusError(error, 'NotFound')) throw error; // Done already.
        }
        return deleted(caches.endpointSlices, keyOf(action.slice), action.slice);
      }
    }
  }

  return {
    name: NAME,
    sources: [
      source(caches.services, (service) => [keyOf(service)]),
      source(caches.pods, (pod) => servicesOf(pod, caches)),
      source(caches.endpointSlices, ({ metadata }) => {
        const service = metadata.labels?.[SERVICE_NAME];
        const isOurs = metadata.labels?.[MANAGED_BY] === MANAGER;
        return service && isOurs ? [`${metadata.namespace}/${service}`] : [];
      }),
    ],

    observe(key) {
      const service = caches.services.lister.get(key);
      const selector = service && selectorOf(service);
      if (!service || !selector) return undefined;
      const { namespace = '' } = service.metadata;
      return {
        service,
        pods: caches.pods.lister
          .inNamespace(namespace)
          .filter(({ metadata }) => selector.matches(metadata.labels)),
        slices: caches.endpointSlices.lister
          .byIndex(BY_SERVICE, key)
          .filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === MANAGER),
        nodeOf: (name) => caches.nodes.lister.get(name),
      };
    },

    reconcile: reconcileEndpointSlices,

    async execute(action) {
      try {
        return await execute(action);
      } catch (error) {
        if (action.type === 'createSlice' && !isStatusError(error, 'Conflict')) {
          const message = `Error updating Endpoint Slices for Service ${keyOf(action.service)}: ${(error as Error).message}`;
          const reason = 'FailedToUpdateEndpointSlices';
          events.record(action.service, { type: 'Warning', reason, message });
        }
        throw error;
      }
    },
  };
}

/** A Service's selector; undefined when its endpoints are somebody else's business. */
export function selectorOf({ spec }: Service): LabelSelector | undefined {
  if (spec.type === 'ExternalName' || spec.selector === undefined) return undefined;
  if (Object.keys(spec.selector).length === 0) return undefined;
  return LabelSelector.ofLabels(spec.selector);
}

/** The Services that a pod's change concerns. */
export function servicesOf(pod: Pod, { services }: Pick<Caches, 'services'>): ObjectKey[] {
  return services.lister
    .inNamespace(pod.metadata.namespace ?? '')
    .filter((service) => selectorOf(service)?.matches(pod.metadata.labels))
    .map(keyOf);
}
