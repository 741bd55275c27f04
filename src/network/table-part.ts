import { createHash } from 'node:crypto';
import { formatIp, parseIp } from '../base/ip.ts';
import type { UdpFlow } from '../runtime/conntrack.ts';
import type { NftChain, NftSet } from '../runtime/nft-table.ts';

/** What one object (a service, a pod) adds to the node's table. */
export interface TablePart {
  readonly chains: ReadonlyMap<string, NftChain>;
  readonly sets: ReadonlyMap<string, NftSet>;
  readonly elements: readonly PartElement[];
  /** Addresses of endpoints on this node, which may be sent their own traffic. */
  readonly localAddresses: readonly string[];
  /** Where UDP is led to: flows to an endpoint that is no longer here are to be forgotten. */
  readonly udpFlows: readonly UdpFlow[];
}

/** An element of one of the maps by which packets find where they are meant to go. */
export interface PartElement {
  readonly map: PartMap;
  readonly family: Family;
  readonly key: string;
  readonly verdict: string;
}

/** The maps of the table that parts add to. In the table, the family stands at the end. */
export type PartMap =
  | 'service_ips' // address . protocol . port → the chain that serves it
  | 'node_ports' // protocol . port of any local address → the chain that serves it
  | 'unserved_ips' // address . protocol . port → refuse or drop
  | 'unserved_ports'; // protocol . port of any local address → refuse or drop

/** Of IP: 4 or 6. */
export type Family = '4' | '6';

/** How nft names a family's things. */
export interface FamilyWords {
  readonly family: Family;
  readonly keyword: 'ip' | 'ip6';
  readonly type: 'ipv4_addr' | 'ipv6_addr';
}

export const FAMILIES: Readonly<Record<Family, FamilyWords>> = {
  4: { family: '4', keyword: 'ip', type: 'ipv4_addr' },
  6: { family: '6', keyword: 'ip6', type: 'ipv6_addr' },
};

/**
 * An address in its canonical text; undefined for what isn't one. Whatever of an object goes into a
 * rule as an address comes through here: it is text that users wrote, and rules are text too.
 */
export function addressIn(text: string | undefined): string | undefined {
  const address = text === undefined ? undefined : parseIp(text);
  return address && formatIp(address);
}

export const familyOf = (address: string): Family => (address.includes(':') ? '6' : '4');

/** `10.0.0.1:80`, `[fd00::1]:80`: what `dnat to` takes. */
export const socketText = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** A few characters that tell names apart. */
export const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 8);

/** The statement that has a packet masqueraded when it leaves. */
export const markStatement = (mark: number): string =>
  `meta mark set mark or 0x${mark.toString(16)}`;
