import { isMap } from '../member.ts';
import {
  additionalOf,
  hasDefault,
  isForbiddenNull,
  isMetaField,
  itemsOf,
  type JsonSchema,
  propertyOf,
} from './schema.ts';

type Draft = Record<string, unknown>;

/**
 * Removes from a draft what its schema doesn't know, and answers the paths of what was removed,
 * sorted. At the root, and in embedded resources, `apiVersion`, `kind` and `metadata` are known.
 */
export function pruneUnknown(draft: object, schema: JsonSchema): readonly string[] {
  const removed: string[] = [];
  new Pruner(removed).prune(draft, { ...schema, 'x-kubernetes-embedded-resource': true }, '');
  return removed.sort();
}

class Pruner {
  readonly #removed: string[];

  constructor(removed: string[]) {
    this.#removed = removed;
  }

  prune(value: unknown, schema: JsonSchema | undefined, path: string): void {
    if (schema?.['x-kubernetes-preserve-unknown-fields']) return this.#keep(value, schema, path);
    if (Array.isArray(value)) {
      const items = schema && itemsOf(schema);
      for (const [i, each] of value.entries()) this.prune(each, items, `${path}[${i}]`);
    } else if (isMap(value)) this.#pruneMap(value as Draft, schema, path);
  }

  #pruneMap(map: Draft, schema: JsonSchema | undefined, path: string): void {
    for (const key of Object.keys(map)) {
      if (schema?.['x-kubernetes-embedded-resource'] && isMetaField(key)) continue;
      const at = path === '' ? key : `${path}.${key}`;
      const property = schema && propertyOf(schema, key);
      if (property !== undefined) this.prune(map[key], property, at);
      else if (schema?.additionalProperties !== undefined) {
        this.prune(map[key], additionalOf(schema), at);
      } else {
        delete map[key];
        this.#removed.push(at);
      }
    }
  }

  /** What keeps unknown fields may hold parts that don't. */
  #keep(value: unknown, schema: JsonSchema | undefined, path: string): void {
    if (schema === undefined) return;
    if (Array.isArray(value)) {
      const items = itemsOf(schema);
      for (const [i, each] of value.entries()) this.#keep(each, items, `${path}[${i}]`);
      return;
    }
    if (!isMap(value)) return;
    for (const key of Object.keys(value)) {
      if (schema['x-kubernetes-embedded-resource'] && isMetaField(key)) continue;
      const at = path === '' ? key : `${path}.${key}`;
      const property = propertyOf(schema, key);
      if (property !== undefined) this.prune(value[key], property, at);
      else if (schema.additionalProperties !== undefined) {
        this.prune(value[key], additionalOf(schema), at);
      }
    }
  }
}

/** Removes nulls that may not be and that no default takes the place of. */
export function pruneNulls(value: unknown, schema: JsonSchema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    for (const element of value) pruneNulls(element, items);
    return;
  }
  if (!isMap(value)) return;
  for (const key of Object.keys(value)) {
    const inner = propertyOf(schema, key) ?? additionalOf(schema);
    if (inner === undefined) continue;
    if (isForbiddenNull(value[key], inner) && !hasDefault(inner)) delete (value as Draft)[key];
    else pruneNulls(value[key], inner);
  }
}
