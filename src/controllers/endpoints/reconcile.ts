import type {
  EndpointAddress,
  EndpointSubset,
  Endpoints,
  Pod,
  Service,
} from '../../api/generated/core/v1/types.ts';
import { isEqual } from '../../machinery/equal.ts';
import type { NewObject } from '../../machinery/object.ts';
import { portsOf } from '../endpoint-slice/endpoints.ts';
import { isReady } from '../pods.ts';

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const HEADLESS = 'service.kubernetes.io/headless';
const ADDRESSES_MAX = 1000;

/** What the controller saw, from its caches. Plain data: no client, no clock. */
export interface Observed {
  readonly service: Service;
  /** Pods that its selector matches. */
  readonly pods: readonly Pod[];
  readonly endpoints: Endpoints | undefined;
}

export type EndpointsAction =
  | { readonly type: 'create'; readonly endpoints: NewObject<Endpoints> }
  | { readonly type: 'update'; readonly endpoints: Endpoints };

/** Decides the next write of the Endpoints object of one Service. Pure. */
export function reconcileEndpoints({ service, pods, endpoints }: Observed): EndpointsAction[] {
  const { name, namespace, labels, deletionTimestamp } = service.metadata;
  if (deletionTimestamp !== undefined) return [];
  const all = pods.filter(mayServe).toSorted((a, b) => (address(a) < address(b) ? -1 : 1));
  const shown = all.slice(0, ADDRESSES_MAX);
  const subsets = subsetsOf(service, shown);
  const ours = {
    labels: {
      ...labels,
      [MANAGED_BY]: 'endpoint-controller',
      ...(service.spec.clusterIP === 'None' && { [HEADLESS]: '' }),
    },
    annotations: all.length > shown.length ? { [OVER_CAPACITY]: 'truncated' } : undefined,
  };
  if (!endpoints) {
    const metadata = { name, ...(namespace && { namespace }), ...ours };
    return [
      { type: 'create', endpoints: { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets } },
    ];
  }
  const { annotations: _, ...kept } = endpoints.metadata;
  const metadata = {
    ...kept,
    ...(ours.annotations && { annotations: ours.annotations }),
    labels: ours.labels,
  };
  const isSame = isEqual(metadata, endpoints.metadata) && isEqual(subsets, endpoints.subsets ?? []);
  return isSame ? [] : [{ type: 'update', endpoints: { ...endpoints, metadata, subsets } }];
}

const mayServe = ({ metadata, status }: Pod): boolean =>
  !!status.podIP &&
  status.phase !== 'Succeeded' &&
  status.phase !== 'Failed' &&
  metadata.deletionTimestamp === undefined;

const address = ({ status }: Pod): string => status.podIP ?? '';

/** Addresses grouped by the ports that they offer; the not ready ones apart. */
function subsetsOf(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const groups = new Map<
    string,
    { ports: EndpointSubset['ports']; ready: EndpointAddress[]; notReady: EndpointAddress[] }
  >();
  for (const pod of pods) {
    const ports = portsOf(service, pod).map(({ name, port, ...rest }) => ({
      ...(name && { name }),
      port: port ?? 0,
      ...rest,
    }));
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, ready: [], notReady: [] };
    groups.set(key, group);
    const serves = service.spec.publishNotReadyAddresses || isReady(pod);
    (serves ? group.ready : group.notReady).push(addressOf(service, pod));
  }
  return [...groups.values()].map(({ ports, ready, notReady }) => ({
    ...(ready.length > 0 && { addresses: ready }),
    ...(notReady.length > 0 && { notReadyAddresses: notReady }),
    ...(ports?.length && { ports }),
  }));
}

function addressOf(service: Service, pod: Pod): EndpointAddress {
  const { name, namespace = '', uid } = pod.metadata;
  const { hostname, subdomain, nodeName } = pod.spec;
  return {
    ip: address(pod),
    ...(hostname && subdomain === service.metadata.name && { hostname }),
    ...(nodeName && { nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}
