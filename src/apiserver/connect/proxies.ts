import type { Node, Pod, Service } from '../../api/generated/core/v1/types.ts';
import type { EndpointSlice } from '../../api/generated/discovery/v1/types.ts';
import { parseIp } from '../../base/ip.ts';
import { badRequest, notFound, StatusError } from '../../machinery/status.ts';
import type { Call } from '../call.ts';
import type { RegistryParts } from '../registry/parts.ts';
import { isGlobalUnicast } from './addresses.ts';
import { type ConnectRequest, type Location, type ProxyName, parseProxyName } from './location.ts';
import { agentOf } from './nodes.ts';

const HTTP_PORT = { http: 80, https: 443 };
const SLICES_PREFIX = '/registry/discovery.k8s.io/endpointslices/';
const SERVICE_LABEL = 'kubernetes.io/service-name';

/** `pods/proxy`: at the pod's own address. */
export function locatePodProxy(
  parts: RegistryParts,
  call: Call,
  connect: ConnectRequest,
): Location {
  const asked = nameOf(call, 'pod');
  const pod = objectOf<Pod>(parts, call, asked.name);
  const first = pod.spec.containers.flatMap(({ ports }) => ports ?? [])[0];
  const host = pod.status.podIPs?.[0]?.ip ?? '';
  if (!isGlobalUnicast(host)) throw badRequest('address not allowed');
  const { scheme = 'http' } = asked;
  const port = asked.port ? portOf(asked.port) : (first?.containerPort ?? HTTP_PORT[scheme]);
  return { mode: 'proxy', scheme, host, port, path: pathOf(connect) };
}

/** `nodes/proxy`: at the node's agent, or at another port of the node. */
export function locateNodeProxy(
  parts: RegistryParts,
  call: Call,
  connect: ConnectRequest,
): Location {
  const asked = nameOf(call, 'node');
  const agent = agentOf(parts, objectOf<Node>(parts, call, asked.name).metadata.name);
  const path = pathOf(connect);
  if (!asked.port || asked.port === String(agent.port)) return { mode: 'proxy', ...agent, path };
  if (parseIp(agent.host) && !isGlobalUnicast(agent.host)) throw badRequest('address not allowed');
  const { scheme = 'http', port } = asked;
  return { mode: 'proxy', scheme, host: agent.host, port: portOf(port), path };
}

/** `services/proxy`: at one of the pods behind the service, drawn by lot. */
export function locateServiceProxy(
  parts: RegistryParts,
  call: Call,
  connect: ConnectRequest,
): Location {
  const asked = nameOf(call, 'service');
  const { name, scheme = 'http' } = asked;
  const service = objectOf<Service>(parts, call, name);
  const portName = /^\d+$/.test(asked.port) ? namedPort(service, Number(asked.port)) : asked.port;
  if (slicesOf(parts, service).length === 0) throw notFound(call.resource, name);
  const end = endOfService(parts, service, portName, call.request.name);
  return { mode: 'proxy', scheme, ...end, path: pathOf(connect) };
}

/** The address of one of the pods behind a service, drawn by lot. Throws ServiceUnavailable. */
export function endOfService(
  parts: RegistryParts,
  service: Service,
  portName: string,
  shownName: string = service.metadata.name,
): End {
  const slices = slicesOf(parts, service);
  const ends = slices.flatMap((slice) => endsOf(slice, portName, isPodAt(parts, service)));
  if (ends.length > 0) return ends[Math.floor(parts.random.float() * ends.length)]!;
  throw unavailable(`no endpoints available for service "${shownName}"`);
}

const unavailable = (message: string): StatusError =>
  new StatusError('ServiceUnavailable', message);

/** The name of a service's port. Throws ServiceUnavailable for one that it doesn't have. */
export function namedPort({ metadata, spec }: Service, number: number): string {
  const found = spec.ports?.find(({ port }) => port === number);
  if (found) return found.name ?? '';
  throw unavailable(`no service port ${number} found for service "${metadata.name}"`);
}

function slicesOf({ store }: RegistryParts, { metadata }: Service): EndpointSlice[] {
  return store
    .snapshot()
    .list(`${SLICES_PREFIX}${metadata.namespace}/`)
    .map(({ value }) => value as EndpointSlice)
    .filter((slice) => slice.metadata.labels?.[SERVICE_LABEL] === metadata.name);
}

type End = Pick<Location, 'host' | 'port'>;

function endsOf(
  { endpoints, ports }: EndpointSlice,
  portName: string,
  isAllowed: (address: string, pod: string | undefined) => boolean,
): End[] {
  const port = ports?.find(({ name = '' }) => name === portName || portName === '')?.port;
  if (port === undefined) return [];
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .filter(({ addresses, targetRef }) => isAllowed(addresses[0] ?? '', targetRef?.name))
    .map(({ addresses }) => ({ host: addresses[0]!, port }));
}

/** Whoever may write a slice mustn't lead us to any other address than a pod's. */
const isPodAt =
  ({ store }: RegistryParts, { metadata }: Service) =>
  (address: string, podName: string | undefined): boolean => {
    if (!podName || !isGlobalUnicast(address)) return false;
    const pod = store.latest(`/registry/pods/${metadata.namespace}/${podName}`)?.value;
    return (pod as Pod | undefined)?.status.podIPs?.some(({ ip }) => ip === address) === true;
  };

function nameOf({ request }: Call, kind: string): ProxyName {
  const name = parseProxyName(request.name ?? '');
  if (name === undefined) throw badRequest(`invalid ${kind} request "${request.name}"`);
  return name;
}

function objectOf<T>({ store }: RegistryParts, { resource, request }: Call, name: string): T {
  const object = store.latest(resource.key(request.namespace, name))?.value;
  if (object === undefined) throw notFound(resource, name);
  return object as unknown as T;
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw badRequest(`invalid port "${text}"`);
  return port;
}

const pathOf = ({ rest = '', query }: ConnectRequest): string =>
  query ? `${rest}?${query}` : rest;
