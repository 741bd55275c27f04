import { assert } from '../base/assert.ts';

interface Domain {
  sum: number;
  /** Nodes that have a part in it. */
  nodes: number;
}

/**
 * The sums of a count by domain, kept up to date a node at a time. Adding, taking away and
 * reading are all of constant cost, the minimum included.
 */
export class Tally {
  readonly #domains = new Map<string, Domain>();
  /** How many domains have which sum; kept only when the minimum is asked for. */
  readonly #bySum: Map<number, number> | undefined;
  #min = 0;
  #size = 0;
  /** The sum over all domains. */
  total = 0;

  constructor({ isRanked }: { readonly isRanked?: boolean } = {}) {
    this.#bySum = isRanked ? new Map() : undefined;
  }

  /** How many domains there are: those in which at least one node has a part. */
  get size(): number {
    return this.#size;
  }

  /** The sum of a domain; 0 of one in which no node has a part. */
  of(domain: string): number {
    return this.#domains.get(domain)?.sum ?? 0;
  }

  /** The smallest sum of any domain, infinity without domains. Sums must be whole numbers. */
  get min(): number {
    assert(this.#bySum, 'only a ranked tally knows its minimum');
    if (this.#size === 0) return Number.POSITIVE_INFINITY;
    while (!this.#bySum.has(this.#min)) this.#min++;
    return this.#min;
  }

  /** A node joins a domain, with an amount. */
  add(domain: string, amount: number): void {
    const found = this.#domains.get(domain);
    this.total += amount;
    if (found) {
      found.nodes++;
      if (amount !== 0) this.#move(found.sum, found.sum + amount);
      found.sum += amount;
    } else {
      this.#domains.set(domain, { sum: amount, nodes: 1 });
      this.addLone(amount, 0);
    }
  }

  /** A node leaves a domain, with the amount it came with. */
  remove(domain: string, amount: number): void {
    const found = this.#domains.get(domain)!;
    this.total -= amount;
    if (found.nodes === 1) {
      this.#domains.delete(domain);
      this.removeLone(found.sum, 0);
    } else {
      found.nodes--;
      if (amount !== 0) this.#move(found.sum, found.sum - amount);
      found.sum -= amount;
    }
  }

  /** A node joins as a domain of its own. */
  addLone(sum: number, total = sum): void {
    this.total += total;
    this.#size++;
    this.#enter(sum);
  }

  /** A node that was a domain of its own leaves. */
  removeLone(sum: number, total = sum): void {
    this.total -= total;
    this.#size--;
    this.#leave(sum);
  }

  #move(from: number, to: number): void {
    this.#leave(from);
    this.#enter(to);
  }

  #enter(sum: number): void {
    if (!this.#bySum) return;
    this.#bySum.set(sum, (this.#bySum.get(sum) ?? 0) + 1);
    if (sum < this.#min) this.#min = sum;
  }

  #leave(sum: number): void {
    if (!this.#bySum) return;
    const count = this.#bySum.get(sum)!;
    if (count > 1) this.#bySum.set(sum, count - 1);
    else this.#bySum.delete(sum);
  }
}
