import {
  formatIp,
  type IpAddress,
  isInNetwork,
  networkOf,
  parseCidr,
  parseIp,
} from '../../base/ip.ts';
import { type Random, randomInt } from '../../base/random.ts';
import type { Family } from './families.ts';

// Addresses are drawn from no more than this many, which numbers count exactly.
const SIZE_MAX = 2 ** 31;

/** A network of which services get their addresses. */
export class AddressRange {
  readonly family: Family;
  readonly text: string;
  readonly #cidr: { readonly address: IpAddress; readonly prefixLength: number };
  readonly #first: bigint;
  /** How many addresses there are to give. */
  readonly size: number;

  /** Throws for what isn't a network, or is too small to give any. */
  constructor(text: string) {
    const cidr = parseCidr(text);
    if (cidr === undefined) throw new Error(`${text} is no network`);
    const { family } = cidr.address;
    const bits = (family === 4 ? 32 : 128) - cidr.prefixLength;
    // The first address names the network, and in IPv4 the last one reaches all of it.
    const unusable = family === 4 ? 2 : 1;
    this.size = Math.min(2 ** bits - unusable, SIZE_MAX);
    if (this.size < 1) throw new Error(`${text} is too small for services`);
    this.text = text;
    this.family = family === 4 ? 'IPv4' : 'IPv6';
    this.#cidr = cidr;
    this.#first = networkOf(cidr).value + 1n;
  }

  /** The address at a place from 0 to `size` - 1. */
  at(index: number): string {
    const { family } = this.#cidr.address;
    return formatIp({ family, value: this.#first + BigInt(index) });
  }

  /** Whether the address is one of those to give. */
  contains(text: string): boolean {
    const address = parseIp(text);
    if (address === undefined || !isInNetwork(this.#cidr, address)) return false;
    const index = address.value - this.#first;
    return index >= 0n && index < BigInt(this.size);
  }

  /** An address for which `isFree` holds; undefined when all are taken. */
  findFree(random: Random, isFree: (address: string) => boolean): string | undefined {
    const index = findFreeIndex(random, this.size, (at) => isFree(this.at(at)));
    return index === undefined ? undefined : this.at(index);
  }
}

// With half of a range taken, one search in a thousand fails all of them.
const RANDOM_TRIES = 10;

/** A place below `size` that is free: first by chance, so that servers seldom meet, then in order. */
export function findFreeIndex(
  random: Random,
  size: number,
  isFree: (index: number) => boolean,
): number | undefined {
  const start = randomInt(random, size);
  if (isFree(start)) return start;
  for (let i = 1; i < RANDOM_TRIES; i++) {
    const index = randomInt(random, size);
    if (isFree(index)) return index;
  }
  for (let i = 0; i < size; i++) {
    const index = (start + i) % size;
    if (isFree(index)) return index;
  }
  return undefined;
}
