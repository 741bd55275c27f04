import { type KubeObject, keyOf, type ObjectKey } from '../machinery/object.ts';

/** Names the values under which an object can be found, by index. */
export type Indexes<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

/** The index that every lister has: the namespace. */
export const BY_NAMESPACE = 'namespace';

/** Reads an informer's cache. What it hands out is shared and immutable. */
export class Lister<T extends KubeObject> {
  readonly #objects = new Map<ObjectKey, T>();
  readonly #indexes: [
    name: string,
    valuesOf: (object: T) => readonly string[],
    found: Map<string, Map<ObjectKey, T>>,
  ][];

  constructor(indexes: Indexes<T>) {
    const byNamespace = (object: T) => [object.metadata.namespace ?? ''];
    const all = { ...indexes, [BY_NAMESPACE]: byNamespace };
    this.#indexes = Object.entries(all).map(([name, valuesOf]) => [name, valuesOf, new Map()]);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(key);
  }

  keys(): IterableIterator<ObjectKey> {
    return this.#objects.keys();
  }

  /** Everything, in no particular order. */
  list(): IterableIterator<T> {
    return this.#objects.values();
  }

  inNamespace(namespace: string): T[] {
    return this.byIndex(BY_NAMESPACE, namespace);
  }

  /** What an index has under a value, in the order in which it came to be there. */
  byIndex(index: string, value: string): T[] {
    const entry = this.#indexes.find(([name]) => name === index);
    return [...(entry?.[2].get(value)?.values() ?? [])];
  }

  /** For the informer: stores an object and answers what it replaces. */
  put(object: T): T | undefined {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const [, valuesOf, found] of this.#indexes) {
      const values = valuesOf(object);
      for (const old of before ? valuesOf(before) : []) {
        if (!values.includes(old)) dropFrom(found, old, key);
      }
      for (const value of values) {
        const under = found.get(value);
        if (under) under.set(key, object);
        else found.set(value, new Map([[key, object]]));
      }
    }
    return before;
  }

  /** For the informer: forgets an object and answers what it was. */
  remove(key: ObjectKey): T | undefined {
    const before = this.#objects.get(key);
    if (!before) return undefined;
    this.#objects.delete(key);
    for (const [, valuesOf, found] of this.#indexes) {
      for (const value of valuesOf(before)) dropFrom(found, value, key);
    }
    return before;
  }
}

function dropFrom<T>(found: Map<string, Map<ObjectKey, T>>, value: string, key: ObjectKey): void {
  const under = found.get(value);
  under?.delete(key);
  if (under?.size === 0) found.delete(value);
}
