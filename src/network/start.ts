import type { Namespace, Node, Pod, Service } from '../api/generated/core/v1/types.ts';
import type { EndpointSlice } from '../api/generated/discovery/v1/types.ts';
import type { Clock } from '../base/clock.ts';
import { parseCidr } from '../base/ip.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Informer } from '../client/informer.ts';
import type { CniFolder } from '../runtime/cni.ts';
import type { Conntrack } from '../runtime/conntrack.ts';
import type { DnsHandler, DnsSockets } from '../runtime/dns-sockets.ts';
import type { Links } from '../runtime/netlink.ts';
import { createTableWriter, type Nft } from '../runtime/nft.ts';
import { DnsIndex } from './dns/dns-view.ts';
import { createResolver, type Upstream } from './dns/resolver.ts';
import { startNodeRoutes } from './node-routes.ts';
import type { Redirect } from './node-table.ts';
import { cniConfiguration, gatewayOf, macAddressFor, networkNames } from './pod-network.ts';
import { type ServiceProxy, startServiceProxy } from './service-proxy.ts';

export interface NetworkTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The machine, as the network changes it: one bridge, one nftables table, one CNI file, sockets. */
export interface NetworkPorts {
  readonly links: Links;
  readonly nft: Nft;
  readonly cni: CniFolder;
  readonly conntrack: Conntrack;
  readonly upstream: Upstream;
  /** Opens DNS sockets on addresses of this machine. */
  readonly listenForDns: (handle: DnsHandler, addresses: readonly string[]) => Promise<DnsSockets>;
}

/** Caches of the cluster's objects. Whoever made them starts them, and may share them. */
export interface NetworkInformers {
  readonly services: Informer<Service>;
  readonly endpointSlices: Informer<EndpointSlice>;
  readonly namespaces: Informer<Namespace>;
  readonly nodes: Informer<Node>;
  /** All pods, or those of this node. */
  readonly pods: Informer<Pod>;
}

export interface NetworkOptions {
  /** The cluster's name on this machine: names of the bridge and the table follow from it. */
  readonly cluster: string;
  readonly nodeName: string;
  /** The networks from which nodes take their shares for pods, one a family. */
  readonly podNetworks: readonly string[];
  /** The networks from which cluster IPs are taken, one a family. */
  readonly serviceNetworks: readonly string[];
  /** Addresses in the service networks at which DNS answers. */
  readonly dnsAddresses: readonly string[];
  /** `cluster.local` unless said. */
  readonly clusterDomain?: string;
  /** Where CNI plugins keep which addresses are given out; lasts as long as pods do. */
  readonly stateFolder: string;
  /** Of the pods' interfaces; that of the way out unless said. */
  readonly mtu?: number;
  /** The bit in the packet mark that asks for masquerading: 0x4000 unless said. */
  readonly masqueradeMark?: number;
  readonly redirects?: readonly Redirect[];
  /** How long names may be remembered: 5 seconds unless said. */
  readonly dnsTtlSeconds?: number;
}

/** The network of a node, at work. */
export interface RunningNetwork {
  readonly proxy: ServiceProxy;
  /** Stops answering. What pods need to go on, stays: see `removeNetwork`. */
  stop(): Promise<void>;
}

const DEFAULT_MTU = 1500;
const DEFAULT_MARK = 0x4000;
const DEFAULT_TTL_SECONDS = 5;
const ZONE_LABEL = 'topology.kubernetes.io/zone';

/**
 * Brings up a node's network and keeps it going until the signal aborts: waits for the node's share
 * of the pod network, makes the bridge, tells the container runtime, leads service traffic and
 * answers names. All of it may be there already, from before a restart. Throws RuntimeFailure.
 */
