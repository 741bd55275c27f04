import type { Service } from '../../api/generated/core/v1/types.ts';
import type { Endpoint, EndpointSlice } from '../../api/generated/discovery/v1/types.ts';
import { formatIp, parseIp } from '../../base/ip.ts';
import type { Change } from '../../client/informer.ts';
import { keyOf, type ObjectKey } from '../../machinery/object.ts';
import { clusterIpsOf, serviceKeyOf } from '../service-facts.ts';

/** An endpoint of a service, as names see it. */
export interface NamedEndpoint {
  /** Its hostname, or its address with dashes. */
  readonly label: string;
  readonly address: string;
  readonly ports: readonly NamedPort[];
}

export interface NamedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

/** What names are answered from. */
export interface DnsView {
  hasNamespace(name: string): boolean;
  service(namespace: string, name: string): Service | undefined;
  /** Ready endpoints, in the order of slices. */
  endpoints(namespace: string, service: string): NamedEndpoint[];
  /** The service that has this cluster IP. */
  serviceAt(address: string): Service | undefined;
  /** Services that have an endpoint at this address. */
  servicesThrough(address: string): Service[];
}

/** A view kept up to date by the changes of informers. */
export class DnsIndex implements DnsView {
  readonly #namespaces = new Set<string>();
  readonly #services = new Map<ObjectKey, Service>();
  readonly #slices = new Map<ObjectKey, Map<ObjectKey, EndpointSlice>>();
  readonly #serviceByIp = new Map<string, ObjectKey>();
  readonly #servicesByEndpoint = new Map<string, Set<ObjectKey>>();

  changeNamespace(change: Change<{ readonly metadata: { readonly name: string } }>): void {
    if (change.after) this.#namespaces.add(change.after.metadata.name);
    else if (change.before) this.#namespaces.delete(change.before.metadata.name);
  }

  changeService({ before, after }: Change<Service>): void {
    for (const ip of before ? clusterIpsOf(before) : []) this.#serviceByIp.delete(ip);
    for (const ip of after ? clusterIpsOf(after) : []) this.#serviceByIp.set(ip, keyOf(after!));
    if (after) this.#services.set(keyOf(after), after);
    else if (before) this.#services.delete(keyOf(before));
  }

  changeSlice({ before, after }: Change<EndpointSlice>): void {
    if (before) this.#dropSlice(before);
    const service = after && serviceKeyOf(after);
    if (!after || service === undefined) return;
    const slices = this.#slices.get(service) ?? new Map<ObjectKey, EndpointSlice>();
    this.#slices.set(service, slices.set(keyOf(after), after));
    for (const address of addressesOf(after)) {
      const services = this.#servicesByEndpoint.get(address) ?? new Set();
      this.#servicesByEndpoint.set(address, services.add(service));
    }
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name);
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }

  endpoints(namespace: string, service: string): NamedEndpoint[] {
    const slices = this.#slices.get(`${namespace}/${service}`)?.values() ?? [];
    return [...slices].flatMap((slice) => {
      const ports = (slice.ports ?? []).map(({ name = '', protocol = 'TCP', port = 0 }) => ({
        name,
        protocol: protocol.toLowerCase(),
        port,
      }));
      return (slice.endpoints ?? []).filter(isReady).flatMap((endpoint) =>
        endpoint.addresses.map((address) => ({
          label: endpoint.hostname || dashed(address),
          address,
          ports,
        })),
      );
    });
  }

  serviceAt(address: string): Service | undefined {
    const key = this.#serviceByIp.get(address);
    return key === undefined ? undefined : this.#services.get(key);
  }

  servicesThrough(address: string): Service[] {
    const keys = this.#servicesByEndpoint.get(address) ?? [];
    return [...keys].sort().flatMap((key) => this.#services.get(key) ?? []);
  }

  #dropSlice(slice: EndpointSlice): void {
    const service = serviceKeyOf(slice);
    if (service === undefined) return;
    const slices = this.#slices.get(service);
    slices?.delete(keyOf(slice));
    if (slices?.size === 0) this.#slices.delete(service);
    const kept = new Set([...(slices?.values() ?? [])].flatMap((other) => addressesOf(other)));
    for (const address of addressesOf(slice)) {
      if (kept.has(address)) continue;
      const services = this.#servicesByEndpoint.get(address);
      services?.delete(service);
      if (services?.size === 0) this.#servicesByEndpoint.delete(address);
    }
  }
}

/** `10-0-0-1`, `fd00--1`: an address as a label. */
export const dashed = (address: string): string => address.replace(/[.:]/g, '-');

/** The address that a label stands for, if it is one. */
export function undashed(label: string): string | undefined {
  const v4 = parseIp(label.replaceAll('-', '.'));
  if (v4) return formatIp(v4);
  const v6 = parseIp(label.replaceAll('-', ':'));
  return v6?.family === 6 ? formatIp(v6) : undefined;
}

const isReady = ({ conditions }: Endpoint): boolean => conditions?.ready !== false;

const addressesOf = ({ endpoints }: EndpointSlice): string[] =>
  (endpoints ?? []).filter(isReady).flatMap(({ addresses }) => addresses);
