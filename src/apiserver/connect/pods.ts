import type { Pod } from '../../api/generated/core/v1/types.ts';
import { badRequest, notFound } from '../../machinery/status.ts';
import { checkMayCreate } from '../auth/authorizer.ts';
import type { Call } from '../call.ts';
import type { RegistryParts } from '../registry/parts.ts';
import type { ConnectRequest, Location } from './location.ts';
import { flagOf, parseLogRequest } from './log-options.ts';
import { agentOf } from './nodes.ts';

/** `pods/log`: at the agent of its node. Undefined for a pod without a node: nothing was said yet. */
export function locateLog(
  parts: RegistryParts,
  call: Call,
  { query }: ConnectRequest,
): Location | undefined {
  const name = call.request.name ?? '';
  const asked = parseLogRequest(name, query);
  const pod = podOf(parts, call);
  const container = containerOf(pod, asked.container);
  if (!pod.spec.nodeName) return undefined;
  const path = pathOf(['containerLogs', pod.metadata.namespace!, name, container], asked.query);
  return { mode: 'text', ...agentOf(parts, pod.spec.nodeName), path };
}

/** `pods/exec` and `pods/attach`: at the agent of its node. */
export const locateContainerStream =
  (kind: 'exec' | 'attach') =>
  (parts: RegistryParts, call: Call, { query }: ConnectRequest): Location => {
    checkMayStream(parts, call);
    const given = new URLSearchParams(query);
    const pod = podOf(parts, call);
    const container = containerOf(pod, given.get('container') ?? '');
    const asked = new URLSearchParams();
    for (const [ours, theirs] of STREAMS) if (flagOf(given.get(ours))) asked.set(theirs, '1');
    if (kind === 'exec') for (const word of given.getAll('command')) asked.append('command', word);
    const { namespace, name } = pod.metadata;
    const path = pathOf([kind, namespace!, name, container], asked.toString());
    return { mode: 'stream', ...agentOf(parts, hostOf(pod)), path };
  };

/** The streams of a container, as the API and as nodes call them. */
const STREAMS = [
  ['stdin', 'input'],
  ['stdout', 'output'],
  ['stderr', 'error'],
  ['tty', 'tty'],
] as const;

/** `pods/portforward`: at the agent of its node. */
export function locatePortForward(
  parts: RegistryParts,
  call: Call,
  { query }: ConnectRequest,
): Location {
  checkMayStream(parts, call);
  const pod = podOf(parts, call);
  const asked = new URLSearchParams();
  const ports = new URLSearchParams(query).getAll('ports');
  if (ports.length > 0) asked.set('port', ports.join(','));
  const { namespace, name } = pod.metadata;
  const path = pathOf(['portForward', namespace!, name], asked.toString());
  return { mode: 'stream', ...agentOf(parts, hostOf(pod)), path };
}

/** By WebSockets a stream begins as a GET: who may only get runs no commands by that. */
const checkMayStream = ({ authorizer }: RegistryParts, { user, request }: Call): void =>
  checkMayCreate(authorizer, user, request);

function podOf({ store }: RegistryParts, { resource, request }: Call): Pod {
  const name = request.name ?? '';
  const pod = store.latest(resource.key(request.namespace, name))?.value;
  if (pod === undefined) throw notFound(resource, name);
  return pod as Pod;
}

function hostOf({ metadata, spec }: Pod): string {
  if (!spec.nodeName) throw badRequest(`pod ${metadata.name} does not have a host assigned`);
  return spec.nodeName;
}

/** The container asked for, or the pod's only one. Throws BadRequest. */
function containerOf({ metadata, spec }: Pod, asked: string): string {
  const all = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ].map(({ name }) => name);
  if (asked !== '') {
    if (all.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
  }
  if (spec.containers.length === 1) return spec.containers[0]!.name;
  const text = `a container name must be specified for pod ${metadata.name}`;
  throw badRequest(`${text}, choose one of: [${all.join(' ')}]`);
}

function pathOf(segments: readonly string[], query: string): string {
  const path = `/${segments.map(encodeURIComponent).join('/')}`;
  return query ? `${path}?${query}` : path;
}
