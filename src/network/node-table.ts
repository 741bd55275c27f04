import type { NftChain, NftSet, NftTable } from '../runtime/nft-table.ts';
import {
  FAMILIES,
  type Family,
  familyOf,
  type PartMap,
  socketText,
  type TablePart,
} from './table-part.ts';

export interface NodeTableOptions {
  /** Of the table: one a cluster, so that several live on one machine. */
  readonly name: string;
  /** The interface that the pods of this node hang on. */
  readonly bridge: string;
  /** Networks of all pods in the cluster, and of those on this node. */
  readonly podNetworks: readonly string[];
  readonly localPodNetworks: readonly string[];
  /** Networks from which cluster IPs are taken. */
  readonly serviceNetworks: readonly string[];
  /** The bit in the packet mark that asks for masquerading: a power of two. */
  readonly masqueradeMark: number;
  /**
   * False when the kernel doesn't show bridged packets to the filter (no `br_netfilter`): then
   * answers between pods of one node would miss the way back, unless they are masqueraded.
   */
  readonly filtersBridge: boolean;
  /** Addresses of services that this machine has itself, with sockets on them: its DNS. */
  readonly ownAddresses?: readonly string[];
  /** Sockets on this machine that answer for an address, whatever its service says. */
  readonly redirects?: readonly Redirect[];
}

/** `10.96.0.1:443` to `127.0.0.1:6443`, say. */
export interface Redirect {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  readonly toAddress: string;
  readonly toPort: number;
}

/** A part and whose it is: where two claim the same address and port, the lower rank wins. */
export interface RankedPart {
  readonly rank: string;
  readonly part: TablePart;
}

const MAP_TYPES: Readonly<Record<PartMap, (addressType: string) => string>> = {
  service_ips: (address) => `type ${address} . inet_proto . inet_service : verdict;`,
  node_ports: () => 'type inet_proto . inet_service : verdict;',
  unserved_ips: (address) => `type ${address} . inet_proto . inet_service : verdict;`,
  unserved_ports: () => 'type inet_proto . inet_service : verdict;',
};

const BOTH = ['4', '6'] as const;

/**
 * The whole table of a node. A packet is looked up once: by address, protocol and port, or for
 * ports of this machine by protocol and port; both are hash maps, so the cost doesn't grow with the
 * number of services. Pure.
 */
export function renderNodeTable(parts: Iterable<RankedPart>, options: NodeTableOptions): NftTable {
  const merged = mergeParts(parts, new Set(options.ownAddresses));
  const sets = new Map(merged.sets);
  const chains = new Map<string, NftChain>(merged.chains);
  for (const [name, chain] of redirectChains(options, merged.elements)) chains.set(name, chain);
  for (const family of BOTH) {
    for (const [name, set] of familySets(family, options, merged)) sets.set(name, set);
  }
  for (const [name, chain] of baseChains(options)) chains.set(name, chain);
  return { name: options.name, sets, chains };
}

interface Merged {
  readonly chains: Map<string, NftChain>;
  readonly sets: Map<string, NftSet>;
  /** By the name of the map in the table. */
  readonly elements: Map<string, Map<string, string>>;
  readonly localAddresses: Set<string>;
}

function mergeParts(parts: Iterable<RankedPart>, ownAddresses: ReadonlySet<string>): Merged {
  const merged: Merged = {
    chains: new Map(),
    sets: new Map(),
    elements: new Map(),
    localAddresses: new Set(),
  };
  const claims = new Map<string, string>();
  for (const { rank, part } of parts) {
    for (const [name, chain] of part.chains) merged.chains.set(name, chain);
    for (const [name, set] of part.sets) merged.sets.set(name, set);
    for (const address of part.localAddresses) merged.localAddresses.add(address);
    for (const { map, family, key, verdict } of part.elements) {
      if (ownAddresses.has(key.slice(0, key.indexOf(' ')))) continue;
      const claim = `${map}${family} ${key}`;
      const holder = claims.get(claim);
      if (holder !== undefined && holder <= rank) continue;
      claims.set(claim, rank);
      elementsOf(merged.elements, `${map}${family}`).set(key, verdict);
    }
  }
  return merged;
}

function elementsOf(maps: Merged['elements'], name: string): Map<string, string> {
  const elements = maps.get(name) ?? new Map<string, string>();
  maps.set(name, elements);
  return elements;
}

/** Chains of redirects, whose elements take the place of what services put there. */
function* redirectChains(
  { redirects = [] }: NodeTableOptions,
  maps: Merged['elements'],
): Iterable<[string, NftChain]> {
  for (const [i, { protocol, address, port, toAddress, toPort }] of redirects.entries()) {
    const family = familyOf(address);
    const key = `${address} . ${protocol} . ${port}`;
    elementsOf(maps, `service_ips${family}`).set(key, `goto redirect-${i}`);
    elementsOf(maps, `unserved_ips${family}`).delete(key);
    const target = `${FAMILIES[family].keyword} to ${socketText(toAddress, toPort)}`;
    yield [`redirect-${i}`, { rules: [`meta l4proto ${protocol} dnat ${target}`] }];
  }
}

