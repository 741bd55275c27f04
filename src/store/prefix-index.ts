/**
 * Finds what is registered under the prefixes of a key, however many other prefixes there are.
 * Prefixes that end at a `/` cost one look-up for each `/` of the key; the others cost one for each
 * length that occurs among them.
 */
export class PrefixIndex<T> {
  readonly #values = new Map<string, T>();
  /** How many prefixes there are of each length, of those that don't end at a `/`. */
  readonly #otherLengths = new Map<number, number>();

  get size(): number {
    return this.#values.size;
  }

  get(prefix: string): T | undefined {
    return this.#values.get(prefix);
  }

  values(): IterableIterator<T> {
    return this.#values.values();
  }

  /** Adds a prefix that isn't there yet. */
  add(prefix: string, value: T): void {
    this.#values.set(prefix, value);
    if (!prefix.endsWith('/')) this.#countLength(prefix.length, 1);
  }

  delete(prefix: string): void {
    if (!this.#values.delete(prefix)) return;
    if (!prefix.endsWith('/')) this.#countLength(prefix.length, -1);
  }

  /** Calls `visit` for each registered prefix with which the key begins, in no certain order. */
  forEachPrefixOf(key: string, visit: (value: T) => void): void {
    for (let i = key.indexOf('/'); i >= 0; i = key.indexOf('/', i + 1)) {
      this.#visit(key.slice(0, i + 1), visit);
    }
    for (const length of this.#otherLengths.keys()) {
      if (length > key.length || key[length - 1] === '/') continue;
      this.#visit(length === key.length ? key : key.slice(0, length), visit);
    }
  }

  #visit(prefix: string, visit: (value: T) => void): void {
    const value = this.#values.get(prefix);
    if (value !== undefined) visit(value);
  }

  #countLength(length: number, difference: number): void {
    const count = (this.#otherLengths.get(length) ?? 0) + difference;
    if (count > 0) this.#otherLengths.set(length, count);
    else this.#otherLengths.delete(length);
  }
}
