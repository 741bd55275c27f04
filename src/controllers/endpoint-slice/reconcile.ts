import type { Node, Pod, Service } from '../../api/generated/core/v1/types.ts';
import type { Endpoint, EndpointSlice } from '../../api/generated/discovery/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';
import { controllerReference, type NewObject } from '../../machinery/object.ts';
import { type EndpointGroup, endpointGroups, familiesOf } from './endpoints.ts';

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';

/** What the controller saw, from its caches. Plain data: no client, no clock. */
export interface Observed {
  readonly service: Service;
  /** Pods that its selector matches. */
  readonly pods: readonly Pod[];
  /** Slices of this Service that this controller made. */
  readonly slices: readonly EndpointSlice[];
  readonly nodeOf: (name: string) => Node | undefined;
}

export type EndpointSliceAction =
  | {
      readonly type: 'createSlice';
      readonly slice: NewObject<EndpointSlice>;
      readonly service: Service;
    }
  | { readonly type: 'updateSlice'; readonly slice: EndpointSlice }
  | { readonly type: 'deleteSlice'; readonly slice: EndpointSlice };

const ENDPOINTS_MAX = 100; // A slice is sent whole on each change: it must stay small.

/** Decides the next writes for the slices of one Service. Pure. */
export function reconcileEndpointSlices(observed: Observed): EndpointSliceAction[] {
  const { service, slices, pods, nodeOf } = observed;
  if (service.metadata.deletionTimestamp !== undefined) return [];
  const groups = endpointGroups(service, pods, nodeOf);
  // Without endpoints an empty slice stays, which tells readers that nobody is there.
  for (const addressType of familiesOf(service, pods)) {
    const isMissing = !groups.some((group) => group.addressType === addressType);
    if (isMissing) groups.push({ addressType, ports: [], endpoints: [] });
  }
  const left = new Set(slices);
  const actions = groups.flatMap((group) => {
    const own = [...left].filter((slice) => keyOfGroup(slice) === keyOfGroup(group));
    for (const slice of own) left.delete(slice);
    return fill(service, group, own);
  });
  return [...actions, ...[...left].map((slice) => ({ type: 'deleteSlice', slice }) as const)];
}

const keyOfGroup = ({ addressType, ports }: Pick<EndpointSlice, 'addressType' | 'ports'>): string =>
  JSON.stringify([
    addressType,
    (ports ?? []).map(({ name, protocol, port, appProtocol }) => [
      name,
      protocol,
      port,
      appProtocol,
    ]),
  ]);

/**
 * Spreads a group over its slices with as few writes as it takes: endpoints stay where they are,
 * new ones fill what is written anyhow, then what has room, then new slices.
 */
function fill(
  service: Service,
  group: EndpointGroup,
  slices: readonly EndpointSlice[],
): EndpointSliceAction[] {
  const wanted = new Map(group.endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  const kept = slices.map((slice) => {
    const endpoints = (slice.endpoints ?? []).flatMap((old) => {
      const endpoint = wanted.get(identityOf(old));
      wanted.delete(identityOf(old));
      return endpoint ? [endpoint] : [];
    });
    return { slice, endpoints };
  });
  const fresh = [...wanted.values()];
  const isWritten = ({ slice, endpoints }: (typeof kept)[number]) =>
    !isEqual(endpoints, slice.endpoints ?? []);
  for (const each of [...kept.filter(isWritten), ...kept.filter((each) => !isWritten(each))]) {
    each.endpoints.push(...fresh.splice(0, ENDPOINTS_MAX - each.endpoints.length));
  }
  const isEmpty = group.endpoints.length === 0;
  const [placeholder] = isEmpty ? kept : [];
  const actions = kept.flatMap(({ slice, endpoints }): EndpointSliceAction[] => {
    if (endpoints.length === 0 && slice !== placeholder?.slice) {
      return [{ type: 'deleteSlice', slice }];
    }
    const next = dress(service, { ...slice, endpoints });
    return isEqual(next, slice) ? [] : [{ type: 'updateSlice', slice: next }];
  });
  const needsPlaceholder = isEmpty && kept.length === 0;
  for (let first = needsPlaceholder; first || fresh.length > 0; first = false) {
    const endpoints = fresh.splice(0, ENDPOINTS_MAX);
    actions.push({ type: 'createSlice', slice: newSlice(service, group, endpoints), service });
  }
  return actions;
}

/** The same pod at the same addresses is the same endpoint, whatever its conditions. */
const identityOf = ({ addresses, targetRef }: Endpoint): string =>
  `${targetRef?.uid ?? ''} ${addresses.join(' ')}`;

function newSlice(
  service: Service,
  { addressType, ports }: EndpointGroup,
  endpoints: readonly Endpoint[],
): NewObject<EndpointSlice> {
  const { name, namespace } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      ...(namespace && { namespace }),
      labels: labelsOf(service),
      ownerReferences: [controllerReference(service)],
    },
    addressType,
    endpoints,
    ports,
  };
}

const dress = (service: Service, slice: EndpointSlice): EndpointSlice => ({
  ...slice,
  metadata: { ...slice.metadata, labels: labelsOf(service) },
});

/** A Service's own labels, and those by which readers find its slices. */
const labelsOf = ({ metadata, spec }: Service): Record<string, string> => ({
  ...metadata.labels,
  [SERVICE_NAME]: metadata.name,
  [MANAGED_BY]: MANAGER,
  ...(spec.clusterIP === 'None' && { [HEADLESS]: '' }),
});
