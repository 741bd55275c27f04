import { itemsOf, keyOf } from '../collections.ts';
import { compare, equals } from '../equality.ts';
import { type Overload, overload } from '../overload.ts';
import {
  CelError,
  type CelList,
  Duration,
  isError,
  noSuchOverload,
  Uint,
  type Value,
} from '../values.ts';
import { operators } from './operators.ts';

const SORTED = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];
const SUMMED: Readonly<Record<string, Value>> = {
  int: 0n,
  uint: new Uint(0n),
  double: 0,
  duration: new Duration(0n),
};
const ADDITIONS: Readonly<Record<string, string>> = {
  int: 'add_int64',
  uint: 'add_uint64',
  double: 'add_double',
  duration: 'add_duration_duration',
};

function isSorted(list: CelList): Value {
  for (let i = 1; i < list.length; i++) {
    const order = compare(list.at(i - 1), list.at(i));
    if (order === undefined) return noSuchOverload();
    if (!(order <= 0)) return false;
  }
  return true;
}

function sumOf(type: string): Overload {
  const add = operators.find((each) => each.id === ADDITIONS[type])!;
  const start = SUMMED[type]!;
  return overload(
    'sum',
    `list_${type}_sum_${type}`,
    `list(${type}).() ${type}`,
    (list: CelList) => {
      let sum: Value = start;
      for (let i = 0; i < list.length && !isError(sum); i++) sum = add.apply([sum, list.at(i)]);
      return sum;
    },
  );
}

/** The item that comes first (`sign` -1) or last (1) in order. */
const extreme =
  (name: string, sign: number) =>
  (list: CelList): Value => {
    if (list.length === 0) return new CelError(`${name} called on empty list`);
    let best: Value = list.at(0);
    for (let i = 1; i < list.length; i++) {
      const order = compare(list.at(i), best);
      if (order === undefined) return noSuchOverload();
      if (order * sign > 0) best = list.at(i);
    }
    return best;
  };

function indexIn(list: CelList, value: Value): Value {
  for (let i = 0; i < list.length; i++) if (equals(list.at(i), value)) return BigInt(i);
  return -1n;
}

function lastIndexIn(list: CelList, value: Value): Value {
  for (let i = list.length - 1; i >= 0; i--) if (equals(list.at(i), value)) return BigInt(i);
  return -1n;
}

/** A test for membership, which for scalars takes no longer the longer the list is. */
function membership(list: CelList): (value: Value) => boolean {
  const items = itemsOf(list);
  const keys = new Set(items.map(keyOf));
  const others = items.filter((item) => keyOf(item) === undefined);
  return (value) => {
    const key = keyOf(value);
    return key === undefined ? others.some((item) => equals(item, value)) : keys.has(key);
  };
}

const containsAll = (list: CelList, part: CelList): boolean =>
  part.length === 0 || itemsOf(part).every(membership(list));
const intersects = (a: CelList, b: CelList): boolean =>
  a.length > 0 && b.length > 0 && itemsOf(a).some(membership(b));

/** Functions of lists and sets. */
export const listFunctions: readonly Overload[] = [
  ...SORTED.map((type) =>
    overload('isSorted', `list_${type}_is_sorted_bool`, `list(${type}).() bool`, isSorted),
  ),
  ...Object.keys(SUMMED).map(sumOf),
  ...SORTED.flatMap((type) => [
    overload('max', `list_${type}_max_${type}`, `list(${type}).() ${type}`, extreme('max', 1)),
    overload('min', `list_${type}_min_${type}`, `list(${type}).() ${type}`, extreme('min', -1)),
  ]),
  overload('indexOf', 'list_a_index_of_int', 'list(A).(A) int', indexIn),
  overload('lastIndexOf', 'list_a_last_index_of_int', 'list(A).(A) int', lastIndexIn),
  overload('sets.contains', 'list_sets_contains_list', '(list(T), list(T)) bool', containsAll),
  overload(
    'sets.equivalent',
    'list_sets_equivalent_list',
    '(list(T), list(T)) bool',
    (a: CelList, b: CelList) => containsAll(a, b) && containsAll(b, a),
  ),
  overload('sets.intersects', 'list_sets_intersects_list', '(list(T), list(T)) bool', intersects),
];
