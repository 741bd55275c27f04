import type { Service, ServicePort } from '../api/generated/core/v1/types.ts';
import type { EndpointSlice } from '../api/generated/discovery/v1/types.ts';
import { isInNetwork, parseCidr } from '../base/ip.ts';
import type { UdpFlow } from '../runtime/conntrack.ts';
import type { NftChain, NftSet } from '../runtime/nft-table.ts';
import { chooseTargets, type NodePlace, type Target, type Targets } from './endpoint-choice.ts';
import { clusterIpsOf } from './service-facts.ts';
import {
  addressIn,
  FAMILIES,
  type Family,
  type FamilyWords,
  familyOf,
  markStatement,
  type PartElement,
  shortHash,
  socketText,
  type TablePart,
} from './table-part.ts';

/** What rules need to know of the node besides where it is. */
export interface RulesContext {
  readonly node: NodePlace;
  /** The bit in the packet mark that asks for masquerading: a power of two. */
  readonly masqueradeMark: number;
}

const DEFAULT_AFFINITY_SECONDS = 10_800;
const AFFINITY_CLIENTS_MAX = 65_536;

/** Whether a service is ours to serve: others say so by a label, or have nothing to serve at. */
export function isProxied({ metadata, spec }: Service): boolean {
  if (metadata.labels?.['service.kubernetes.io/service-proxy-name'] !== undefined) return false;
  return spec.type !== 'ExternalName' && !!spec.clusterIP && spec.clusterIP !== 'None';
}

/** What a service adds to the table, given its endpoint slices. Pure. */
export function renderService(
  service: Service,
  slices: readonly EndpointSlice[],
  context: RulesContext,
): TablePart {
  const rules = {
    chains: new Map<string, NftChain>(),
    sets: new Map<string, NftSet>(),
    elements: [] as PartElement[],
    localAddresses: [] as string[],
    udpFlows: [] as UdpFlow[],
  };
  if (!isProxied(service)) return rules;
  const families = new Set(clusterIpsOf(service).map(familyOf));
  for (const family of families) {
    for (const port of service.spec.ports ?? []) {
      const targets = chooseTargets(slices, port, `IPv${family}`, context.node);
      const renderer = new PortRenderer(service, port, FAMILIES[family], targets, context);
      renderer.render();
      for (const [name, chain] of renderer.chains) rules.chains.set(name, chain);
      for (const [name, set] of renderer.sets) rules.sets.set(name, set);
      rules.elements.push(...renderer.elements);
      rules.localAddresses.push(...targets.local.map(({ address }) => address));
      if (port.protocol === 'UDP')
        rules.udpFlows.push(...udpFlowsOf(service, port, family, targets));
    }
  }
  return rules;
}

function udpFlowsOf(
  service: Service,
  { port, nodePort }: ServicePort,
  family: Family,
  targets: Targets,
): UdpFlow[] {
  const addresses = [
    ...clusterIpsOf(service),
    ...externalAddresses(service),
    ...loadBalancerAddresses(service),
  ];
  const entrances: Omit<UdpFlow, 'endpoint'>[] = addresses
    .filter((address) => familyOf(address) === family)
    .map((address) => ({ address, port }));
  if (nodePort) entrances.push({ address: undefined, port: nodePort });
  const endpoints = new Set([...targets.cluster, ...targets.local].map(({ address }) => address));
  return entrances.flatMap((entrance) =>
    [...endpoints].map((endpoint) => ({ ...entrance, endpoint })),
  );
}

/** The chains and elements of one port in one family. */
class PortRenderer {
  readonly chains = new Map<string, NftChain>();
  readonly sets = new Map<string, NftSet>();
  readonly elements: PartElement[] = [];
  readonly #service: Service;
  readonly #port: ServicePort;
  readonly #words: FamilyWords;
  readonly #targets: Targets;
  readonly #mark: string;
  readonly #protocol: string;
  /** The end of all names, which says whose they are. */
  readonly #id: string;

