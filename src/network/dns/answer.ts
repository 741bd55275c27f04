import type { Service } from '../../api/generated/core/v1/types.ts';
import { type Cidr, formatIp, type IpAddress, isInNetwork, parseIp } from '../../base/ip.ts';
import { clusterIpsOf, isHeadless } from '../service-facts.ts';
import { type DnsView, dashed, type NamedEndpoint, undashed } from './dns-view.ts';
import { RCODES, type Rcode, type ResourceRecord, type Response, TYPES } from './message.ts';

export interface Zone {
  /** Without dots at the ends: `cluster.local`. */
  readonly clusterDomain: string;
  /** How long answers may be remembered, the negative ones too. */
  readonly ttlSeconds: number;
  /** Networks of pods and services: addresses in them are nobody else's to name. */
  readonly clusterNetworks: readonly Cidr[];
}

export interface Question {
  /** Lower-case, without the last dot. */
  readonly name: string;
  readonly type: number;
  /** Counts up: where there are several answers, each is the first in its turn. */
  readonly turn: number;
}

export type Answer =
  | { readonly kind: 'response'; readonly response: Response }
  /** Not a name of this cluster: others may know. */
  | { readonly kind: 'forward' }
  /** The name is another's alias: what that one has is to be added to the records. */
  | {
      readonly kind: 'alias';
      readonly records: readonly ResourceRecord[];
      readonly target: string;
    };

const ALIASES_MAX = 8;
const SRV_WEIGHT = 100;
const SPECIFICATION_VERSION = '1.1.0';

/**
 * Answers a question as the specification of DNS-based service discovery says (version 1.1.0), and
 * CoreDNS where that is silent. Pure.
 */
export function answer(question: Question, view: DnsView, zone: Zone): Answer {
  const { name } = question;
  if (name === zone.clusterDomain || name.endsWith(`.${zone.clusterDomain}`)) {
    return new ClusterName(question, view, zone).answer();
  }
  const reverse = /^(.+)\.(in-addr|ip6)\.arpa$/.exec(name);
  return (reverse && answerReverse(question, view, zone)) || { kind: 'forward' };
}

/** What a name has: nothing at all (it doesn't exist), or records, perhaps of other types only. */
type Found = readonly ResourceRecord[] | undefined;

class ClusterName {
  readonly #question: Question;
  readonly #view: DnsView;
  readonly #zone: Zone;
  readonly #additionals: ResourceRecord[] = [];

  constructor(question: Question, view: DnsView, zone: Zone) {
    this.#question = question;
    this.#view = view;
    this.#zone = zone;
  }

  answer(): Answer {
    const aliases: ResourceRecord[] = [];
    let name = this.#question.name;
    for (;;) {
      const found = this.#find(name);
      const [first] = found ?? [];
      if (first?.type !== 'CNAME' || this.#question.type === TYPES.CNAME) {
        return this.#respond([...aliases, ...this.#matching(found ?? [])], found !== undefined);
      }
      aliases.push(first);
      name = first.target;
      const isOurs = name.endsWith(`.${this.#zone.clusterDomain}`);
      if (!isOurs) return { kind: 'alias', records: aliases, target: name };
      if (aliases.length > ALIASES_MAX) return this.#fail(RCODES.SERVFAIL);
    }
  }

