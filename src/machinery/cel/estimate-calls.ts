import type { Expr } from './ast.ts';
import { REGEX_FACTOR, STRING_FACTOR } from './call-costs.ts';
import {
  add,
  exactly,
  multiply,
  type Range,
  scale,
  UNBOUNDED,
  UNKNOWN,
  ZERO,
} from './cost-range.ts';
import { isOptional, isSameType, type Type } from './types.ts';

/** An argument, and how large it can be as far as it is known. */
export interface Sized {
  readonly expr: Expr;
  readonly type: Type;
  readonly size: Range | undefined;
  /** Of a list, the size of an item as far as it is declared. */
  readonly itemSize: Range | undefined;
}

/** What a call costs apart from its arguments, and how large its result can be. */
export interface CallEstimate {
  readonly cost: Range;
  readonly size?: Range | undefined;
}

/** A call: of methods the target comes apart from the arguments. */
export interface CallSite {
  readonly name: string;
  readonly id: string;
  readonly target: Sized | undefined;
  readonly args: readonly Sized[];
}

type Estimator = (site: CallSite) => CallEstimate | undefined;

const ONE: CallEstimate = { cost: exactly(1) };
const one: Estimator = () => ONE;
const sizeOf = (value: Sized | undefined): Range => value?.size ?? UNKNOWN;
const walk = (size: Range, factor = STRING_FACTOR): Range => scale(size, factor);

/** Strings and bytes are walked through character by character. */
const isText = ({ kind }: Type): boolean => kind === 'string' || kind === 'bytes';

const listWalk: Estimator = ({ target }) => {
  if (!target) return undefined;
  const [item] = target.type.params;
  if (item === undefined) return { cost: walk(sizeOf(target)) };
  const each = isText(item) ? add(exactly(1), walk(target.itemSize ?? UNKNOWN)) : exactly(1);
  return { cost: multiply(sizeOf(target), each) };
};

const targetWalk: Estimator = ({ target }) =>
  target && { cost: walk(sizeOf(target)), size: sizeOf(target) };
const argumentWalk: Estimator = ({ args }) => ({ cost: walk(sizeOf(args[0])) });

/** How often a text can be replaced at most or at least, and what of the text remains. */
function replacements(size: number, part: number, isLonger: boolean): [number, number] {
  if (part === 0) return [size < UNBOUNDED ? size + 1 : size, size];
  return isLonger ? [Math.ceil(size / part), 0] : [0, size];
}

const replace: Estimator = ({ target, args }) => {
  if (!target || args.length < 2) return undefined;
  const [size, part, by] = [sizeOf(target), sizeOf(args[0]), sizeOf(args[1])];
  const [most, mostKept] = replacements(size.max, part.min, by.max > part.min);
  const [least, leastKept] = replacements(size.min, part.max, part.max > by.min);
  const count: Range = { min: least, max: most };
  const kept: Range = { min: leastKept, max: mostKept };
  return { cost: walk(size, 2 * STRING_FACTOR), size: add(multiply(count, by), kept) };
};

const split: Estimator = ({ target, args }) => {
  if (!target) return undefined;
  const limit = args[1]?.expr;
  const isLimited = limit?.kind === 'literal' && typeof limit.value === 'bigint';
  const max = isLimited ? Number(BigInt.asUintN(64, limit.value as bigint)) : sizeOf(target).max;
  return { cost: walk(sizeOf(target), 2 * STRING_FACTOR), size: { min: 0, max } };
};

const join: Estimator = ({ target, args }) => {
  if (!target) return undefined;
  const list = sizeOf(target);
  let size = target.type.params[0] ? multiply(list, target.itemSize ?? UNKNOWN) : ZERO;
  if (args.length > 0) {
    const separators = { min: Math.max(0, list.min - 1), max: Math.max(0, list.max - 1) };
    size = add(size, multiply(sizeOf(args[0]), separators));
  }
  return { cost: walk(size), size };
};

const regexCost = (text: Sized | undefined, pattern: Sized | undefined): Range =>
  multiply(walk(add(sizeOf(text), exactly(1))), walk(sizeOf(pattern), REGEX_FACTOR));

const find: Estimator = ({ target, args }) =>
  target && { cost: regexCost(target, args[0]), size: { min: 0, max: sizeOf(target).max } };

// Functions of the libraries are looked for a target, which functions that aren't methods lack:
// upstream's estimate of those is 1, whatever the length of what they read.
const parse: Estimator = (site) => (site.target ? argumentWalk(site) : undefined);

const ADDRESS: Range = { min: 4, max: 16 };
const compareAddresses = walk(add(ADDRESS, ADDRESS));
const readArgument = ({ args, id }: CallSite): Range =>
  id.endsWith('_string') ? walk(sizeOf(args[0])) : ZERO;
const containsIp: Estimator = (site) => ({ cost: add(compareAddresses, readArgument(site)) });
const containsCidr: Estimator = (site) => ({
  cost: add(add(compareAddresses, add(walk(ADDRESS), exactly(1))), readArgument(site)),
});

