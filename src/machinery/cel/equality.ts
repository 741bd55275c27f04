import { isEqual as isEqualData } from '../equal.ts';
import { memberOf } from '../member.ts';
import {
  type CelList,
  type CelMap,
  type CelObject,
  Duration,
  isList,
  isMap,
  isObject,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from './values.ts';

type Numeric = bigint | number | Uint;

export const isNumeric = (value: Value): value is Numeric =>
  typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint;

const plain = (value: Numeric): bigint | number => (value instanceof Uint ? value.value : value);

/**
 * Below zero, zero or above as the first number is less, equal or more; NaN if there is a NaN.
 * Integers are exact among each other, and doubles where one of them is compared with a double.
 */
function compareNumbers(a: Numeric, b: Numeric): number {
  let [x, y] = [plain(a), plain(b)];
  if (typeof x !== typeof y) [x, y] = [Number(x), Number(y)];
  return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.NaN;
}

/** Whether two values are equal. Numbers are by their amount, whatever their types. */
export function equals(a: Value, b: Value): boolean {
  if (typeof a === 'string' || typeof a === 'boolean' || a === null) return a === b;
  if (isNumeric(a)) return isNumeric(b) && compareNumbers(a, b) === 0;
  if (typeof b !== 'object' || b === null) return false;
  if (isList(a)) return isList(b) && equalLists(a, b);
  if (isMap(a)) return isMap(b) && equalMaps(a, b);
  if (isObject(a)) return isObject(b) && equalObjects(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Optional) return b instanceof Optional && equalOptionals(a, b);
  if (!(a instanceof Opaque && b instanceof Opaque)) return false;
  return a.typeName === b.typeName && a.equals(b);
}

function equalOptionals(a: Optional, b: Optional): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equals(a.value, b.value);
}

function equalLists(a: CelList, b: CelList): boolean {
  if (a.length !== b.length) return false;
  const topology = a.declared?.topology;
  if (topology) return equalSets(a, b, topology.type === 'map' ? topology.keys : undefined);
  for (let i = 0; i < a.length; i++) if (!equals(a.at(i), b.at(i))) return false;
  return true;
}

/** What tells items apart: their keys, or all of them. */
export function identityOf(item: Value, keys: readonly string[] | undefined): string {
  const data = keys && isObject(item) ? keys.map((key) => memberOf(item.data, key)) : dataOf(item);
  return JSON.stringify(data, (_, each) => (typeof each === 'bigint' ? String(each) : each));
}

function dataOf(value: Value): unknown {
  if (isObject(value)) return value.data;
  if (isList(value)) return Array.from({ length: value.length }, (_, i) => dataOf(value.at(i)));
  if (isMap(value)) return value.keys().map((key) => [dataOf(key), dataOf(value.get(key)!)]);
  if (value instanceof Uint) return value.value;
  return value instanceof Timestamp || value instanceof Duration ? value.nanos : value;
}

function equalSets(a: CelList, b: CelList, keys: readonly string[] | undefined): boolean {
  const items = new Map<string, Value>();
  for (let i = 0; i < a.length; i++) items.set(identityOf(a.at(i), keys), a.at(i));
  for (let i = 0; i < b.length; i++) {
    const item = items.get(identityOf(b.at(i), keys));
    if (item === undefined || !equals(item, b.at(i))) return false;
  }
  return true;
}

function equalMaps(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false;
  return a.keys().every((key) => {
    const other = b.get(key);
    return other !== undefined && equals(a.get(key)!, other);
  });
}

/** Objects of one type hold the same fields; lists in them may be sets. */
function equalObjects(a: CelObject, b: CelObject): boolean {
  if (a.typeName !== b.typeName) return false;
  if (isEqualData(a.data, b.data)) return true;
  for (const name of a.declared.fields!.keys()) {
    const [x, y] = [a.get(name), b.get(name)];
    if (x === undefined || y === undefined ? x !== y : !equals(x, y)) return false;
  }
  return true;
}

const compareBigints = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** Order by code points, which isn't that of UTF-16 units where surrogates are. */
export const compareText = (a: string, b: string): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The order of two values; undefined if they have none. NaN is in no order with anything. */
export function compare(a: Value, b: Value): number | undefined {
  if (isNumeric(a)) return isNumeric(b) ? compareNumbers(a, b) : undefined;
  if (typeof a === 'string') return typeof b === 'string' ? compareText(a, b) : undefined;
  if (typeof a === 'boolean') {
    return typeof b === 'boolean' ? Number(a) - Number(b) : undefined;
  }
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? Buffer.compare(a, b) : undefined;
  if (a instanceof Duration) {
    return b instanceof Duration ? compareBigints(a.nanos, b.nanos) : undefined;
  }
  if (!(a instanceof Timestamp && b instanceof Timestamp)) return undefined;
  return compareBigints(a.nanos, b.nanos);
}
