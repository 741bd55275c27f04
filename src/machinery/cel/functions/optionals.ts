import { GrowingMap, itemsOf, listValue } from '../collections.ts';
import { type Overload, overload } from '../overload.ts';
import {
  CelError,
  type CelList,
  type CelMap,
  Duration,
  isList,
  isMap,
  isObject,
  Optional,
  plainText,
  Uint,
  type Value,
} from '../values.ts';

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Optional) return value.value === undefined;
  if (isObject(value)) return Object.keys(value.data).length === 0;
  return isList(value) ? value.length === 0 : isMap(value) && value.size === 0;
}

function unwrapAll(list: CelList): Value {
  const values: Value[] = [];
  for (const item of itemsOf(list)) {
    if (!(item instanceof Optional))
      return new CelError(`value ${plainText(item)} is not optional`);
    if (item.value !== undefined) values.push(item.value);
  }
  return listValue(values);
}

const itemAt = (list: CelList, index: number): Value =>
  list.length === 0 ? Optional.none : new Optional(list.at(index));

/** A map to which something can be added: the first step of a fold makes its own. */
const growing = (map: CelMap): GrowingMap => {
  if (map instanceof GrowingMap) return map;
  const own = new GrowingMap();
  for (const key of map.keys()) own.insert(key, map.get(key)!, () => new CelError(''));
  return own;
};

function insert(map: CelMap, key: Value, value: Value): Value {
  const grown = growing(map);
  const onConflict = () => new CelError(`insert failed: key ${plainText(key)} already exists`);
  return grown.insert(key, value, onConflict) ?? grown;
}

function insertAll(map: CelMap, entries: CelMap): Value {
  let grown: Value = map;
  for (const key of entries.keys()) {
    grown = insert(grown as CelMap, key, entries.get(key)!);
    if (grown instanceof CelError) return grown;
  }
  return grown;
}

/** Optional values, and the function that folds over maps use. */
export const optionalFunctions: readonly Overload[] = [
  overload('optional.none', 'optional_none', '() optional(V)', () => Optional.none),
  overload('optional.of', 'optional_of', '(V) optional(V)', (value: Value) => new Optional(value)),
  overload(
    'optional.ofNonZeroValue',
    'optional_ofNonZeroValue',
    '(V) optional(V)',
    (value: Value) => (isZero(value) ? Optional.none : new Optional(value)),
  ),
  overload('optional.unwrap', 'optional_unwrap', '(list(optional(V))) list(V)', unwrapAll),
  overload('unwrapOpt', 'optional_unwrapOpt', 'list(optional(V)).() list(V)', unwrapAll),
  overload(
    'hasValue',
    'optional_hasValue',
    'optional(V).() bool',
    ({ value }: Optional) => value !== undefined,
  ),
  overload(
    'value',
    'optional_value',
    'optional(V).() V',
    ({ value }: Optional) => value ?? missing(value),
  ),
  overload(
    'or',
    'optional_or_optional',
    'optional(V).(optional(V)) optional(V)',
    (first: Optional, second: Optional) => (first.value === undefined ? second : first),
  ),
  overload(
    'orValue',
    'optional_orValue_value',
    'optional(V).(V) V',
    ({ value }: Optional, other: Value) => (value === undefined ? other : value),
  ),
  overload('first', 'list_first', 'list(V).() optional(V)', (list: CelList) => itemAt(list, 0)),
  overload('last', 'list_last', 'list(V).() optional(V)', (list: CelList) =>
    itemAt(list, list.length - 1),
  ),
  overload('cel.@mapInsert', '@mapInsert_map_key_value', '(map(K, V), K, V) map(K, V)', insert),
  overload('cel.@mapInsert', '@mapInsert_map_map', '(map(K, V), map(K, V)) map(K, V)', insertAll),
];

/** An optional may hold null; without a value it is an error to ask for it. */
const missing = (value: null | undefined): Value =>
  value === null ? null : new CelError('optional.none() dereference');