  #respond(answers: readonly ResourceRecord[], exists: boolean): Answer {
    if (answers.length > 0) {
      const additionals = answers.some(({ type }) => type === 'SRV') ? this.#additionals : [];
      return {
        kind: 'response',
        response: { rcode: 0, authoritative: true, answers, additionals },
      };
    }
    return this.#fail(exists ? RCODES.NOERROR : RCODES.NXDOMAIN);
  }

  #fail(rcode: Rcode): Answer {
    return negative(rcode, this.#zone.clusterDomain, this.#zone);
  }

  #matching(records: readonly ResourceRecord[]): ResourceRecord[] {
    const { type, turn } = this.#question;
    const matches = records.filter((record) => type === TYPES.ANY || TYPES[record.type] === type);
    const first = turn % Math.max(matches.length, 1);
    return [...matches.slice(first), ...matches.slice(0, first)];
  }

  /** All records of a name in the cluster's domain. */
  #find(name: string): Found {
    const domain = this.#zone.clusterDomain;
    if (name === domain) return [soa(domain, this.#zone), ...this.#nameServer()];
    const labels = name
      .slice(0, -domain.length - 1)
      .split('.')
      .reverse();
    const [kind, namespace, third = '', ...more] = labels;
    if (kind === 'dns-version' && namespace === undefined) {
      return [{ ...this.#owner(name), type: 'TXT', text: SPECIFICATION_VERSION }];
    }
    if (name === `ns.dns.${domain}`) return this.#nameServerAddresses(name);
    if (kind !== 'svc' && kind !== 'pod') return undefined;
    if (namespace === undefined) return [];
    if (!this.#view.hasNamespace(namespace)) return undefined;
    if (third === '') return [];
    if (kind === 'svc') return this.#findService(name, namespace, third, more);
    const address = more.length === 0 ? undashed(third) : undefined;
    return address === undefined ? undefined : [this.#address(name, address)];
  }

  #findService(name: string, namespace: string, title: string, more: readonly string[]): Found {
    const service = this.#view.service(namespace, title);
    if (!service) return undefined;
    const [first, second, ...rest] = more;
    if (service.spec.type === 'ExternalName') {
      const target = (service.spec.externalName ?? '').toLowerCase().replace(/\.$/, '');
      return more.length === 0 ? [{ ...this.#owner(name), type: 'CNAME', target }] : undefined;
    }
    if (first === undefined) return this.#atService(name, service);
    if (rest.length > 0) return undefined;
    if (first.startsWith('_'))
      return this.#findPort(name, service, first.slice(1), second?.slice(1));
    if (second !== undefined) return undefined;
    const endpoints = this.#endpoints(service).filter(({ label }) => label === first);
    return endpoints.length === 0
      ? undefined
      : endpoints.map((e) => this.#address(name, e.address));
  }

  /** Records of `service.namespace.svc`: addresses, and its ports as `SRV`. */
  #atService(name: string, service: Service): Found {
    const addresses = isHeadless(service)
      ? [...new Set(this.#endpoints(service).map(({ address }) => address))]
      : clusterIpsOf(service);
    if (addresses.length === 0) return undefined;
    const records = addresses.map((address) => this.#address(name, address));
    // Only who asks for them pays for them.
    const wantsPorts = this.#question.type === TYPES.SRV;
    return wantsPorts ? [...records, ...this.#ports(name, service, () => true)] : records;
  }

  /** Records of `_port._protocol.service.namespace.svc`; without a port the name is empty. */
  #findPort(name: string, service: Service, protocol: string, port: string | undefined): Found {
    const records = this.#ports(
      name,
      service,
      (candidate) =>
        candidate.protocol === protocol && (port === undefined || candidate.name === port),
    );
    if (records.length === 0) return undefined;
    return port === undefined ? [] : records;
  }

  #ports(
    name: string,
    service: Service,
    isWanted: (port: { name: string; protocol: string }) => boolean,
  ): ResourceRecord[] {
    const host = this.#nameOf(service);
    if (!isHeadless(service)) {
      const ports = (service.spec.ports ?? []).map(({ name = '', protocol = 'TCP', port }) => {
        return { name, protocol: protocol.toLowerCase(), port };
      });
      this.#additionals.push(...clusterIpsOf(service).map((ip) => this.#address(host, ip)));
      return ports.filter(isWanted).map(({ port }) => ({
        ...this.#owner(name),
        type: 'SRV',
        target: host,
        port,
        weight: SRV_WEIGHT,
      }));
    }
    const sockets = this.#endpoints(service).flatMap((endpoint) =>
      endpoint.ports.filter(isWanted).map(({ port }) => ({ ...endpoint, port })),
    );
    const weight = Math.max(1, Math.floor(SRV_WEIGHT / Math.max(sockets.length, 1)));
    return sockets.map(({ label, address, port }) => {
      const target = `${label}.${host}`;
      this.#additionals.push(this.#address(target, address));
      return { ...this.#owner(name), type: 'SRV', target, port, weight };
    });
  }

  #endpoints({ metadata }: Service): NamedEndpoint[] {
    return this.#view.endpoints(metadata.namespace ?? '', metadata.name);
  }

  #nameOf({ metadata }: Service): string {
    return `${metadata.name}.${metadata.namespace}.svc.${this.#zone.clusterDomain}`;
  }

  #nameServer(): ResourceRecord[] {
    const domain = this.#zone.clusterDomain;
    return [{ ...this.#owner(domain), type: 'NS', target: `ns.dns.${domain}` }];
  }

  #nameServerAddresses(name: string): Found {
    const service = this.#view.service('kube-system', 'kube-dns');
    return service && clusterIpsOf(service).map((ip) => this.#address(name, ip));
  }

  #address(name: string, address: string): ResourceRecord {
    return { ...this.#owner(name), type: address.includes(':') ? 'AAAA' : 'A', address };
  }

  #owner(name: string) {
    return { name, ttlSeconds: this.#zone.ttlSeconds };
  }
}

function soa(owner: string, { clusterDomain, ttlSeconds }: Zone): ResourceRecord {
  const primary = `ns.dns.${clusterDomain}`;
  const mailbox = `hostmaster.${clusterDomain}`;
  return { name: owner, ttlSeconds, type: 'SOA', primary, mailbox, serial: 1 };
}

function negative(rcode: Rcode, owner: string, zone: Zone): Answer {
  const response = { rcode, authoritative: true, authorities: [soa(owner, zone)] };
  return { kind: 'response', response };
}

/** Names of an address: the service that has it, or the endpoints that it is. */
function answerReverse(question: Question, view: DnsView, zone: Zone): Answer | undefined {
  const address = reversedAddress(question.name);
  if (!address) return undefined;
  const text = formatIp(address);
  const owner = { name: question.name, ttlSeconds: zone.ttlSeconds, type: 'PTR' } as const;
  const nameOf = ({ metadata: { name, namespace } }: Service) =>
    `${name}.${namespace}.svc.${zone.clusterDomain}`;
  const service = view.serviceAt(text);
  const targets = service
    ? [nameOf(service)]
    : view.servicesThrough(text).map((other) => `${labelAt(view, other, text)}.${nameOf(other)}`);
  if (targets.length > 0) {
    const isAsked = question.type === TYPES.PTR || question.type === TYPES.ANY;
    const answers = isAsked ? targets.map((target) => ({ ...owner, target })) : [];
    if (!isAsked) return negative(RCODES.NOERROR, reverseZone(address), zone);
    return { kind: 'response', response: { rcode: 0, authoritative: true, answers } };
  }
  const isOurs = zone.clusterNetworks.some((network) => isInNetwork(network, address));
  return isOurs ? negative(RCODES.NXDOMAIN, reverseZone(address), zone) : undefined;
}

const reverseZone = ({ family }: IpAddress): string => (family === 4 ? 'in-addr.arpa' : 'ip6.arpa');

function labelAt(view: DnsView, { metadata }: Service, address: string): string {
  const endpoints = view.endpoints(metadata.namespace ?? '', metadata.name);
  return endpoints.find((endpoint) => endpoint.address === address)?.label ?? dashed(address);
}

/** `1.0.96.10.in-addr.arpa` to its address. */
function reversedAddress(name: string): IpAddress | undefined {
  const labels = name.split('.').slice(0, -2).reverse();
  if (name.endsWith('.in-addr.arpa')) return parseIp(labels.join('.'));
  if (labels.length !== 32 || labels.some((label) => !/^[0-9a-f]$/.test(label))) return undefined;
  return parseIp(labels.join('').match(/.{4}/g)!.join(':'));
}