  constructor(
    service: Service,
    port: ServicePort,
    words: FamilyWords,
    targets: Targets,
    { masqueradeMark }: RulesContext,
  ) {
    this.#service = service;
    this.#port = port;
    this.#words = words;
    this.#targets = targets;
    this.#protocol = (port.protocol ?? 'TCP').toLowerCase();
    this.#mark = markStatement(masqueradeMark);
    const { namespace, name } = service.metadata;
    const title = `${namespace}/${name}/${this.#protocol}${words.family}/${port.name || port.port}`;
    this.#id = `${shortHash(title)}-${title.slice(0, 80)}`;
  }

  render(): void {
    const { internalTrafficPolicy = 'Cluster' } = this.#service.spec;
    const isInternalLocal = internalTrafficPolicy === 'Local';
    for (const address of clusterIpsOf(this.#service).filter((ip) => this.#isOurs(ip))) {
      this.#serve(this.#ipKey(address), isInternalLocal, () => this.#pick(isInternalLocal));
    }
    for (const key of this.#externalKeys()) {
      this.#serve(key, this.#isExternalLocal, () => this.#external());
    }
    this.#serveLoadBalancer();
    const { nodePort } = this.#port;
    if (nodePort) {
      const key = { map: 'node_ports', key: `${this.#protocol} . ${nodePort}` } as const;
      this.#serve(key, this.#isExternalLocal, () => this.#external());
    }
  }

  get #isExternalLocal(): boolean {
    return this.#service.spec.externalTrafficPolicy === 'Local';
  }

