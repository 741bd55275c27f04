import type { Pod, Service } from '../../api/generated/core/v1/types.ts';
import type {
  AddressType,
  Endpoint,
  EndpointSlice,
} from '../../api/generated/discovery/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';
import { controllerOf, controllerReference, type NewObject } from '../../machinery/object.ts';
import { selectorOf } from '../service-pods.ts';
import { earliestChange, LAST_CHANGE } from './change-time.ts';
import {
  type EndpointGroup,
  endpointGroups,
  familiesOf,
  type NodeOf,
  portsKey,
} from './endpoints.ts';
import { type Filled, type Packing, pack, recycle } from './packing.ts';

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';

/** What the controller saw, from its caches. Plain data: no client, no clock. */
export interface Observed {
  readonly service: Service;
  /** Pods that its selector matches. */
  readonly pods: readonly Pod[];
  /** Slices under the Service's name that this controller made. */
  readonly slices: readonly EndpointSlice[];
  readonly nodeOf: NodeOf;
}

export type EndpointSliceAction =
  | {
      readonly type: 'createSlice';
      readonly slice: NewObject<EndpointSlice>;
      readonly service: Service;
    }
  | { readonly type: 'updateSlice'; readonly slice: EndpointSlice; readonly service: Service }
  | { readonly type: 'deleteSlice'; readonly slice: EndpointSlice; readonly service: Service };

/** Decides the next writes for the slices of one Service. Pure. */
export function reconcileEndpointSlices(observed: Observed): EndpointSliceAction[] {
  const { service, slices } = observed;
  const isOwn = (slice: EndpointSlice) => controllerOf(slice)?.uid === service.metadata.uid;
  const strangers = slices.filter((slice) => !isOwn(slice)); // Of a Service of this name before.
  if (selectorOf(service) === undefined) return slices.map((slice) => remove(service, slice));
  const own = slices.filter(isOwn);
  const families = familiesOf(service, observed.pods);
  const groups = endpointGroups(service, observed.pods, observed.nodeOf);
  const planned = families.map((family) => planFamily(family, groups, own));
  const foreign = own.filter(({ addressType }) => !families.includes(addressType));
  const isFirst = slices.length === 0;
  return [
    ...planned.flatMap((packing) => carryOver(observed, packing, isFirst)),
    ...[...strangers, ...foreign].map((slice) => remove(service, slice)),
  ];
}

/** Without endpoints an empty slice stays, which tells readers that nobody is there. */
function planFamily(
  addressType: AddressType,
  groups: readonly EndpointGroup[],
  slices: readonly EndpointSlice[],
): Packing {
  const own = slices.filter((slice) => slice.addressType === addressType);
  const wanted = groups.filter((group) => group.addressType === addressType);
  const left = new Set(own);
  const packings = wanted.map((group) => {
    const key = portsKey(group.ports);
    const fitting = [...left].filter(({ ports }) => portsKey(ports) === key);
    for (const slice of fitting) left.delete(slice);
    return pack(group, fitting);
  });
  const nobody = { group: { addressType, ports: [], endpoints: [] }, endpoints: [] };
  return recycle({
    kept: packings.flatMap(({ kept }) => kept),
    fresh: wanted.length > 0 ? packings.flatMap(({ fresh }) => fresh) : [nobody],
    spare: [...packings.flatMap(({ spare }) => spare), ...left],
  });
}

function carryOver(
  { service, pods }: Observed,
  { kept, fresh, spare }: Packing,
  isFirst: boolean,
): EndpointSliceAction[] {
  const isGoing = service.metadata.deletionTimestamp !== undefined;
  const created = isGoing ? [] : fresh; // The garbage collector is taking them away.
  const changeOf = (endpoints: readonly Endpoint[], known: readonly Endpoint[]) =>
    earliestChange({ service, pods, endpoints, known, isFirst });
  return [
    ...created.map(({ group, endpoints }) => ({
      type: 'createSlice' as const,
      slice: newSlice(service, group, endpoints, changeOf(endpoints, [])),
      service,
    })),
    ...kept
      .filter((filled) => isChanged(service, filled))
      .map((filled) => {
        const change = changeOf(filled.endpoints, filled.slice.endpoints ?? []);
        return { type: 'updateSlice' as const, slice: dress(service, filled, change), service };
      }),
    ...spare.map((slice) => remove(service, slice)),
  ];
}

const remove = (service: Service, slice: EndpointSlice): EndpointSliceAction => ({
  type: 'deleteSlice',
  slice,
  service,
});

const isChanged = (service: Service, { slice, group, endpoints }: Filled): boolean =>
  !isEqual(endpoints, slice.endpoints ?? []) ||
  portsKey(group.ports) !== portsKey(slice.ports) ||
  !isEqual(labelsOf(service), slice.metadata.labels);

function newSlice(
  service: Service,
  { addressType, ports }: EndpointGroup,
  endpoints: readonly Endpoint[],
  change: string | undefined,
): NewObject<EndpointSlice> {
  const { name, namespace } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      ...(namespace && { namespace }),
      labels: labelsOf(service),
      ...(change && { annotations: { [LAST_CHANGE]: change } }),
      ownerReferences: [controllerReference(service)],
    },
    addressType,
    endpoints,
    ports,
  };
}

function dress(
  service: Service,
  { slice, group, endpoints }: Filled,
  change: string | undefined,
): EndpointSlice {
  const { annotations: { [LAST_CHANGE]: _, ...others } = {}, ...metadata } = slice.metadata;
  const annotations = { ...others, ...(change && { [LAST_CHANGE]: change }) };
  return {
    ...slice,
    metadata: { ...metadata, annotations, labels: labelsOf(service) },
    endpoints,
    ports: group.ports,
  };
}

/** A Service's own labels, and those by which readers find its slices. */
function labelsOf({ metadata, spec }: Service): Record<string, string> {
  const { [HEADLESS]: _, ...own } = metadata.labels ?? {};
  const isHeadless = !spec.clusterIP || spec.clusterIP === 'None';
  return {
    ...own,
    [SERVICE_NAME]: metadata.name,
    [MANAGED_BY]: MANAGER,
    ...(isHeadless && { [HEADLESS]: '' }),
  };
}
