import type { Service } from '../api/generated/core/v1/types.ts';
import type { KubeObject } from '../machinery/object.ts';
import { ensure, overwrite, type Wanted } from './bootstrap.ts';
import { isGlobalUnicast } from './connect/addresses.ts';
import type { Heart } from './heart.ts';
import { AddressRange } from './services/address-range.ts';

/** Where the API server is found, in the cluster and behind its Service. */
export interface OwnAddress {
  /** The networks of which services get addresses, the preferred one first. */
  readonly serviceCidrs: readonly string[];
  /** Where it listens. */
  readonly host: string;
  readonly port: number;
}

const NAME = 'kubernetes';
const NAMESPACE = 'default';

/**
 * Publishes the API server in its own API, as pods look for it there: the Service `kubernetes` at
 * the first address of the service network, and behind it where the server listens. A server that
 * listens for this machine alone has no address that it could publish: nodes lead there themselves.
 */
export async function publishOwnService(heart: Heart, address: OwnAddress): Promise<void> {
  const [service] = (await Promise.all([
    ensure(heart, serviceOf(address)),
    ensure(heart, serviceCidrOf(address)),
  ])) as [Service, KubeObject];
  if (service.spec.ports?.[0]?.targetPort !== address.port) {
    const ports = portsOf(address);
    const body = { ...service, spec: { ...service.spec, ports } };
    await overwrite(heart, { ...serviceOf(address), body });
  }
  if (!isGlobalUnicast(address.host)) return;
  for (const wanted of [endpointsOf(address), sliceOf(address)]) {
    await ensure(heart, wanted);
    await overwrite(heart, wanted);
  }
}

const core = { group: '', version: 'v1', namespace: NAMESPACE, name: NAME };

const serviceCidrOf = ({ serviceCidrs }: OwnAddress): Wanted => ({
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'servicecidrs',
  name: NAME,
  body: {
    kind: 'ServiceCIDR',
    apiVersion: 'networking.k8s.io/v1',
    metadata: { name: NAME },
    spec: { cidrs: serviceCidrs },
  },
});

const portsOf = ({ port }: OwnAddress) => [
  { name: 'https', port: 443, protocol: 'TCP', targetPort: port },
];

function serviceOf(address: OwnAddress): Wanted {
  const clusterIP = new AddressRange(address.serviceCidrs[0]!).at(0);
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  return {
    ...core,
    plural: 'services',
    body: {
      kind: 'Service',
      apiVersion: 'v1',
      metadata: { name: NAME, namespace: NAMESPACE, labels },
      spec: { clusterIP, clusterIPs: [clusterIP], ports: portsOf(address), type: 'ClusterIP' },
    },
  };
}

const endpointsOf = ({ host, port }: OwnAddress): Wanted => ({
  ...core,
  plural: 'endpoints',
  body: {
    kind: 'Endpoints',
    apiVersion: 'v1',
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [{ addresses: [{ ip: host }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  },
});

const sliceOf = ({ host, port }: OwnAddress): Wanted => ({
  ...core,
  group: 'discovery.k8s.io',
  plural: 'endpointslices',
  body: {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      labels: { 'kubernetes.io/service-name': NAME },
    },
    addressType: host.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [host], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  },
});
