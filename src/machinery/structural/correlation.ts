import { isEqual } from '../equal.ts';
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
    const before = elementWithKeysOf(value[at], old, this.#schema);
    return before === undefined ? undefined : new Correlation(value[at], before, items);
  }
}

/** The element of a `map` list that has the same keys as the one given. */
export function elementWithKeysOf(
  element: unknown,
  list: readonly unknown[],
  schema: JsonSchema,
): unknown {
  if (!isMap(element)) return undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return list.find(
    (other) =>
      isMap(other) && keys.every((key) => isEqual(memberOf(element, key), memberOf(other, key))),
  );
}
