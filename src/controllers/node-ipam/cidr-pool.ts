import { assert } from '../../base/assert.ts';
import { type Cidr, formatCidr, isInNetwork, networkOf, parseCidr } from '../../base/ip.ts';

const NODE_PREFIX_LENGTH = { 4: 24, 6: 64 }; // The defaults of `--node-cidr-mask-size`.
const SIZE_MAX = 2 ** 16; // Nodes that a cluster can have, as far as its networks go.

/** One of the cluster's networks, divided into equal parts for nodes. */
export class CidrPool {
  readonly #cluster: Cidr;
  readonly #prefixLength: number;
  readonly #step: bigint;
  readonly #first: bigint;
  readonly #size: number;
  readonly #taken = new Set<number>();
  /** No part below this one is free. */
  #lowestFree = 0;

  /** `cidr` is a network in its text form, of either family. */
  constructor(cidr: string) {
    const cluster = parseCidr(cidr);
    assert(cluster, `${cidr} is a network`);
    const { family } = cluster.address;
    const bits = family === 4 ? 32 : 128;
    this.#cluster = cluster;
    this.#prefixLength = Math.max(NODE_PREFIX_LENGTH[family], cluster.prefixLength);
    this.#step = 2n ** BigInt(bits - this.#prefixLength);
    this.#first = networkOf(cluster).value;
    this.#size = Math.min(2 ** (this.#prefixLength - cluster.prefixLength), SIZE_MAX);
  }

  /** The first part that nobody has; undefined when there is none. */
  get free(): string | undefined {
    while (this.#taken.has(this.#lowestFree)) this.#lowestFree++;
    return this.#lowestFree < this.#size ? this.#partAt(this.#lowestFree) : undefined;
  }

  /** Takes all parts that a network has addresses of. One of elsewhere takes none. */
  take(cidr: string): void {
    for (const index of this.#indexesOf(cidr)) this.#taken.add(index);
  }

  /** Gives back what `take` took. */
  release(cidr: string): void {
    for (const index of this.#indexesOf(cidr)) {
      this.#taken.delete(index);
      this.#lowestFree = Math.min(this.#lowestFree, index);
    }
  }

  #partAt(index: number): string {
    const { family } = this.#cluster.address;
    const value = this.#first + BigInt(index) * this.#step;
    return formatCidr({ address: { family, value }, prefixLength: this.#prefixLength });
  }

  #indexesOf(text: string): number[] {
    const cidr = parseCidr(text);
    if (!cidr || !isInNetwork(this.#cluster, cidr.address)) return [];
    const first = Number((networkOf(cidr).value - this.#first) / this.#step);
    const count = 2 ** Math.max(0, this.#prefixLength - cidr.prefixLength);
    const length = Math.max(0, Math.min(count, this.#size - first));
    return Array.from({ length }, (_, i) => first + i);
  }
}