const FORMAT_PATTERN_SIZE = 128;
const validate: Estimator = ({ args }) => ({
  cost: scale(walk(sizeOf(args[0])), FORMAT_PATTERN_SIZE * REGEX_FACTOR),
});

const sets =
  (factor: number): Estimator =>
  ({ args }) => ({
    cost: add(scale(multiply(sizeOf(args[0]), sizeOf(args[1])), factor), exactly(1)),
  });

const SCALARS: ReadonlySet<string> = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.Semver',
]);
const FORMAT_SIZE_MAX = 64;

/** Values of Kubernetes' own types compare for one, or by the length of what they stand for. */
const equality: Estimator = ({ args }) => {
  const [first, second] = args;
  if (!first || !second || !isSameType(first.type, second.type)) return undefined;
  if (SCALARS.has(first.type.name)) return ONE;
  if (first.type.name === 'kubernetes.NamedFormat') {
    return { cost: walk({ min: 1, max: FORMAT_SIZE_MAX }) };
  }
  if (first.type.name !== 'kubernetes.URL') return undefined;
  const max = second.size ? second.size.max : 1;
  return { cost: walk({ min: 1, max }) };
};

const compare: Estimator = ({ args }) => {
  const max = Math.min(sizeOf(args[0]).max, sizeOf(args[1]).max);
  return { cost: walk({ min: max > 0 ? 1 : 0, max }) };
};

const concatenate: Estimator = ({ args, id }) => {
  const size = add(sizeOf(args[0]), sizeOf(args[1]));
  return { cost: id === 'add_list' ? exactly(1) : walk(size), size };
};

const each = (names: string, estimator: Estimator): readonly (readonly [string, Estimator])[] =>
  names.split(' ').map((name) => [name, estimator]);

const BY_FUNCTION: ReadonlyMap<string, Estimator> = new Map([
  ...each('isSorted sum max min indexOf lastIndexOf', listWalk),
  ...each('url', ({ args }) => ({ cost: walk(sizeOf(args[0])), size: sizeOf(args[0]) })),
  ...each('lowerAscii upperAscii substring trim', targetWalk),
  ...each('replace', replace),
  ...each('split', split),
  ...each('join', join),
  ...each('find findAll', find),
  ...each('cidr isIP isCIDR quantity isQuantity semver isSemver ip.isCanonical', parse),
  ...each('ip', ({ target }) => (target ? ONE : undefined)),
  ...each('containsIP', containsIp),
  ...each('containsCIDR', containsCidr),
  ...each('validate', validate),
  ...each('sets.contains sets.intersects', sets(1)),
  ...each('sets.equivalent', sets(2)),
  ...each('_==_', equality),
]);

const BY_OVERLOAD: ReadonlyMap<string, Estimator> = new Map([
  ...each('string_format', ({ target }) => ({ cost: walk(sizeOf(target)) })),
  ...each('string_to_bytes', ({ args }) => {
    const { min, max } = sizeOf(args[0]);
    return { cost: walk({ min, max }), size: { min, max: Math.min(max * 4, UNBOUNDED) } };
  }),
  ...each('bytes_to_string', ({ args }) => {
    const { min, max } = sizeOf(args[0]);
    return { cost: walk({ min, max }), size: { min: Math.floor(min / 4), max } };
  }),
  ...each('strings_quote', ({ args }) => {
    const { min, max } = sizeOf(args[0]);
    return { cost: walk({ min, max }), size: { min: min + 2, max: max * 2 + 2 } };
  }),
  ...each('starts_with_string ends_with_string', argumentWalk),
  ...each('in_list', ({ args }) => ({ cost: sizeOf(args[1]) })),
  ...each('matches_string', ({ target, args }) => ({ cost: regexCost(target, args[0]) })),
  ...each('contains_string', ({ target, args }) => ({
    cost: multiply(walk(sizeOf(target)), walk(sizeOf(args[0]))),
  })),
  ...each('less_string greater_string less_equals_string greater_equals_string', compare),
  ...each('less_bytes greater_bytes less_equals_bytes greater_equals_bytes', compare),
  ...each('equals not_equals', compare),
  ...each('add_string add_bytes add_list', concatenate),
]);

/** What a call of an overload costs apart from what its arguments cost. */
export const estimateCall = (site: CallSite): CallEstimate =>
  BY_FUNCTION.get(site.name)?.(site) ?? BY_OVERLOAD.get(site.id)?.(site) ?? one(site)!;

const FIXED: ReadonlySet<string> = new Set([
  ...['bool', 'double', 'duration', 'int', 'timestamp', 'uint'],
]);

/** The size of values whose type alone tells it: those of scalars are 1. */
export const sizeOfType = (type: Type): Range | undefined =>
  isOptional(type) ? sizeOfType(type.params[0]!) : FIXED.has(type.kind) ? exactly(1) : undefined;
