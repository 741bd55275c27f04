import { createHash } from 'node:crypto';
import { assert } from '../base/assert.ts';
import { formatCidr, formatIp, networkOf, parseCidr } from '../base/ip.ts';

const INTERFACE_NAME_MAX = 15;

/** Names on the machine that belong to one node of one cluster. */
export interface NetworkNames {
  readonly bridge: string;
  readonly table: string;
  /** Of the CNI network: the state of address allocation is kept under it. */
  readonly network: string;
}

/** Names that differ for each cluster and node, so that several live on one machine. */
export function networkNames(cluster: string, node: string): NetworkNames {
  const id = createHash('sha256').update(`${cluster}/${node}`).digest('hex').slice(0, 6);
  const readable = cluster.toLowerCase().replace(/[^a-z0-9]/g, '');
  const room = INTERFACE_NAME_MAX - id.length - 1;
  return {
    bridge: `${(readable || 'tutti').slice(0, room)}-${id}`,
    table: `tutti-${readable.slice(0, 40)}-${id}`,
    network: `tutti-${readable.slice(0, 40)}-${id}`,
  };
}

/** A locally administered address that follows from a name. */
export function macAddressFor(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 6);
  bytes[0] = (bytes[0]! & 0xfc) | 0x02; // Not a group's, and not a manufacturer's.
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** The first address of a pod network, which is the node's own in it, with the prefix length. */
export function gatewayOf(podNetwork: string): string {
  const cidr = parseCidr(podNetwork);
  assert(cidr, `${podNetwork} is a network`);
  const { family, value } = networkOf(cidr);
  return formatCidr({ address: { family, value: value + 1n }, prefixLength: cidr.prefixLength });
}

export interface PodNetworkOptions {
  readonly names: NetworkNames;
  /** The node's share of the pod network, one a family. */
  readonly podNetworks: readonly string[];
  readonly mtu: number;
  /** Where address allocation keeps what it gave out. Must last as long as the pods do. */
  readonly stateFolder: string;
}

/**
 * The CNI configuration of a node: pods hang on a bridge and get addresses from the node's share.
 * Masquerading and host ports are in our own table, not in plugins that need iptables. Pure.
 */
export function cniConfiguration({ names, podNetworks, mtu, stateFolder }: PodNetworkOptions) {
  const ranges = podNetworks.map((network) => {
    const [gateway] = gatewayOf(network).split('/');
    return [{ subnet: normal(network), gateway }];
  });
  const routes = podNetworks.map((network) => ({
    dst: network.includes(':') ? '::/0' : '0.0.0.0/0',
  }));
  return {
    cniVersion: '0.4.0',
    name: names.network,
    plugins: [
      {
        type: 'bridge',
        bridge: names.bridge,
        mtu,
        isGateway: true,
        hairpinMode: true, // A pod may reach itself through a service.
        ipMasq: false,
        ipam: { type: 'host-local', ranges, routes, dataDir: stateFolder },
      },
    ],
  };
}

function normal(network: string): string {
  const cidr = parseCidr(network)!;
  return `${formatIp(networkOf(cidr))}/${cidr.prefixLength}`;
}
