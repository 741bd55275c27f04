import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
  Pod,
  Service,
} from '../../api/generated/core/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';
import type { NewObject } from '../../machinery/object.ts';
import { earliestReadiness, LAST_CHANGE } from '../endpoint-slice/change-time.ts';
import { addressesOf, familiesOf, isNamed, targetPort } from '../endpoint-slice/endpoints.ts';
import { isReady } from '../pods.ts';
import { selectorOf } from '../service-pods.ts';

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MANAGER = 'endpoint-controller';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const HEADLESS = 'service.kubernetes.io/headless';
const ADDRESSES_MAX = 1000;

/** What the controller saw, from its caches. Plain data: no client, no clock. */
export interface Observed {
  /** Undefined when it is gone. */
  readonly service: Service | undefined;
  /** Pods that its selector matches. */
  readonly pods: readonly Pod[];
  readonly endpoints: Endpoints | undefined;
}

export type EndpointsAction =
  | { readonly type: 'create'; readonly endpoints: NewObject<Endpoints> }
  | { readonly type: 'update'; readonly endpoints: Endpoints }
  | { readonly type: 'delete'; readonly endpoints: Endpoints };

/** Decides the next write of the Endpoints object of one Service. Pure. */
export function reconcileEndpoints({ service, pods, endpoints }: Observed): EndpointsAction[] {
  if (!service) {
    // What somebody else made may be there before its Service.
    const isOurs = endpoints?.metadata.labels?.[MANAGED_BY] === MANAGER;
    return endpoints && isOurs ? [{ type: 'delete', endpoints }] : [];
  }
  if (service.metadata.deletionTimestamp !== undefined) return [];
  if (selectorOf(service) === undefined) return []; // From now on they are the user's.
  const { shown, isTruncated } = chosen(service, pods);
  const subsets = subsetsOf(service, shown);
  const labels = labelsOf(service);
  if (!endpoints) {
    const metadata = metadataOf(service, labels, isTruncated);
    return [
      { type: 'create', endpoints: { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets } },
    ];
  }
  const annotations = annotationsOf(endpoints.metadata.annotations, isTruncated);
  const isSame =
    isEqual(labels, endpoints.metadata.labels) &&
    isEqual(annotations, endpoints.metadata.annotations ?? {}) &&
    isEqual(subsets, endpoints.subsets ?? []);
  if (isSame) return [];
  const changed = changedPods(shown, subsets, endpoints.subsets ?? []);
  const stamped = stamp(annotations, earliestReadiness(changed));
  const metadata = { ...endpoints.metadata, labels, annotations: stamped };
  return [{ type: 'update', endpoints: { ...endpoints, metadata, subsets } }];
}

function metadataOf(
  { metadata }: Service,
  labels: Readonly<Record<string, string>>,
  isTruncated: boolean,
) {
  const { name, namespace, creationTimestamp } = metadata;
  const annotations = stamp(annotationsOf(undefined, isTruncated), creationTimestamp);
  return { name, ...(namespace && { namespace }), labels, annotations };
}

/** A Service's own labels, and those by which readers tell who keeps this object. */
function labelsOf({ metadata, spec }: Service): Record<string, string> {
  const { [HEADLESS]: _, ...own } = metadata.labels ?? {};
  const isHeadless = !spec.clusterIP || spec.clusterIP === 'None';
  return { ...own, [MANAGED_BY]: MANAGER, ...(isHeadless && { [HEADLESS]: '' }) };
}

function annotationsOf(
  before: Readonly<Record<string, string>> | undefined,
  isTruncated: boolean,
): Record<string, string> {
  const { [OVER_CAPACITY]: _, ...others } = before ?? {};
  return { ...others, ...(isTruncated && { [OVER_CAPACITY]: 'truncated' }) };
}

function stamp(
  { [LAST_CHANGE]: _, ...others }: Record<string, string>,
  change: string | undefined,
): Record<string, string> {
  return { ...others, ...(change && { [LAST_CHANGE]: change }) };
}

interface Candidate {
  readonly pod: Pod;
  readonly ip: string;
  readonly isReady: boolean;
}

