import { lookUp } from './functions/operators.ts';
import {
  CelError,
  isError,
  isList,
  isMap,
  isObject,
  noSuchKey,
  Opaque,
  Optional,
  type Value,
} from './values.ts';

/** A field's or entry's value; undefined if there is none; an error if there can't be one. */
function find(target: Value, key: Value): Value | undefined {
  if (isObject(target)) return typeof key === 'string' ? target.get(key) : noSuchKey(key);
  if (target instanceof Opaque) return typeof key === 'string' ? target.field(key) : undefined;
  return lookUp(target, key);
}

const missing = (target: Value, key: Value): CelError =>
  isList(target) && typeof key !== 'string'
    ? new CelError(`index out of bounds: ${String(key)}`)
    : noSuchKey(key);

/** `target.key` or `target[key]`. Of an optional it gives an optional. */
export function qualify(target: Value, key: Value): Value {
  if (target instanceof Optional) return qualifyOptionally(target, key);
  const found = find(target, key);
  return found === undefined ? missing(target, key) : found;
}

/** `target.?key` or `target[?key]`: none where there is nothing. */
export function qualifyOptionally(target: Value, key: Value): Value {
  const inner = target instanceof Optional ? target.value : target;
  if (inner === undefined) return Optional.none;
  const found = find(inner, key);
  if (found === undefined) return Optional.none;
  return isError(found) ? found : new Optional(found);
}

/** `has(target.key)` */
export function isPresent(target: Value, key: string): Value {
  if (target instanceof Optional) {
    return target.value === undefined ? false : isPresent(target.value, key);
  }
  if (target instanceof Opaque) return target.has(key);
  if (!isObject(target) && !isMap(target)) return isList(target) ? lookUp(target, key)! : false;
  const found = find(target, key);
  return found !== undefined && isError(found) ? found : found !== undefined;
}
