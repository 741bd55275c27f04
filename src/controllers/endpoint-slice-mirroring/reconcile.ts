import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
  Service,
} from '../../api/generated/core/v1/types.ts';
import type {
  AddressType,
  Endpoint,
  EndpointSlice,
} from '../../api/generated/discovery/v1/types.ts';
import { formatIp, parseIp, unmapped } from '../../base/ip.ts';
import { isEqual } from '../../machinery/equal.ts';
import { controllerReference, type NewObject } from '../../machinery/object.ts';
import { LAST_CHANGE } from '../endpoint-slice/change-time.ts';
import { portsKey } from '../endpoint-slice/endpoints.ts';
import { MANAGED_BY, SERVICE_NAME } from '../endpoint-slice/reconcile.ts';

export const MIRROR_MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const NOT_COPIED = [LAST_CHANGE, 'kubectl.kubernetes.io/last-applied-configuration'];
const ADDRESSES_MAX = 1000; // Of one subset, as Kubernetes mirrors them.

/** What the controller saw, from its caches. Plain data: no client, no clock. */
export interface Observed {
  readonly service: Service | undefined;
  readonly endpoints: Endpoints | undefined;
  /** Slices under this name that mirror Endpoints. */
  readonly slices: readonly EndpointSlice[];
}

export type MirrorAction =
  | {
      readonly type: 'createSlice';
      readonly slice: NewObject<EndpointSlice>;
      readonly endpoints: Endpoints;
    }
  | { readonly type: 'updateSlice'; readonly slice: EndpointSlice }
  | { readonly type: 'deleteSlice'; readonly slice: EndpointSlice }
  | { readonly type: 'tellSkipped'; readonly endpoints: Endpoints; readonly skipped: Skipped };

/** Addresses that aren't mirrored, and why. */
export interface Skipped {
  readonly invalid: number;
  readonly beyondMax: number;
}

/**
 * Decides the slices that tell of Endpoints which somebody wrote by hand, for a Service without a
 * selector. Pure.
 */
export function reconcileMirror({ service, endpoints, slices }: Observed): MirrorAction[] {
  const isMirrored = endpoints && service && isWritten(service) && wantsMirror(endpoints);
  if (!isMirrored) return slices.map((slice) => ({ type: 'deleteSlice', slice }) as const);
  const { wanted, skipped } = contentsOf(endpoints);
  const left = new Set(slices);
  const isTold = skipped.invalid + skipped.beyondMax > 0;
  const actions: MirrorAction[] = [];
  const homeless: Contents[] = [];
  for (const contents of wanted) {
    const slice = [...left].find(
      (each) =>
        each.addressType === contents.addressType &&
        portsKey(each.ports) === portsKey(contents.ports),
    );
    if (slice) left.delete(slice);
    if (slice) actions.push(...update(endpoints, slice, contents));
    else homeless.push(contents);
  }
  for (const contents of homeless) {
    const spare = [...left].find(({ addressType }) => addressType === contents.addressType);
    if (spare) left.delete(spare);
    if (spare) actions.push(...update(endpoints, spare, contents));
    else actions.push({ type: 'createSlice', slice: newSlice(endpoints, contents), endpoints });
  }
  const isChange = actions.length > 0 || left.size > 0;
  return [
    ...actions,
    ...[...left].map((slice) => ({ type: 'deleteSlice', slice }) as const),
    ...(isTold && isChange ? [{ type: 'tellSkipped', endpoints, skipped } as const] : []),
  ];
}

/** Whether a Service's endpoints are written by hand: the selector's are the other controller's. */
const isWritten = ({ spec, metadata }: Service): boolean =>
  metadata.deletionTimestamp === undefined &&
  (spec.selector === undefined || Object.keys(spec.selector).length === 0);

const wantsMirror = ({ metadata }: Endpoints): boolean =>
  metadata.deletionTimestamp === undefined &&
  metadata.labels?.[SKIP_MIRROR] !== 'true' &&
  metadata.annotations?.[LEADER] === undefined;

interface Contents {
  readonly addressType: AddressType;
  readonly ports: NonNullable<EndpointSlice['ports']>;
  readonly endpoints: Endpoint[];
}

function contentsOf({ subsets = [] }: Endpoints) {
  const wanted = new Map<string, Contents>();
  let [invalid, beyondMax] = [0, 0];
  for (const subset of subsets) {
    const ports = (subset.ports ?? []).map(slicePort);
    const all = addressesOf(subset);
    const good = all.filter(({ family }) => family !== undefined);
    invalid += all.length - good.length;
    beyondMax += Math.max(0, good.length - ADDRESSES_MAX);
    for (const { family, endpoint } of good.slice(0, ADDRESSES_MAX)) {
      const addressType: AddressType = family === 6 ? 'IPv6' : 'IPv4';
      const key = `${addressType} ${portsKey(ports)}`;
      const contents = wanted.get(key) ?? { addressType, ports, endpoints: [] };
      wanted.set(key, contents);
      if (contents.endpoints.length < ADDRESSES_MAX) contents.endpoints.push(endpoint);
      else beyondMax++; // Of another subset with the same ports.
    }
  }
  return { wanted: [...wanted.values()], skipped: { invalid, beyondMax } };
}

const slicePort = ({ name = '', port, protocol = 'TCP', appProtocol }: EndpointPort) => ({
  name,
  protocol,
  port,
  ...(appProtocol && { appProtocol }),
});

function addressesOf({ addresses = [], notReadyAddresses = [] }: EndpointSubset) {
  return [
    ...addresses.map((address) => mirrored(address, true)),
    ...notReadyAddresses.map((address) => mirrored(address, false)),
  ];
}

/** The endpoint of an address, whose text may be of an irregular form. */
function mirrored({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean) {
  const parsed = parseIp(ip, { leadingZeros: true });
  const address = parsed && unmapped(parsed);
  const endpoint: Endpoint = {
    addresses: address ? [formatIp(address)] : [],
    conditions: { ready },
    ...(hostname && { hostname }),
    ...(targetRef && { targetRef }),
    ...(nodeName && { nodeName }),
  };
  return { family: address?.family, endpoint };
}

function update(endpoints: Endpoints, slice: EndpointSlice, contents: Contents): MirrorAction[] {
  const { labels, annotations } = marksOf(endpoints);
  const isSame =
    isEqual(contents.endpoints, slice.endpoints ?? []) &&
    portsKey(contents.ports) === portsKey(slice.ports) &&
    isEqual(labels, slice.metadata.labels) &&
    isEqual(annotations, slice.metadata.annotations ?? {});
  if (isSame) return [];
  const ownerReferences = [controllerReference(endpoints)];
  const metadata = { ...slice.metadata, labels, annotations, ownerReferences };
  const { ports, endpoints: members } = contents;
  return [{ type: 'updateSlice', slice: { ...slice, metadata, ports, endpoints: members } }];
}

function newSlice(endpoints: Endpoints, contents: Contents): NewObject<EndpointSlice> {
  const { name, namespace } = endpoints.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      ...(namespace && { namespace }),
      ...marksOf(endpoints),
      ownerReferences: [controllerReference(endpoints)],
    },
    ...contents,
  };
}

/** Labels and annotations come along, and those by which readers find the slices of a Service. */
function marksOf({ metadata }: Endpoints) {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => !NOT_COPIED.includes(key),
  );
  return {
    labels: { ...metadata.labels, [SERVICE_NAME]: metadata.name, [MANAGED_BY]: MIRROR_MANAGER },
    annotations: Object.fromEntries(annotations),
  };
}