function* familySets(
  family: Family,
  options: NodeTableOptions,
  { elements, localAddresses }: Merged,
): Iterable<[string, NftSet]> {
  const { type } = FAMILIES[family];
  for (const [map, typeOf] of Object.entries(MAP_TYPES)) {
    const name = `${map}${family}`;
    yield [name, { kind: 'map', spec: typeOf(type), elements: elements.get(name) ?? new Map() }];
  }
  const ofFamily = (texts: Iterable<string>) =>
    [...texts].filter((text) => familyOf(text) === family);
  const plain = (texts: readonly string[]) => new Map(texts.map((text) => [text, '']));
  const networks = `type ${type}; flags interval;`;
  for (const [name, members] of [
    ['pod_networks', options.podNetworks],
    ['local_pod_networks', options.localPodNetworks],
    ['service_networks', options.serviceNetworks],
  ] as const) {
    const set = { kind: 'set', spec: networks, elements: plain(ofFamily(members)) } as const;
    yield [`${name}${family}`, set];
  }
  const pairs = ofFamily(localAddresses).map((address) => `${address} . ${address}`);
  yield [
    `hairpin${family}`,
    { kind: 'set', spec: `type ${type} . ${type};`, elements: plain(pairs) },
  ];
}

function* baseChains(options: NodeTableOptions): Iterable<[string, NftChain]> {
  const mark = `0x${options.masqueradeMark.toString(16)}`;
  const perFamily = (rules: (words: (typeof FAMILIES)[Family]) => readonly string[]) =>
    BOTH.flatMap((family) => rules(FAMILIES[family]));

  // The bridge may route 127.0.0.0/8 (see `network-setup`): only for what we translate ourselves.
  const guard = `iifname "${options.bridge}"`;
  yield [
    'guard',
    {
      hook: 'type filter hook prerouting priority -300;',
      rules: [`${guard} ip daddr 127.0.0.0/8 drop`, `${guard} ip saddr 127.0.0.0/8 drop`],
    },
  ];
  for (const hook of ['prerouting', 'output']) {
    const rules = ['jump services'];
    yield [`nat-${hook}`, { hook: `type nat hook ${hook} priority -100;`, rules }];
  }
  yield [
    'services',
    {
      rules: perFamily(({ family, keyword }) => [
        // Whoever isn't a pod may have an address to which other nodes know no way back.
        `${keyword} daddr @service_networks${family} ${keyword} saddr != @pod_networks${family} meta mark set mark or ${mark}`,
        `${keyword} daddr . meta l4proto . th dport vmap @service_ips${family}`,
        `meta nfproto ipv${family} fib daddr type local meta l4proto . th dport vmap @node_ports${family}`,
      ]),
    },
  ];
  yield [
    'nat-postrouting',
    {
      hook: 'type nat hook postrouting priority 100;',
      rules: [
        `meta mark and ${mark} != 0 meta mark set mark xor ${mark} masquerade fully-random`,
        ...perFamily(({ family, keyword }) => masqueradeRules(family, keyword, options)),
      ],
    },
  ];
  for (const hook of ['input', 'forward', 'output']) {
    const rules = ['ct state new jump unserved'];
    yield [`filter-${hook}`, { hook: `type filter hook ${hook} priority 0;`, rules }];
  }
  yield [
    'unserved',
    {
      rules: perFamily(({ family, keyword }) => [
        `${keyword} daddr . meta l4proto . th dport vmap @unserved_ips${family}`,
        `meta nfproto ipv${family} fib daddr type local meta l4proto . th dport vmap @unserved_ports${family}`,
        // Whatever still has such an address here found no service.
        `${keyword} daddr @service_networks${family} fib daddr type != local goto refuse`,
      ]),
    },
  ];
  yield ['refuse', { rules: ['meta l4proto tcp reject with tcp reset', 'reject'] }];
}

function masqueradeRules(
  family: Family,
  keyword: string,
  { filtersBridge }: NodeTableOptions,
): string[] {
  const isLocal = (direction: string) => `${keyword} ${direction} @local_pod_networks${family}`;
  return [
    // A pod that reaches itself through a service would take the answer for a stranger's.
    `ct status dnat ${keyword} saddr . ${keyword} daddr @hairpin${family} masquerade fully-random`,
    ...(filtersBridge
      ? []
      : [`ct status dnat ${isLocal('saddr')} ${isLocal('daddr')} masquerade fully-random`]),
    `${isLocal('saddr')} ${keyword} daddr != @pod_networks${family} masquerade fully-random`,
  ];
}
