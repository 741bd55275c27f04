import { GrowingList, itemsOf, JoinedList, keyOf, MadeList } from '../collections.ts';
import { compare, equals, identityOf } from '../equality.ts';
import { type Overload, overload } from '../overload.ts';
import {
  CelError,
  type CelList,
  type CelMap,
  type Duration,
  isList,
  isMap,
  noSuchOverload,
  type Timestamp,
  typeNameOf,
  Uint,
  type Value,
} from '../values.ts';
import { checkedDuration, checkedTimestamp } from './time.ts';

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;

const int = (value: bigint): Value =>
  value < INT_MIN || value > INT_MAX ? new CelError('integer overflow') : value;
const uint = (value: bigint): Value =>
  value < 0n || value > UINT_MAX ? new CelError('unsigned integer overflow') : new Uint(value);

type Combine = (a: bigint, b: bigint) => bigint;
const onInts = (combine: Combine) => (a: bigint, b: bigint) => int(combine(a, b));
const onUints = (combine: Combine) => (a: Uint, b: Uint) => uint(combine(a.value, b.value));

const divided = (problem: string, onNumbers: Combine, wrap: (value: bigint) => Value) => {
  return (a: bigint | Uint, b: bigint | Uint): Value => {
    const [x, y] = [a, b].map((each) => (each instanceof Uint ? each.value : each));
    return y === 0n ? new CelError(problem) : wrap(onNumbers(x!, y!));
  };
};
const divide = (a: bigint, b: bigint): bigint => a / b;
const remainder = (a: bigint, b: bigint): bigint => a % b;

/** Both lists in one. Of lists that are sets or have keys, items of the second replace equal ones. */
function joinLists(a: CelList, b: CelList): Value {
  if (a instanceof GrowingList) {
    a.push(b);
    return a;
  }
  const topology = a.declared?.topology;
  if (!topology) return new JoinedList(a, b);
  const keys = topology.type === 'map' ? topology.keys : undefined;
  const items = new Map<string, Value>();
  for (const item of [...itemsOf(a), ...itemsOf(b)]) items.set(identityOf(item, keys), item);
  return new MadeList([...items.values()], a.declared);
}

function isInList(value: Value, list: CelList): boolean {
  for (let i = 0; i < list.length; i++) if (equals(value, list.at(i))) return true;
  return false;
}

const joinBytes = (a: Uint8Array, b: Uint8Array): Value => new Uint8Array(Buffer.concat([a, b]));

/** `list[index]` or `map[key]`; undefined if there is nothing. */
export function lookUp(target: Value, key: Value): Value | undefined {
  if (isMap(target)) return target.get(key);
  if (!isList(target)) return undefined;
  const known = keyOf(key);
  if (typeof key === 'number' && !Number.isInteger(key)) {
    return new CelError(`unsupported index value ${key} in list`);
  }
  if (!known?.startsWith('n') || key === null) {
    return new CelError(`unsupported index type '${typeNameOf(key)}' in list`);
  }
  const index = Number(known.slice(1));
  return index >= 0 && index < target.length ? target.at(index) : undefined;
}

type Test = (order: number) => boolean;
const ORDERS: readonly (readonly [string, string, Test])[] = [
  ['_<_', 'less', (order) => order < 0],
  ['_<=_', 'less_equals', (order) => order <= 0],
  ['_>_', 'greater', (order) => order > 0],
  ['_>=_', 'greater_equals', (order) => order >= 0],
];
const ORDERED: readonly (readonly [string, string])[] = [
  ['bool', 'bool, bool'],
  ['int64', 'int, int'],
  ['int64_double', 'int, double'],
  ['int64_uint64', 'int, uint'],
  ['uint64', 'uint, uint'],
  ['uint64_double', 'uint, double'],
  ['uint64_int64', 'uint, int'],
  ['double', 'double, double'],
  ['double_int64', 'double, int'],
  ['double_uint64', 'double, uint'],
  ['string', 'string, string'],
  ['bytes', 'bytes, bytes'],
  ['timestamp', 'timestamp, timestamp'],
  ['duration', 'duration, duration'],
];

function comparisons(): Overload[] {
  return ORDERS.flatMap(([name, id, test]) =>
    ORDERED.map(([types, params]) =>
      overload(name, `${id}_${types}`, `(${params}) bool`, (a: Value, b: Value) => {
        const order = compare(a, b);
        return order === undefined ? noSuchOverload() : test(order);
      }),
    ),
  );
}

const never = (): Value => noSuchOverload();
const plus: Combine = (a, b) => a + b;
const minus: Combine = (a, b) => a - b;
const times: Combine = (a, b) => a * b;

