import { parseJson } from '../json-text.ts';
import { quote, toJson } from '../quote.ts';

/**
 * A step from a value into a part of it, in the text form of FieldsV1: `f:name` into a field,
 * `k:{"name":"web"}` to the list element with these keys, `v:"a"` to the element with this value,
 * `i:3` to an element by place. Steps order as listed here, and `.` stands for the value itself.
 */
export type Step = string;

/** A key of a `map` list, and the value an element has that leaves it out. */
export interface KeyField {
  readonly name: string;
  readonly default: unknown;
}

/** An object doesn't fit its type, or names its fields in a way nobody understands. */
export class TypedValueError extends Error {
  override readonly name = 'TypedValueError';
}

// The same few texts come again and again; a shared text costs less as a key than a new one.
const CACHE_MAX = 8192;

function cached(make: (text: string) => Step): (text: string) => Step {
  const cache = new Map<string, Step>();
  return (text) => {
    let step = cache.get(text);
    if (step === undefined) {
      step = make(text);
      if (cache.size >= CACHE_MAX) cache.clear();
      if (text.length <= 256) cache.set(text, step);
    }
    return step;
  };
}

/** The step into a field or to the value under a map's key. */
export const fieldStep: (name: string) => Step = cached((name) => `f:${name}`);

/** A step as the key of a member in JSON, with its colon. */
export const stepKey: (step: Step) => string = cached((step) => `${JSON.stringify(step)}:`);

const textStep = cached((text) => `v:${toJson(text)}`);

const isStructure = (value: unknown): value is object =>
  typeof value === 'object' && value !== null;

/** The step to an element of a `set` list. */
export function valueStep(value: unknown): Step {
  if (typeof value === 'string') return textStep(value);
  if (Array.isArray(value)) {
    throw new TypedValueError('not supported: associative list with lists as elements');
  }
  if (value === null || value === undefined) {
    throw new TypedValueError(
      "associative list without keys has an element that's an explicit null",
    );
  }
  if (isStructure(value)) {
    throw new TypedValueError("associative list without keys has an element that's a map type");
  }
  return `v:${toJson(value)}`;
}

const stepsByKey = new Map<string, (value: string) => Step>();

// Most lists are keyed by one text.
function singleKeyStep(name: string): (value: string) => Step {
  let steps = stepsByKey.get(name);
  if (!steps) {
    const start = `k:{${JSON.stringify(name)}:`;
    steps = cached((value) => `${start}${toJson(value)}}`);
    if (stepsByKey.size < CACHE_MAX) stepsByKey.set(name, steps);
  }
  return steps;
}

/** The step to an element of a `map` list. Throws TypedValueError for what has no key. */
export function keyStep(keys: readonly KeyField[], element: unknown): Step {
  if (element === null || element === undefined) {
    throw new TypedValueError('associative list with keys may not have a null element');
  }
  if (!isStructure(element) || Array.isArray(element)) {
    throw new TypedValueError('associative list with keys may not have non-map elements');
  }
  const fields = element as Readonly<Record<string, unknown>>;
  if (keys.length === 1) {
    const value = fields[keys[0]!.name];
    if (typeof value === 'string') return singleKeyStep(keys[0]!.name)(value);
  }
  const present: string[] = [];
  for (const key of keys) {
    const value = fields[key.name] === undefined ? key.default : fields[key.name];
    if (value !== undefined) present.push(`${JSON.stringify(key.name)}:${toJson(value)}`);
  }
  if (present.length === 0) throw omitsAllKeys(keys);
  return `k:{${present.sort().join(',')}}`;
}

