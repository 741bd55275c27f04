import type { Node } from '../../api/generated/core/v1/types.ts';
import { endpointSlices } from '../../api/generated/discovery/v1/resources.ts';
import {
  type Controller,
  changesOf,
  deleted,
  type Source,
  source,
  type Written,
  wrote,
} from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Change } from '../../client/informer.ts';
import { isNamespaceTerminating, mayHaveWritten } from '../../client/outcome.ts';
import { keyOf, type ObjectKey } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import { BY_NODE, BY_SERVICE, type Informers } from '../informers.ts';
import { restAfter } from '../pods.ts';
import type { ServicePods } from '../service-pods.ts';
import type { ControllerTools } from '../tools.ts';
import { zoneOf } from './endpoints.ts';
import {
  type EndpointSliceAction,
  MANAGED_BY,
  MANAGER,
  type Observed,
  reconcileEndpointSlices,
  SERVICE_NAME,
} from './reconcile.ts';

const NAME = 'endpoint-slice-controller';

type Caches = Pick<Informers, 'services' | 'pods' | 'endpointSlices' | 'nodes'> & {
  readonly servicePods: ServicePods;
};

/** Tells in EndpointSlices which pods serve each Service that has a selector. */
export function endpointSliceController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, EndpointSliceAction> {
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);

  async function write(action: EndpointSliceAction): Promise<Written> {
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
    sources: sourcesOf(caches),

    observe(key) {
      const service = caches.services.lister.get(key);
      if (!service) return undefined; // The garbage collector takes its slices away.
      return {
        service,
        pods: caches.servicePods.podsOf(key),
        slices: caches.endpointSlices.lister
          .byIndex(BY_SERVICE, key)
          .filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === MANAGER),
        nodeOf: (name) => caches.nodes.lister.get(name),
      };
    },

    reconcile: reconcileEndpointSlices,
    restMs: ({ pods }) => restAfter(pods),

    async execute(action) {
      try {
        return await write(action);
      } catch (error) {
        if (isNamespaceTerminating(error)) return undefined;
        if (!isStatusError(error, 'Conflict') && !mayHaveWritten(error)) {
          const message = `Error updating Endpoint Slices for Service ${keyOf(action.service)}: ${(error as Error).message}`;
          const reason = 'FailedToUpdateEndpointSlices';
          events.record(action.service, { type: 'Warning', reason, message });
        }
        throw error;
      }
    },
  };
}

const sourcesOf = (caches: Caches): Source[] => [
  source(caches.services, (service) => [keyOf(service)]),
  changesOf(caches.pods, (change) => caches.servicePods.servicesConcernedBy(change)),
  changesOf(caches.nodes, (change) => servicesOnNode(change, caches)),
  source(caches.endpointSlices, ({ metadata }) => {
    const service = metadata.labels?.[SERVICE_NAME];
    const isOurs = metadata.labels?.[MANAGED_BY] === MANAGER;
    return service && isOurs ? [`${metadata.namespace}/${service}`] : [];
  }),
];

/** The Services with pods on a node that came, went or moved to another zone. */
function servicesOnNode({ before, after }: Change<Node>, caches: Caches): ObjectKey[] {
  if (before && after && zoneOf(before) === zoneOf(after)) return [];
  const { name } = (after ?? (before as Node)).metadata;
  const pods = caches.pods.lister.byIndex(BY_NODE, name);
  return [...new Set(pods.flatMap((pod) => caches.servicePods.servicesOf(pod)))];
}