/** The addresses to be shown: of the Service's first family, ready ones first when there are many. */
function chosen(service: Service, pods: readonly Pod[]) {
  const [family = 'IPv4'] = familiesOf(service, pods);
  const all = pods.flatMap((pod): Candidate[] => {
    const [ip] = mayServe(service, pod) ? addressesOf(pod, family) : [];
    const ready = service.spec.publishNotReadyAddresses === true || isReady(pod);
    return ip === undefined ? [] : [{ pod, ip, isReady: ready }];
  });
  const rank = ({ ip, pod }: Candidate) => `${ip} ${pod.metadata.uid}`; // Pods may share a host's.
  all.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  if (all.length <= ADDRESSES_MAX) return { shown: all, isTruncated: false };
  const byReadiness = [...all.filter((each) => each.isReady), ...all.filter((e) => !e.isReady)];
  const shown = new Set(byReadiness.slice(0, ADDRESSES_MAX));
  return { shown: all.filter((each) => shown.has(each)), isTruncated: true };
}

/** Neither finished nor on its way out, unless the Service wants to know until the end. */
const mayServe = ({ spec }: Service, { metadata, status }: Pod): boolean =>
  status.phase !== 'Succeeded' &&
  status.phase !== 'Failed' &&
  (spec.publishNotReadyAddresses === true || metadata.deletionTimestamp === undefined);

/** Ports that the same addresses offer share a subset; ready and other addresses stand apart. */
function subsetsOf(service: Service, candidates: readonly Candidate[]): EndpointSubset[] {
  const offers = portOffers(service, candidates);
  const subsets = new Map<string, { ports: EndpointPort[]; members: readonly Candidate[] }>();
  for (const { port, members } of offers) {
    if (members.length === 0) continue;
    const key = members.map(({ pod }) => pod.metadata.uid).join();
    const subset = subsets.get(key) ?? { ports: [], members };
    subsets.set(key, subset);
    if (port) subset.ports.push(port);
  }
  return [...subsets.values()].map(({ ports, members }) => {
    const addresses = (isReady: boolean) =>
      members.filter((each) => each.isReady === isReady).map((each) => addressOf(service, each));
    const [ready, notReady] = [addresses(true), addresses(false)];
    return {
      ...(ready.length > 0 && { addresses: ready }),
      ...(notReady.length > 0 && { notReadyAddresses: notReady }),
      ...(ports.length > 0 && { ports }),
    };
  });
}

interface Offer {
  /** Undefined for a headless Service without ports: its addresses are all there is to tell. */
  readonly port: EndpointPort | undefined;
  readonly members: readonly Candidate[];
}

/** Each port of the Service, as a number, with those who offer it there. */
function portOffers({ spec }: Service, candidates: readonly Candidate[]): Offer[] {
  if (!spec.ports?.length) {
    return spec.clusterIP === 'None' ? [{ port: undefined, members: candidates }] : [];
  }
  return spec.ports.flatMap((servicePort) => {
    const { name, protocol = 'TCP', appProtocol } = servicePort;
    const byNumber = Map.groupBy(candidates, ({ pod }) => targetPort(servicePort, pod));
    byNumber.delete(undefined);
    return [...byNumber].map(([port, members]) => ({
      port: {
        ...(name && { name }),
        port: port as number,
        protocol,
        ...(appProtocol && { appProtocol }),
      },
      members,
    }));
  });
}

function addressOf(service: Service, { pod, ip }: Candidate): EndpointAddress {
  const { name, namespace = '', uid } = pod.metadata;
  const { hostname, nodeName } = pod.spec;
  return {
    ip,
    ...(isNamed(service, pod) && { hostname }),
    ...(nodeName && { nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** The pods that readers will see come, or change from ready to not and back. */
function changedPods(
  candidates: readonly Candidate[],
  subsets: readonly EndpointSubset[],
  before: readonly EndpointSubset[],
): Pod[] {
  const readyIn = (all: readonly EndpointSubset[]) =>
    new Set(all.flatMap(({ addresses }) => addresses ?? []).map(({ targetRef }) => targetRef?.uid));
  const [is, was] = [readyIn(subsets), readyIn(before)];
  return candidates
    .map(({ pod }) => pod)
    .filter(({ metadata: { uid } }) => is.has(uid) !== was.has(uid));
}
