import type { Node } from '../../api/generated/core/v1/types.ts';
import { notFound, StatusError } from '../../machinery/status.ts';
import type { RegistryParts } from '../registry/parts.ts';
import type { Location } from './location.ts';

const NODES = { group: '', plural: 'nodes' };
const NODES_PREFIX = '/registry/nodes/';

/** Addresses first, as names of machines are rarely known to others. */
const PREFERRED_TYPES = ['InternalIP', 'ExternalIP', 'InternalDNS', 'ExternalDNS', 'Hostname'];

const AGENT_PORT = 10250;

/** Where the agent of a node listens. Throws NotFound, or an error when it says nowhere. */
export function agentOf(
  { store }: Pick<RegistryParts, 'store'>,
  name: string,
): Pick<Location, 'scheme' | 'host' | 'port' | 'node'> {
  const node = store.latest(NODES_PREFIX + name)?.value as Node | undefined;
  if (node === undefined) throw notFound(NODES, name);
  const port = node.status.daemonEndpoints?.kubeletEndpoint?.Port || AGENT_PORT;
  return { scheme: 'https', host: addressOf(node), port, node: name };
}

function addressOf({ status }: Node): string {
  const addresses = status.addresses ?? [];
  for (const preferred of PREFERRED_TYPES) {
    const found = addresses.find(({ type, address }) => type === preferred && address);
    if (found !== undefined) return found.address;
  }
  const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(' ');
  const message = `no preferred addresses found; known addresses: [${known}]`;
  throw new StatusError('', message, undefined, 500);
}
