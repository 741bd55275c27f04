import sortedBtree from 'sorted-btree';
import type { Entry, ListRange } from './store.ts';

// Wide nodes make scans and counts fast, narrow ones the first write after a copy: measured.
const NODE_SIZE_MAX = 64;

const compareKeys = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Entries in key order. A copy costs nothing: both share what neither has changed since. */
export class EntryMap<V> {
  readonly #tree: sortedBtree.default<string, Entry<V>>;

  constructor(tree?: sortedBtree.default<string, Entry<V>>) {
    this.#tree = tree ?? new sortedBtree.default(undefined, compareKeys, NODE_SIZE_MAX);
  }

  copy(): EntryMap<V> {
    return new EntryMap(this.#tree.clone());
  }

  get(key: string): Entry<V> | undefined {
    return this.#tree.get(key);
  }

  put(entry: Entry<V>): void {
    this.#tree.set(entry.key, entry);
  }

  delete(key: string): void {
    this.#tree.delete(key);
  }

  /** Entries whose key begins with `prefix`, after the key `after`, at most `limit`. */
  list(prefix: string, { after, limit }: ListRange = {}): Entry<V>[] {
    const entries: Entry<V>[] = [];
    if (limit !== undefined && limit <= 0) return entries;
    this.#scan(prefix, after, (_key, entry) =>
      entries.push(entry) === limit ? { break: limit } : undefined,
    );
    return entries;
  }

  /** How many `list` would return. Looks at nodes, not at entries. */
  count(prefix: string, after?: string): number {
    return this.#scan(prefix, after);
  }

  #scan(prefix: string, after: string | undefined, visit?: Visit<V>): number {
    // The least string that is greater than `after` is the same with a zero behind it.
    const low = after !== undefined && after >= prefix ? `${after}\0` : prefix;
    const end = prefixEnd(prefix);
    const high = end ?? this.#tree.maxKey();
    if (high === undefined || low > high) return 0;
    return this.#tree.forRange(low, high, end === undefined, visit);
  }
}

type Visit<V> = (key: string, entry: Entry<V>) => { break: number } | undefined;

/** The least string that is greater than all that begin with `prefix`; undefined: there is none. */
function prefixEnd(prefix: string): string | undefined {
  for (let length = prefix.length; length > 0; length--) {
    const unit = prefix.charCodeAt(length - 1);
    if (unit < 0xffff) return prefix.slice(0, length - 1) + String.fromCharCode(unit + 1);
  }
  return undefined;
}
