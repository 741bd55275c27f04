import type { Node, Pod, Service, ServicePort } from '../../api/generated/core/v1/types.ts';
import type {
  AddressType,
  Endpoint,
  EndpointHints,
  EndpointPort,
} from '../../api/generated/discovery/v1/types.ts';
import { isReady } from '../pods.ts';

/** Endpoints that share an address family and their ports, and so fit into one slice. */
export interface EndpointGroup {
  readonly addressType: AddressType;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** Looks a node up by its name. */
export type NodeOf = (name: string) => Node | undefined;

/** What a Service's slices should hold together: a group for each set of ports its pods offer. */
export function endpointGroups(
  service: Service,
  pods: readonly Pod[],
  nodeOf: NodeOf,
): EndpointGroup[] {
  const serving = pods.filter((pod) => mayServe(service, pod, nodeOf));
  return familiesOf(service, pods).flatMap((addressType) => {
    const groups = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>();
    for (const pod of serving) {
      const addresses = addressesOf(pod, addressType);
      if (addresses.length === 0) continue;
      const ports = portsOf(service, pod);
      const key = portsKey(ports);
      const group = groups.get(key) ?? { ports, endpoints: [] };
      groups.set(key, group);
      group.endpoints.push(endpointOf(service, pod, addresses, nodeOf));
    }
    return [...groups.values()].map((group) => ({ addressType, ...group }));
  });
}

/** What tells sets of ports apart. */
export const portsKey = (ports: readonly EndpointPort[] | null | undefined): string =>
  (ports ?? [])
    .map(({ name = '', protocol = '', port = '', appProtocol = '' }) =>
      [name, protocol, port, appProtocol].join(),
    )
    .join(';');

/** The address families of a Service; one that names none takes those of its pods. */
export function familiesOf({ spec }: Service, pods: readonly Pod[]): AddressType[] {
  if (spec.ipFamilies?.length) return [...spec.ipFamilies] as AddressType[];
  const hasIPv6 = pods.some((pod) => addressesOf(pod, 'IPv6').length > 0);
  const hasIPv4 = pods.some((pod) => addressesOf(pod, 'IPv4').length > 0);
  return hasIPv6 && !hasIPv4 ? ['IPv6'] : ['IPv4'];
}

/** Not finished, and on a node that is there, unless the Service wants to know all the same. */
function mayServe({ spec }: Service, pod: Pod, nodeOf: NodeOf): boolean {
  const { phase } = pod.status;
  if (phase === 'Succeeded' || phase === 'Failed') return false;
  const { nodeName } = pod.spec;
  return !nodeName || spec.publishNotReadyAddresses === true || nodeOf(nodeName) !== undefined;
}

/** A pod's addresses of one family. */
export function addressesOf({ status }: Pod, family: AddressType): string[] {
  const all = status.podIPs?.map(({ ip }) => ip) ?? [status.podIP];
  return all.filter((ip): ip is string => !!ip && ip.includes(':') === (family === 'IPv6'));
}

const ZONE = 'topology.kubernetes.io/zone';

/** Where a node is, if it says so. */
export const zoneOf = (node: Node | undefined): string | undefined =>
  node?.metadata.labels?.[ZONE] || undefined;

function endpointOf(
  service: Service,
  pod: Pod,
  addresses: readonly string[],
  nodeOf: NodeOf,
): Endpoint {
  const { name, namespace = '', uid, deletionTimestamp } = pod.metadata;
  const { nodeName, hostname } = pod.spec;
  const serving = isReady(pod);
  const terminating = deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses || (serving && !terminating);
  const zone = nodeName && zoneOf(nodeOf(nodeName));
  const hints = ready ? hintsOf(service, nodeName, zone) : undefined;
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(isNamed(service, pod) && { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
    ...(hints && { hints }),
  };
}

/** Whether a pod has a name of its own below that of the Service. */
export const isNamed = ({ metadata }: Service, { spec }: Pod): boolean =>
  !!spec.hostname && spec.subdomain === metadata.name;

/** Values of `trafficDistribution` under which the nearest endpoints are preferred (KEP-4444). */
const NEAR = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

function hintsOf(
  { spec }: Service,
  nodeName: string | undefined,
  zone: string | undefined,
): EndpointHints | undefined {
  if (!NEAR.includes(spec.trafficDistribution ?? '')) return undefined;
  const forNodes = spec.trafficDistribution === 'PreferSameNode' && nodeName;
  if (!zone && !forNodes) return undefined;
  return {
    ...(zone && { forZones: [{ name: zone }] }),
    ...(forNodes && { forNodes: [{ name: nodeName }] }),
  };
}

/** The ports as this pod offers them: names are looked up in its containers. */
function portsOf({ spec }: Service, pod: Pod): EndpointPort[] {
  return (spec.ports ?? []).flatMap((servicePort): EndpointPort[] => {
    const port = targetPort(servicePort, pod);
    if (port === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    return [{ name, protocol, port, ...(appProtocol && { appProtocol }) }];
  });
}

/** The number at which a pod offers a port of a Service; undefined when it doesn't. */
export function targetPort(
  { targetPort: target, port, protocol = 'TCP' }: ServicePort,
  { spec }: Pod,
): number | undefined {
  if (target === undefined || target === 0) return port;
  if (typeof target === 'number') return target;
  // Sidecars, which are init containers that go on running, may offer ports as well.
  const sidecars = (spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always');
  return [...spec.containers, ...sidecars]
    .flatMap(({ ports }) => ports ?? [])
    .find((offered) => offered.name === target && (offered.protocol ?? 'TCP') === protocol)
    ?.containerPort;
}