function omitsAllKeys(keys: readonly KeyField[]): TypedValueError {
  const names = keys.map(({ name }) => quote(name)).join(' ');
  return new TypedValueError(
    `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  );
}

const RANKS: Readonly<Record<string, number>> = { '.': 0, f: 1, k: 2, v: 3, i: 4 };

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The order of steps in FieldsV1. */
export function compareSteps(a: Step, b: Step): number {
  if (a === b) return 0;
  const [kindA, kindB] = [a[0]!, b[0]!];
  if (kindA !== kindB) return RANKS[kindA]! - RANKS[kindB]!;
  if (kindA === 'f') return compareTexts(a, b);
  return (
    compareInText(a, b) ?? compareParsed(kindA, JSON.parse(a.slice(2)), JSON.parse(b.slice(2)))
  );
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/**
 * The order of two steps that first differ inside a text without escapes, which nearly all do.
 * Undefined for others: those have to be parsed.
 */
function compareInText(a: Step, b: Step): number | undefined {
  let isInText = false;
  for (let i = 2; ; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left === BACKSLASH || right === BACKSLASH) return undefined;
    if (left !== right) {
      if (!isInText) return undefined;
      return (left === QUOTE ? -1 : left) - (right === QUOTE ? -1 : right);
    }
    if (left === QUOTE) isInText = !isInText;
  }
}

/** Sorts many steps in place, none of which is read more than once. */
export function sortSteps(steps: Step[]): void {
  const parsed = new Map<Step, unknown>();
  const parse = (step: Step): unknown => {
    let value = parsed.get(step);
    if (value === undefined) {
      value = JSON.parse(step.slice(2));
      parsed.set(step, value);
    }
    return value;
  };
  steps.sort((a, b) => {
    const kind = a[0]!;
    if (kind === 'f' || kind !== b[0]) return compareSteps(a, b);
    return compareInText(a, b) ?? compareParsed(kind, parse(a), parse(b));
  });
}

function compareParsed(kind: string, a: unknown, b: unknown): number {
  return kind === 'k' ? compareKeys(a as object, b as object) : compareValues(a, b);
}

function compareKeys(a: object, b: object): number {
  const [left, right] = [Object.entries(a), Object.entries(b)];
  for (let i = 0; ; i++) {
    const [l, r] = [left[i], right[i]];
    if (!l || !r) return (l ? 1 : 0) - (r ? 1 : 0);
    const order = compareTexts(l[0], r[0]) || compareValues(l[1], r[1]);
    if (order !== 0) return order;
  }
}

function compareValues(a: unknown, b: unknown): number {
  const [kindA, kindB] = [typeof a, typeof b];
  if (kindA !== kindB) return VALUE_RANKS[kindA]! - VALUE_RANKS[kindB]!;
  if (kindA === 'string') return compareTexts(a as string, b as string);
  return kindA === 'object' ? compareTexts(toJson(a), toJson(b)) : Number(a) - Number(b);
}

const VALUE_RANKS: Readonly<Record<string, number>> = {
  number: 0,
  string: 1,
  boolean: 2,
  object: 3,
};

/** How messages show a step: `.name`, `[name="web"]`, `[="a"]`, `[3]`. */
export function describeStep(step: Step): string {
  const rest = step.slice(2);
  switch (step[0]) {
    case 'f':
      return `.${rest}`;
    case 'v':
      return `[=${describeValue(JSON.parse(rest))}]`;
    case 'k': {
      const keys = Object.entries(JSON.parse(rest) as object);
      return `[${keys.map(([name, value]) => `${name}=${describeValue(value)}`).join(',')}]`;
    }
    default:
      return `[${rest}]`;
  }
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (!isStructure(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(describeValue).join(',')}]`;
  return Object.entries(value as object)
    .map(([key, each]) => `${key}=${describeValue(each)}`)
    .join('');
}

/**
 * Reads a step that a client sent and writes it in the one form we use. Undefined for kinds of
 * steps that we don't know, which are passed over; throws TypedValueError for what can't be read.
 */
export function canonicalStep(step: string): Step | undefined {
  if (step.length < 2) throw new TypedValueError('key must be 2 characters long:');
  if (step[1] !== ':') throw new TypedValueError(`missing colon: ${step}`);
  switch (step[0]) {
    case 'f':
      return step;
    case 'v':
      return `v:${toJson(valueIn(step))}`;
    case 'k':
      return `k:${canonicalKeys(valueIn(step))}`;
    case 'i':
      if (/^[+-]?[0-9]{1,18}$/.test(step.slice(2))) return `i:${Number(step.slice(2))}`;
      throw new TypedValueError(`not an index: ${step}`);
    default:
      return undefined;
  }
}

function valueIn(step: string): unknown {
  try {
    return parseJson(step.slice(2)).value; // Its depth is bounded.
  } catch {
    throw new TypedValueError(`not JSON: ${step}`);
  }
}

function canonicalKeys(value: unknown): string {
  if (!isStructure(value) || Array.isArray(value))
    throw new TypedValueError('keys must be an object');
  const fields = Object.entries(value).sort(([a], [b]) => compareTexts(a, b));
  return `{${fields.map(([name, each]) => `${JSON.stringify(name)}:${toJson(each)}`).join(',')}}`;
}
