import { endpointSlices } from '../../api/generated/discovery/v1/resources.ts';
import { type Controller, deleted, source, type Written, wrote } from '../../client/controller.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { isNamespaceTerminating } from '../../client/outcome.ts';
import { keyOf } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import { MANAGED_BY, SERVICE_NAME } from '../endpoint-slice/reconcile.ts';
import { BY_SERVICE, type Informers } from '../informers.ts';
import type { ControllerTools } from '../tools.ts';
import {
  MIRROR_MANAGER,
  type MirrorAction,
  type Observed,
  reconcileMirror,
  type Skipped,
} from './reconcile.ts';

const NAME = 'endpoint-slice-mirroring-controller';

type Caches = Pick<Informers, 'services' | 'endpoints' | 'endpointSlices'>;

/** Tells readers of EndpointSlices of Endpoints that were written by hand. */
export function endpointSliceMirroringController(
  tools: ControllerTools,
  caches: Caches,
): Controller<Observed, MirrorAction> {
  const client = tools.clientFor(NAME);
  const events = createEventRecorder({ ...tools, client }, NAME);

  async function write(action: MirrorAction): Promise<Written | undefined> {
    switch (action.type) {
      case 'createSlice':
        return wrote(caches.endpointSlices, await client.create(endpointSlices, action.slice));
      case 'updateSlice':
        return wrote(caches.endpointSlices, await client.update(endpointSlices, action.slice));
      case 'deleteSlice': {
        const { metadata } = action.slice;
        const preconditions = { uid: metadata.uid };
        await client.delete(endpointSlices, metadata, { preconditions });
        return deleted(caches.endpointSlices, keyOf(action.slice), action.slice);
      }
      case 'tellSkipped':
        for (const [reason, message] of reportsOf(action.skipped)) {
          events.record(action.endpoints, { type: 'Warning', reason, message });
        }
        return undefined;
    }
  }

  return {
    name: NAME,
    sources: [
      source(caches.services, (service) => [keyOf(service)]),
      source(caches.endpoints, (each) => [keyOf(each)]),
      source(caches.endpointSlices, ({ metadata }) => {
        const service = metadata.labels?.[SERVICE_NAME];
        const isOurs = metadata.labels?.[MANAGED_BY] === MIRROR_MANAGER;
        return service && isOurs ? [`${metadata.namespace}/${service}`] : [];
      }),
    ],
    observe(key) {
      const service = caches.services.lister.get(key);
      const endpoints = caches.endpoints.lister.get(key);
      const slices = caches.endpointSlices.lister
        .byIndex(BY_SERVICE, key)
        .filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === MIRROR_MANAGER);
      return { service, endpoints, slices };
    },
    reconcile: reconcileMirror,
    async execute(action) {
      try {
        return await write(action);
      } catch (error) {
        const isDone = action.type === 'deleteSlice' && isStatusError(error, 'NotFound');
        if (isDone || isNamespaceTerminating(error)) return undefined;
        throw error;
      }
    },
  };
}

function reportsOf({ invalid, beyondMax }: Skipped): [reason: string, message: string][] {
  const reports: [string, string][] = [];
  if (invalid > 0) {
    const message = `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`;
    reports.push(['InvalidIPAddress', message]);
  }
  if (beyondMax > 0) {
    const message = `A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. ${beyondMax} addresses were skipped`;
    reports.push(['TooManyAddressesToMirror', message]);
  }
  return reports;
}
