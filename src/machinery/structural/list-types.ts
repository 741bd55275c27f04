import { sortKeys } from '../equal.ts';
import { duplicate, type FieldError, invalid } from '../field-error.ts';
import type { FieldPath } from '../field-path.ts';
import { isMap, memberOf } from '../member.ts';
import { additionalOf, type Fields, itemsOf, type JsonSchema, propertyOf } from './schema.ts';

/** Elements of `set` and `map` lists that occur twice (`x-kubernetes-list-type`). */
export function validateListTypes(
  value: unknown,
  schema: JsonSchema | undefined,
  path: FieldPath,
): FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) return validateList(value, schema, path);
  if (!isMap(value)) return [];
  const errors: FieldError[] = [];
  const additional = additionalOf(schema);
  for (const key in value) {
    if (additional) errors.push(...validateListTypes(value[key], additional, path.key(key)));
    const property = propertyOf(schema, key);
    if (property) errors.push(...validateListTypes(value[key], property, path.at(key)));
  }
  return errors;
}

function validateList(list: readonly unknown[], schema: JsonSchema, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { 'x-kubernetes-list-type': listType, 'x-kubernetes-list-map-keys': keys = [] } = schema;
  if (listType === 'set') errors.push(...repeated(list, path));
  if (listType === 'map') errors.push(...validateMapList(list, keys, path));
  const items = itemsOf(schema);
  if (!items) return errors;
  return [...errors, ...list.flatMap((each, i) => validateListTypes(each, items, path.index(i)))];
}

function validateMapList(
  list: readonly unknown[],
  keys: readonly string[],
  path: FieldPath,
): FieldError[] {
  const wrong = list.findIndex((element) => element !== null && !isMap(element));
  if (wrong >= 0) {
    const detail = 'must be an object for an array of list-type map';
    return [invalid(path.index(wrong), list[wrong], detail)];
  }
  return repeated(
    list.map((element) => keysOf((element ?? {}) as Fields, keys)),
    path,
  );
}

/** The keys that an element has, in a value to compare it by. */
const keysOf = (element: Fields, keys: readonly string[]): Fields =>
  Object.fromEntries(
    [...keys]
      .sort()
      .filter((key) => Object.hasOwn(element, key))
      .map((key) => [key, memberOf(element, key)]),
  );

/** Each value is told once, where it stands for the second time. */
function repeated(values: readonly unknown[], path: FieldPath): FieldError[] {
  if (values.length < 2) return [];
  const times = new Map<string, number>();
  const errors: FieldError[] = [];
  values.forEach((value, i) => {
    const text = JSON.stringify(sortKeys(value));
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    if (before === 1) errors.push(duplicate(path.index(i), value));
  });
  return errors;
}