/** Operators. What evaluates apart (`&&`, `?:`, indexing) has no implementation here. */
export const operators: readonly Overload[] = [
  overload('!_', 'logical_not', '(bool) bool', (value: boolean) => !value),
  overload('-_', 'negate_double', '(double) double', (value: number) => -value),
  overload('-_', 'negate_int64', '(int) int', (value: bigint) => int(-value)),
  overload('@in', 'in_list', '(A, list(A)) bool', isInList),
  overload(
    '@in',
    'in_map',
    '(A, map(A, B)) bool',
    (key: Value, map: CelMap) => map.get(key) !== undefined,
  ),
  overload('@not_strictly_false', 'not_strictly_false', '(bool) bool', never),
  overload('_!=_', 'not_equals', '(A, A) bool', (a: Value, b: Value) => !equals(a, b)),
  overload('_==_', 'equals', '(A, A) bool', equals),
  overload('_&&_', 'logical_and', '(bool, bool) bool', never),
  overload('_||_', 'logical_or', '(bool, bool) bool', never),
  overload('_?_:_', 'conditional', '(bool, A, A) A', never),
  overload('_%_', 'modulo_int64', '(int, int) int', divided('modulus by zero', remainder, int)),
  overload(
    '_%_',
    'modulo_uint64',
    '(uint, uint) uint',
    divided('modulus by zero', remainder, uint),
  ),
  overload('_*_', 'multiply_double', '(double, double) double', (a: number, b: number) => a * b),
  overload('_*_', 'multiply_int64', '(int, int) int', onInts(times)),
  overload('_*_', 'multiply_uint64', '(uint, uint) uint', onUints(times)),
  overload('_/_', 'divide_double', '(double, double) double', (a: number, b: number) => a / b),
  overload('_/_', 'divide_int64', '(int, int) int', divided('division by zero', divide, int)),
  overload('_/_', 'divide_uint64', '(uint, uint) uint', divided('division by zero', divide, uint)),
  overload('_+_', 'add_bytes', '(bytes, bytes) bytes', joinBytes),
  overload('_+_', 'add_double', '(double, double) double', (a: number, b: number) => a + b),
  overload(
    '_+_',
    'add_duration_duration',
    '(duration, duration) duration',
    (a: Duration, b: Duration) => checkedDuration(a.nanos + b.nanos),
  ),
  overload(
    '_+_',
    'add_duration_timestamp',
    '(duration, timestamp) timestamp',
    (a: Duration, b: Timestamp) => checkedTimestamp(a.nanos + b.nanos),
  ),
  overload(
    '_+_',
    'add_timestamp_duration',
    '(timestamp, duration) timestamp',
    (a: Timestamp, b: Duration) => checkedTimestamp(a.nanos + b.nanos),
  ),
  overload('_+_', 'add_int64', '(int, int) int', onInts(plus)),
  overload('_+_', 'add_list', '(list(A), list(A)) list(A)', joinLists),
  overload('_+_', 'add_string', '(string, string) string', (a: string, b: string) => a + b),
  overload('_+_', 'add_uint64', '(uint, uint) uint', onUints(plus)),
  overload('_-_', 'subtract_double', '(double, double) double', (a: number, b: number) => a - b),
  overload(
    '_-_',
    'subtract_duration_duration',
    '(duration, duration) duration',
    (a: Duration, b: Duration) => checkedDuration(a.nanos - b.nanos),
  ),
  overload('_-_', 'subtract_int64', '(int, int) int', onInts(minus)),
  overload(
    '_-_',
    'subtract_timestamp_duration',
    '(timestamp, duration) timestamp',
    (a: Timestamp, b: Duration) => checkedTimestamp(a.nanos - b.nanos),
  ),
  overload(
    '_-_',
    'subtract_timestamp_timestamp',
    '(timestamp, timestamp) duration',
    (a: Timestamp, b: Timestamp) => checkedDuration(a.nanos - b.nanos),
  ),
  overload('_-_', 'subtract_uint64', '(uint, uint) uint', onUints(minus)),
  ...comparisons(),
  overload('_?._', 'select_optional_field', '(dyn, string) optional(V)', never),
  overload('_[?_]', 'list_optindex_optional_int', '(list(V), int) optional(V)', never),
  overload(
    '_[?_]',
    'optional_list_optindex_optional_int',
    '(optional(list(V)), int) optional(V)',
    never,
  ),
  overload('_[?_]', 'map_optindex_optional_value', '(map(K, V), K) optional(V)', never),
  overload(
    '_[?_]',
    'optional_map_optindex_optional_value',
    '(optional(map(K, V)), K) optional(V)',
    never,
  ),
  overload('_[_]', 'index_list', '(list(A), int) A', never),
  overload('_[_]', 'index_map', '(map(A, B), A) B', never),
  overload('_[_]', 'optional_list_index_int', '(optional(list(V)), int) optional(V)', never),
  overload('_[_]', 'optional_map_index_value', '(optional(map(K, V)), K) optional(V)', never),
];
