import { isList, isMap, isObject, Opaque, sizeOf, type Value } from './values.ts';

/** What a character or byte costs that is looked at. */
export const STRING_FACTOR = 0.1;
/** What a character of a regular expression costs for each one of the text. */
export const REGEX_FACTOR = 0.25;
export const LIST_COST = 10;
export const MAP_COST = 30;
export const STRUCT_COST = 40;

/** What a call costs, known its arguments and what it gave. */
export type CallCost = (args: readonly Value[], result: Value) => number;

/** What a question to the authorizer costs. */
const ACCESS_CHECK_COST = 350_000;

const ONE: CallCost = () => 1;
const perCharacter =
  (argument: number, factor = STRING_FACTOR): CallCost =>
  (args) =>
    Math.ceil(sizeOf(args[argument]!) * factor);

/** What it takes to walk through all of a value. */
function traversal(value: Value): number {
  if (typeof value === 'string') return Math.floor(Buffer.byteLength(value) * STRING_FACTOR);
  if (value instanceof Uint8Array) return Math.floor(value.length * STRING_FACTOR);
  let cost = 0;
  if (isList(value)) {
    for (let i = 0; i < value.length; i++) cost += traversal(value.at(i));
    return cost;
  }
  if (isMap(value)) {
    for (const key of value.keys()) cost += traversal(key) + traversal(value.get(key)!);
    return cost;
  }
  if (!isObject(value)) return 1;
  for (const name of Object.keys(value.data)) {
    cost += traversal(name) + traversal(value.get(name) ?? null);
  }
  return cost;
}

// Upstream takes the items of a list for free if they are short texts, however many there are.
const ITEMS_PER_UNIT = 100;
const traverse: CallCost = ([first]) =>
  traversal(first!) + (isList(first!) ? Math.floor(first.length / ITEMS_PER_UNIT) : 0);
/** Lists are joined without a look at their items, but sets have to be. */
const joinLists: CallCost = ([first, second]) =>
  isList(first!) && isList(second!) && first.declared?.topology
    ? 1 + Math.floor((first.length + second.length) / ITEMS_PER_UNIT)
    : 1;
const regex: CallCost = (args) =>
  Math.ceil((1 + sizeOf(args[0]!)) * STRING_FACTOR) * Math.ceil(sizeOf(args[1]!) * REGEX_FACTOR);
const smaller: CallCost = (args) =>
  Math.ceil(Math.min(sizeOf(args[0]!), sizeOf(args[1]!)) * STRING_FACTOR);
const both: CallCost = (args) => Math.ceil((sizeOf(args[0]!) + sizeOf(args[1]!)) * STRING_FACTOR);
const product =
  (factor: number): CallCost =>
  (args) =>
    1 + sizeOf(args[0]!) * sizeOf(args[1]!) * factor;

/** How large addresses and networks count: their bytes. */
export interface Sized {
  readonly byteSize: number;
}
const isSized = (value: Value): value is Value & Sized =>
  value instanceof Opaque && 'byteSize' in value;
const bytesOf = (value: Value): number => (isSized(value) ? value.byteSize : sizeOf(value));
const compareNetworks = (args: readonly Value[]): number =>
  Math.ceil(2 * bytesOf(args[0]!) * STRING_FACTOR);
const readAddress = (args: readonly Value[]): number =>
  typeof args[1] === 'string' ? Math.ceil(sizeOf(args[1]) * STRING_FACTOR) : 0;
const maskNetwork = (args: readonly Value[]): number =>
  Math.ceil(bytesOf(args[0]!) * STRING_FACTOR) + 1;

/** A format counts with the length of the regular expression that it stands for. */
export interface PatternSized {
  readonly patternSize: number;
}
const validate: CallCost = (args) =>
  Math.ceil((1 + sizeOf(args[1]!)) * STRING_FACTOR) *
  Math.ceil((args[0] as unknown as PatternSized).patternSize * REGEX_FACTOR);

/** Values of Kubernetes' own types are equal or not for one, others cost what they are long. */
const equality: CallCost = (args, result) => {
  const [first] = args;
  const isCheap = first instanceof Opaque;
  return isCheap ? 1 : smaller(args, result);
};

const byName = (names: string, cost: CallCost): readonly (readonly [string, CallCost])[] =>
  names.split(' ').map((name) => [name, cost]);

const BY_FUNCTION: ReadonlyMap<string, CallCost> = new Map([
  ...byName('isSorted sum max min indexOf lastIndexOf', traverse),
  ...byName('url lowerAscii upperAscii substring trim', perCharacter(0)),
  ...byName('replace split', perCharacter(0, 2 * STRING_FACTOR)),
  ...byName('join', (_, result) => Math.ceil(sizeOf(result) * 2 * STRING_FACTOR)),
  ...byName('find findAll', regex),
  ...byName('cidr isIP isCIDR ip quantity isQuantity semver isSemver', perCharacter(0)),
  ...byName('ip.isCanonical', perCharacter(0, 2 * STRING_FACTOR)),
  ...byName('containsIP', (args) => compareNetworks(args) + readAddress(args)),
  ...byName(
    'containsCIDR',
    (args) => compareNetworks(args) + maskNetwork(args) + readAddress(args),
  ),
  ...byName('check', () => ACCESS_CHECK_COST),
  ...byName('validate', validate),
  ...byName('sets.contains sets.intersects', product(1)),
  ...byName('sets.equivalent', product(2)),
  ...byName('_==_', equality),
]);

const BY_OVERLOAD: ReadonlyMap<string, CallCost> = new Map([
  ...byName('cidr_ip', ONE),
  ...byName('starts_with_string ends_with_string', perCharacter(1)),
  ...byName('string_to_bytes bytes_to_string strings_quote string_format', perCharacter(0)),
  ...byName('in_list', (args) => sizeOf(args[1]!)),
  ...byName('less_string greater_string less_equals_string greater_equals_string', smaller),
  ...byName('less_bytes greater_bytes less_equals_bytes greater_equals_bytes', smaller),
  ...byName('not_equals', smaller),
  ...byName('add_string add_bytes', both),
  ...byName('add_list', joinLists),
  ...byName('matches matches_string', regex),
  ...byName(
    'contains_string',
    (args) =>
      Math.ceil(sizeOf(args[0]!) * STRING_FACTOR) * Math.ceil(sizeOf(args[1]!) * STRING_FACTOR),
  ),
]);

/** What calls of the function cost; `id` is empty where only the arguments decide the overload. */
export const costOfCall = (name: string, id: string): CallCost =>
  (id === 'cidr_ip' ? ONE : BY_FUNCTION.get(name)) ?? BY_OVERLOAD.get(id) ?? ONE;