export async function startNetwork(
  tools: NetworkTools,
  ports: NetworkPorts,
  informers: NetworkInformers,
  options: NetworkOptions,
  signal: AbortSignal,
): Promise<RunningNetwork> {
  const { clock } = tools;
  const logger = tools.logger.with({ component: 'network' });
  const names = networkNames(options.cluster, options.nodeName);
  const node = await nodeWithNetwork(informers.nodes, options.nodeName, signal);
  const podNetworks = podNetworksOf(node);
  const { dnsAddresses, serviceNetworks, stateFolder } = options;
  const mtu = options.mtu ?? (await ports.links.defaultRoute())?.mtu ?? DEFAULT_MTU;
  const { filtersBridge } = await ports.links.ensureBridge({
    name: names.bridge,
    macAddress: macAddressFor(names.bridge),
    mtu,
    addresses: [...podNetworks.map(gatewayOf), ...dnsAddresses.map(alone)],
    translated: serviceNetworks,
  });
  await ports.cni.write(cniConfiguration({ names, podNetworks, mtu, stateFolder }));

  const { links } = ports;
  const { nodeName, podNetworks: allPods } = options;
  const here = { bridge: names.bridge, nodeName, podNetworks: allPods };
  startNodeRoutes({ clock, logger, links }, informers.nodes, here, signal);

  const sockets = await startDns(tools, ports, informers, options, signal);
  const writer = createTableWriter(ports.nft, names.table);
  const proxy = startServiceProxy(
    { clock, logger, writer, conntrack: ports.conntrack },
    informers,
    {
      node: { name: options.nodeName, zone: node.metadata.labels?.[ZONE_LABEL] },
      table: {
        name: names.table,
        bridge: names.bridge,
        podNetworks: options.podNetworks,
        localPodNetworks: podNetworks,
        serviceNetworks,
        masqueradeMark: options.masqueradeMark ?? DEFAULT_MARK,
        filtersBridge,
        ownAddresses: dnsAddresses,
        ...(options.redirects && { redirects: options.redirects }),
      },
    },
    signal,
  );
  logger.info('network is up', { bridge: names.bridge, podNetworks, mtu });
  return { proxy, stop: () => sockets.close() };
}

/** Takes away all that `startNetwork` made on the machine. Pods must be gone. Safe to repeat. */
export async function removeNetwork(
  ports: Pick<NetworkPorts, 'links' | 'nft' | 'cni'>,
  { cluster, nodeName }: Pick<NetworkOptions, 'cluster' | 'nodeName'>,
): Promise<void> {
  const names = networkNames(cluster, nodeName);
  await ports.cni.clear();
  await ports.nft.remove(names.table);
  await ports.links.removeBridge(names.bridge);
}

const alone = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;

const podNetworksOf = ({ spec }: Node): readonly string[] =>
  spec.podCIDRs?.length ? spec.podCIDRs : spec.podCIDR ? [spec.podCIDR] : [];

/** The node, once it has its share of the pod network. Rejects when the signal aborts. */
function nodeWithNetwork(nodes: Informer<Node>, name: string, signal: AbortSignal): Promise<Node> {
  const { promise, resolve, reject } = Promise.withResolvers<Node>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const cancel = nodes.subscribe(({ after }) => {
    if (after?.metadata.name === name && podNetworksOf(after).length > 0) resolve(after);
  });
  return promise.finally(() => {
    signal.removeEventListener('abort', onAbort);
    cancel();
  });
}

async function startDns(
  { random }: NetworkTools,
  ports: NetworkPorts,
  { services, endpointSlices, namespaces }: NetworkInformers,
  options: NetworkOptions,
  signal: AbortSignal,
): Promise<DnsSockets> {
  const index = new DnsIndex();
  const cancels = [
    namespaces.subscribe((change) => index.changeNamespace(change)),
    services.subscribe((change) => index.changeService(change)),
    endpointSlices.subscribe((change) => index.changeSlice(change)),
  ];
  signal.addEventListener('abort', () => cancels.forEach((cancel) => void cancel()), {
    once: true,
  });
  const networks = [...options.podNetworks, ...options.serviceNetworks];
  const resolve = createResolver(random, index, ports.upstream, {
    clusterDomain: options.clusterDomain ?? 'cluster.local',
    ttlSeconds: options.dnsTtlSeconds ?? DEFAULT_TTL_SECONDS,
    clusterNetworks: networks.flatMap((network) => parseCidr(network) ?? []),
  });
  // Until the caches are filled, "no such name" would be a lie that others remember.
  const synced = () => [namespaces, services, endpointSlices].every(({ hasSynced }) => hasSynced);
  return ports.listenForDns((message, transport) => {
    return synced() ? resolve(message, transport) : undefined;
  }, options.dnsAddresses);
}
