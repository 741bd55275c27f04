import { isEqual, sortKeys } from '../equal.ts';
import { isMap, memberOf } from '../member.ts';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from './schema.ts';

/**
 * A value in an object and the value in its older state that it stands for (KEP-4008). What didn't
 * change may stay as it is, even if a new value couldn't be like it.
 */
export class Correlation {
  readonly value: unknown;
  readonly old: unknown;
  readonly #schema: JsonSchema;
  #isUnchanged: boolean | undefined;
  #find: ((element: unknown) => unknown) | undefined;

  constructor(value: unknown, old: unknown, schema: JsonSchema) {
    this.value = value;
    this.old = old;
    this.#schema = schema;
  }

  /** Whether both states are the same. */
  get isUnchanged(): boolean {
    this.#isUnchanged ??= isEqual(this.value, this.old);
    return this.#isUnchanged;
  }

  /** The value under a key; undefined unless it was there before. */
  key(name: string): Correlation | undefined {
    const { value, old } = this;
    if (!isMap(value) || !isMap(old)) return undefined;
    if (!Object.hasOwn(value, name) || !Object.hasOwn(old, name)) return undefined;
    const schema = propertyOf(this.#schema, name) ?? additionalOf(this.#schema);
    return schema && new Correlation(value[name], old[name], schema);
  }

  /** An element of a list; undefined unless keys tell which one it was before. */
  index(at: number): Correlation | undefined {
    const { value, old } = this;
    const items = itemsOf(this.#schema);
    if (items === undefined || !Array.isArray(value) || !Array.isArray(old)) return undefined;
    if (this.#schema['x-kubernetes-list-type'] !== 'map') return undefined;
    this.#find ??= finderByKeys(old, this.#schema);
    const before = this.#find(value[at]);
    return before === undefined ? undefined : new Correlation(value[at], before, items);
  }
}

/**
 * Finds the element of a `map` list that has the same keys as one given. All are looked at once:
 * there may be many, and as many are looked for.
 */
export function finderByKeys(
  list: readonly unknown[],
  schema: JsonSchema,
): (element: unknown) => unknown {
  const names = schema['x-kubernetes-list-map-keys'] ?? [];
  const keysOf = (element: Readonly<Record<string, unknown>>): string =>
    JSON.stringify(
      names.map((name) => {
        const key = memberOf(element, name);
        return key === undefined ? [] : [sortKeys(key)];
      }),
    );
  const found = new Map<string, unknown>();
  for (const each of list) {
    const keys = isMap(each) ? keysOf(each) : undefined;
    if (keys !== undefined && !found.has(keys)) found.set(keys, each);
  }
  return (element) => (isMap(element) ? found.get(keysOf(element)) : undefined);
}
