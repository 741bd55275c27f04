/** An address as a number, of the family given by its length: 32 bits (v4) or 128 (v6). */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** A network: the address of its first member, and how many leading bits they share. */
export interface Cidr {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

const V4_IN_V6 = 0xffffn << 32n;

const bitsOf = (family: 4 | 6): number => (family === 4 ? 32 : 128);

function parseV4(text: string, leadingZeros: boolean): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^[0-9]+$/.test(part) || part.length > 64) return undefined;
    if (part.length > 1 && part.startsWith('0') && !leadingZeros) return undefined;
    const octet = Number(part);
    if (octet > 255) return undefined;
    value = (value << 8n) | BigInt(octet);
  }
  return value;
}

/** The groups of one side of `::`, where the last may be an IPv4 address. */
function parseGroups(text: string, leadingZeros: boolean): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(BigInt(`0x${part}`));
      continue;
    }
    const v4 = i === parts.length - 1 ? parseV4(part, leadingZeros) : undefined;
    if (v4 === undefined) return undefined;
    groups.push(v4 >> 16n, v4 & 0xffffn);
  }
  return groups;
}

function parseV6(text: string, leadingZeros: boolean): bigint | undefined {
  const sides = text.split('::');
  if (sides.length > 2 || text.length > 128) return undefined;
  const all = sides.map((side) => parseGroups(side, leadingZeros));
  const [head, tail] = all;
  if (!head || (sides.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail ? missing < 1 : missing !== 0) return undefined;
  // An IPv4 ending before `::` would stand in the middle.
  if (tail && sides[0]!.includes('.')) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...(tail ?? [])];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/**
 * Reads an address, or returns undefined. With `leadingZeros`, octets such as `010` are taken as
 * decimal, as older software did. An IPv4 address in IPv6 form stays IPv6; see `unmapped`.
 */
export function parseIp(
  text: string,
  { leadingZeros = false }: { leadingZeros?: boolean } = {},
): IpAddress | undefined {
  const family = text.includes(':') ? 6 : 4;
  const value = family === 6 ? parseV6(text, leadingZeros) : parseV4(text, leadingZeros);
  return value === undefined ? undefined : { family, value };
}

/** Whether this is an IPv4 address in IPv6 form: `::ffff:10.0.0.1`. */
export const isMapped = ({ family, value }: IpAddress): boolean =>
  family === 6 && value >> 32n === 0xffffn;

/** The IPv4 address in IPv6 form as itself; any other address as it is. */
export const unmapped = (address: IpAddress): IpAddress =>
  isMapped(address) ? { family: 4, value: address.value ^ V4_IN_V6 } : address;

function formatV6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    Number((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  );
  // The longest run of zero groups, the first of equals, and never a lone one (RFC 5952).
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === '0') end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  if (best.length < 2) return groups.join(':');
  const head = groups.slice(0, best.start).join(':');
  return `${head}::${groups.slice(best.start + best.length).join(':')}`;
}

/** The canonical text (RFC 5952 for IPv6). */
export function formatIp({ family, value }: IpAddress): string {
  if (family === 6) return formatV6(value);
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
}

const maskOf = (family: 4 | 6, prefixLength: number): bigint => {
  const bits = BigInt(bitsOf(family));
  const free = bits - BigInt(prefixLength);
  return ((1n << bits) - 1n) ^ ((1n << free) - 1n);
};

/** The network's first address: this one with the bits beyond the prefix cleared. */
export const networkOf = ({ address, prefixLength }: Cidr): IpAddress => ({
  family: address.family,
  value: address.value & maskOf(address.family, prefixLength),
});

/** Reads `address/prefix length`, or returns undefined. Bits beyond the prefix are kept. */
export function parseCidr(
  text: string,
  { leadingZeros = false }: { leadingZeros?: boolean } = {},
): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const length = text.slice(slash + 1);
  const address = parseIp(text.slice(0, slash), { leadingZeros });
  if (!address || !/^[0-9]{1,8}$/.test(length)) return undefined;
  if (length.length > 1 && length.startsWith('0') && !leadingZeros) return undefined;
  const prefixLength = Number(length);
  return prefixLength > bitsOf(address.family) ? undefined : { address, prefixLength };
}

/** `10.0.0.0/8`, with the bits beyond the prefix as they are. */
export const formatCidr = ({ address, prefixLength }: Cidr): string =>
  `${formatIp(address)}/${prefixLength}`;

/** Whether the address, of the same family, lies in the network. */
export const isInNetwork = (cidr: Cidr, address: IpAddress): boolean =>
  cidr.address.family === address.family &&
  networkOf({ address, prefixLength: cidr.prefixLength }).value === networkOf(cidr).value;
