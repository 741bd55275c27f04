import type { Node, Pod, Service } from '../../api/generated/core/v1/types.ts';
import type {
  AddressType,
  Endpoint,
  EndpointPort,
} from '../../api/generated/discovery/v1/types.ts';
import { isReady } from '../pods.ts';

/** Endpoints that share an address family and their ports, and so fit into one slice. */
export interface EndpointGroup {
  readonly addressType: AddressType;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** What a Service's slices should hold together: a group for each set of ports its pods offer. */
export function endpointGroups(
  service: Service,
  pods: readonly Pod[],
  nodeOf: (name: string) => Node | undefined,
): EndpointGroup[] {
  return familiesOf(service, pods).flatMap((addressType) => {
    const groups = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>();
    for (const pod of pods.filter(mayServe)) {
      const addresses = addressesOf(pod, addressType);
      if (addresses.length === 0) continue;
      const ports = portsOf(service, pod);
      const key = JSON.stringify(ports);
      const group = groups.get(key) ?? { ports, endpoints: [] };
      groups.set(key, group);
      group.endpoints.push(endpointOf(service, pod, addresses, nodeOf));
    }
    return [...groups.values()].map((group) => ({ addressType, ...group }));
  });
}

/** The address families of a Service; one without cluster addresses takes those of its pods. */
export function familiesOf({ spec }: Service, pods: readonly Pod[]): AddressType[] {
  if (spec.ipFamilies?.length) return [...spec.ipFamilies] as AddressType[];
  const hasIPv6 = pods.some((pod) => addressesOf(pod, 'IPv6').length > 0);
  const hasIPv4 = pods.some((pod) => addressesOf(pod, 'IPv4').length > 0);
  return hasIPv6 && !hasIPv4 ? ['IPv6'] : ['IPv4'];
}

const mayServe = ({ status }: Pod): boolean =>
  status.phase !== 'Succeeded' && status.phase !== 'Failed';

function addressesOf({ status }: Pod, family: AddressType): string[] {
  const all = status.podIPs?.map(({ ip }) => ip) ?? (status.podIP ? [status.podIP] : []);
  return all.filter((ip): ip is string => !!ip && ip.includes(':') === (family === 'IPv6'));
}

function endpointOf(
  service: Service,
  pod: Pod,
  addresses: readonly string[],
  nodeOf: (name: string) => Node | undefined,
): Endpoint {
  const { name, namespace = '', uid, deletionTimestamp } = pod.metadata;
  const { nodeName, hostname, subdomain } = pod.spec;
  const serving = isReady(pod);
  const terminating = deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses || (serving && !terminating);
  const zone = nodeName && nodeOf(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'];
  const isNamed = hostname && subdomain === service.metadata.name;
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(isNamed && { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
  };
}

/** The ports as this pod offers them: names are looked up in its containers. */
export function portsOf({ spec }: Service, pod: Pod): EndpointPort[] {
  return (spec.ports ?? []).flatMap((port): EndpointPort[] => {
    const number = targetPort(port.targetPort ?? port.port, port.protocol ?? 'TCP', pod);
    if (number === undefined) return [];
    return [
      {
        name: port.name ?? '',
        protocol: port.protocol ?? 'TCP',
        port: number,
        ...(port.appProtocol && { appProtocol: port.appProtocol }),
      },
    ];
  });
}

function targetPort(target: number | string, protocol: string, { spec }: Pod): number | undefined {
  if (typeof target === 'number') return target;
  // Sidecars, which are init containers that go on running, may offer ports as well.
  const sidecars = (spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always');
  return [...spec.containers, ...sidecars]
    .flatMap(({ ports }) => ports ?? [])
    .find((port) => port.name === target && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}