  #isOurs(address: string): boolean {
    return familyOf(address) === this.#words.family;
  }

  #ipKey(address: string) {
    return {
      map: 'service_ips',
      key: `${address} . ${this.#protocol} . ${this.#port.port}`,
    } as const;
  }

  #externalKeys() {
    const addresses = externalAddresses(this.#service).filter((ip) => this.#isOurs(ip));
    return addresses.map((ip) => this.#ipKey(ip));
  }

  /** Leads an address or port to a chain, or to where it is refused. */
  #serve(
    { map, key }: { map: 'service_ips' | 'node_ports'; key: string },
    isLocal: boolean,
    chain: () => string,
  ): void {
    const { family } = this.#words;
    const { cluster, local, anywhere } = this.#targets;
    if (cluster.length > 0) this.elements.push({ map, family, key, verdict: `goto ${chain()}` });
    if (cluster.length > 0 && (!isLocal || local.length > 0)) return;
    const unserved = map === 'service_ips' ? 'unserved_ips' : 'unserved_ports';
    // Refused when nobody serves it; dropped when others do, so that a client tries another node.
    this.elements.push({ map: unserved, family, key, verdict: anywhere ? 'drop' : 'goto refuse' });
  }

  #serveLoadBalancer(): void {
    const addresses = loadBalancerAddresses(this.#service).filter((ip) => this.#isOurs(ip));
    for (const address of addresses) {
      this.#serve(this.#ipKey(address), this.#isExternalLocal, () => this.#fenced(addresses));
    }
  }

  /** The chain for load balancer addresses: as other external ones, but for some sources only. */
  #fenced(addresses: readonly string[]): string {
    const ranges = (this.#service.spec.loadBalancerSourceRanges ?? [])
      .map((range) => range.trim())
      .filter((range) => familyOf(range) === this.#words.family && parseCidr(range));
    if (ranges.length === 0) return this.#external();
    // The address itself may be ours: then we come from it when we call it.
    const sources = withoutOverlaps([...ranges, ...addresses]);
    return this.#chain('fence', [
      `${this.#words.keyword} saddr { ${sources.join(', ')} } goto ${this.#external()}`,
      'drop',
    ]);
  }

  /** The chain for traffic from outside the cluster. */
  #external(): string {
    const everywhere = this.#pick(false);
    if (!this.#isExternalLocal) return this.#chain('external', [this.#mark, `goto ${everywhere}`]);
    // Whatever is in the cluster needn't care on which node it came in.
    const { keyword, family } = this.#words;
    return this.#chain('external', [
      `${keyword} saddr @pod_networks${family} goto ${everywhere}`,
      `fib saddr type local ${this.#mark} goto ${everywhere}`,
      ...(this.#targets.local.length > 0 ? [`goto ${this.#pick(true)}`] : []),
    ]);
  }

  /** The chain that sends a connection to one of the targets, each in turn. */
  #pick(onlyLocal: boolean): string {
    const targets = onlyLocal ? this.#targets.local : this.#targets.cluster;
    const name = onlyLocal ? 'local' : 'service';
    if (targets.length === 0) return this.#chain(name, []);
    if (this.#service.spec.sessionAffinity === 'ClientIP') {
      return this.#chain(name, this.#stickyRules(targets));
    }
    const { keyword } = this.#words;
    const choice = `numgen inc mod ${targets.length} map { ${targets
      .map(({ address, port }, i) => `${i} : ${address} . ${port}`)
      .join(', ')} }`;
    const [only] = targets;
    const target = targets.length === 1 ? socketText(only!.address, only!.port) : choice;
    return this.#chain(name, [`meta l4proto ${this.#protocol} dnat ${keyword} to ${target}`]);
  }

  /** First to the target that this client was sent to lately, or else to one in turn. */
  #stickyRules(targets: readonly Target[]): string[] {
    const seconds =
      this.#service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ??
      DEFAULT_AFFINITY_SECONDS;
    const { keyword, type } = this.#words;
    const places = targets.map((target) => {
      const id = shortHash(`${target.address} ${target.port}`);
      const set = `clients-${id}-${seconds}-${this.#id}`;
      this.sets.set(set, {
        kind: 'set',
        spec: `type ${type}; flags dynamic,timeout; timeout ${seconds}s; size ${AFFINITY_CLIENTS_MAX};`,
      });
      const chain = this.#chain(`target-${id}`, [
        `update @${set} { ${keyword} saddr }`,
        `meta l4proto ${this.#protocol} dnat ${keyword} to ${socketText(target.address, target.port)}`,
      ]);
      return { set, chain };
    });
    return [
      ...places.map(({ set, chain }) => `${keyword} saddr @${set} goto ${chain}`),
      `numgen inc mod ${places.length} vmap { ${places.map(({ chain }, i) => `${i} : goto ${chain}`).join(', ')} }`,
    ];
  }

  #chain(kind: string, rules: readonly string[]): string {
    const name = `${kind}-${this.#id}`;
    this.chains.set(name, { rules });
    return name;
  }
}

/** Addresses of load balancers that want packets as they come (`ipMode: VIP`, or unsaid). */
function loadBalancerAddresses({ spec, status }: Service): string[] {
  if (spec.type !== 'LoadBalancer') return [];
  return (status?.loadBalancer?.ingress ?? [])
    .filter(({ ipMode = 'VIP' }) => ipMode === 'VIP')
    .flatMap(({ ip }) => addressIn(ip) ?? []);
}

const externalAddresses = ({ spec }: Service): string[] =>
  (spec.externalIPs ?? []).flatMap((ip) => addressIn(ip) ?? []);

/** nft refuses ranges that overlap in one set. */
function withoutOverlaps(ranges: readonly string[]): string[] {
  const distinct = [...new Set(ranges)];
  const cidrOf = (range: string) =>
    parseCidr(range.includes('/') ? range : `${range}/${range.includes(':') ? 128 : 32}`);
  return distinct.filter((range) => {
    const cidr = cidrOf(range);
    if (!cidr) return false;
    return !distinct.some((other) => {
      const wider = other === range ? undefined : cidrOf(other);
      if (!wider || wider.prefixLength > cidr.prefixLength) return false;
      const isSame = wider.prefixLength === cidr.prefixLength;
      return (
        isInNetwork(wider, cidr.address) &&
        (!isSame || distinct.indexOf(other) < distinct.indexOf(range))
      );
    });
  });
}
