import { itemsOf } from '../collections.ts';
import { compareText, isNumeric } from '../equality.ts';
import {
  CelError,
  type CelList,
  type CelMap,
  Duration,
  isList,
  isMap,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
  type Value,
} from '../values.ts';
import { printDouble } from './numbers.ts';
import { printDuration, printTimestamp } from './time.ts';

/** A clause of a format: a letter, and for some digits behind the point. */
export interface Clause {
  readonly letter: string;
  readonly precision: number | undefined;
}

/** The pieces of a format: texts to keep, and clauses to fill. Throws FormatError. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

const LETTERS = 'sdfbxXoe';
const PRECISION_MAX = 1_000;

/** Splits a format such as `%d of %.2f` into its pieces. Throws FormatError. */
export function parseFormat(format: string): (string | Clause)[] {
  const pieces: (string | Clause)[] = [];
  let end = 0;
  for (let at = format.indexOf('%'); at >= 0; at = format.indexOf('%', end)) {
    pieces.push(format.slice(end, at));
    const [all, precision, letter] = /^%(?:\.(\d*))?([\s\S]?)/u.exec(format.slice(at))!;
    if (letter === '') throw new FormatError('unexpected end of string');
    if (letter === '%' && precision === undefined) pieces.push('%');
    else pieces.push(clauseOf(letter!, precision));
    end = at + all.length;
  }
  pieces.push(format.slice(end));
  return pieces;
}

function clauseOf(letter: string, precision: string | undefined): Clause {
  if (precision === '') {
    throw new FormatError(
      'could not parse formatting clause: error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax',
    );
  }
  if (!LETTERS.includes(letter)) {
    throw new FormatError(
      `could not parse formatting clause: unrecognized formatting clause "${letter}"`,
    );
  }
  const digits = precision === undefined ? undefined : Math.min(Number(precision), PRECISION_MAX);
  return { letter, precision: digits };
}

/** What a clause can't print. */
export function clauseProblem(letter: string, typeName: string): string {
  const problem: Readonly<Record<string, string>> = {
    b: 'only integers and bools can be formatted as binary',
    d: 'decimal clause can only be used on integers',
    e: 'scientific clause can only be used on doubles',
    f: 'fixed-point clause can only be used on doubles',
    o: 'octal clause can only be used on integers',
    s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
    x: 'only integers, byte buffers, and strings can be formatted as hex',
  };
  return `error during formatting: ${problem[letter.toLowerCase()]}, was given ${typeName}`;
}

/** `format.format(values)`: the texts of the values in the places of the clauses. */
export function formatText(format: string, list: CelList): Value {
  const values = itemsOf(list);
  try {
    return fill(parseFormat(format), values);
  } catch (error) {
    if (error instanceof FormatError) return new CelError(error.message);
    throw error;
  }
}

function fill(pieces: readonly (string | Clause)[], values: readonly Value[]): string {
  let used = 0;
  const texts = pieces.map((piece) => {
    if (typeof piece === 'string') return piece;
    if (used >= values.length) throw new FormatError(`index ${used} out of range`);
    const value = values[used++]!;
    const text = printClause(piece, value);
    if (text === undefined) throw new FormatError(clauseProblem(piece.letter, typeNameOf(value)));
    return text;
  });
  if (used < values.length) throw new FormatError(surplus(used, values.length));
  return texts.join('');
}

/** What is said of values for which there is no clause. */
export const surplus = (used: number, given: number): string =>
  `too many arguments supplied to string.format (expected ${used}, got ${given})`;

function printClause({ letter, precision }: Clause, value: Value): string | undefined {
  switch (letter) {
    case 's':
      return printValue(value, true);
    case 'd':
      return integerOf(value)?.toString();
    case 'o':
      return integerOf(value)?.toString(8);
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : integerOf(value)?.toString(2);
    case 'x':
      return printHex(value);
    case 'X':
      return printHex(value)?.toUpperCase();
    case 'e':
      return printFloat(value, (number) => scientific(number, precision ?? 6));
    default:
      return printFloat(value, (number) => grouped(fixed(number, precision ?? 6)));
  }
}

const integerOf = (value: Value): bigint | undefined =>
  typeof value === 'bigint' ? value : value instanceof Uint ? value.value : undefined;

function printHex(value: Value): string | undefined {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return integerOf(value)?.toString(16);
}

const WORDS: Readonly<Record<string, string>> = {
  NaN: 'NaN',
  Infinity: '∞',
  '-Infinity': '-∞',
};

function printFloat(value: Value, print: (number: number) => string): string | undefined {
  if (typeof value === 'string') return WORDS[value];
  if (typeof value !== 'number') return undefined;
  return WORDS[String(value)] ?? print(value);
}

/** Digits behind which there are only zeros in any double that lies halfway between two results. */
const EXACT_DIGITS = 30;

/** As many digits behind the point as asked for, halves to the even one, thousands apart. */
function fixed(value: number, precision: number): string {
  const digits = Math.min(precision, 100 - EXACT_DIGITS);
  let text = plainFixed(value, digits);
  const exact = plainFixed(value, digits + EXACT_DIGITS);
  const isHalf = /^50+$/.test(exact.slice(-EXACT_DIGITS));
  if (isHalf && /[13579]$/.test(text)) text = exact.slice(0, -EXACT_DIGITS).replace(/\.$/, '');
  return text.padEnd(text.length + precision - digits, '0');
}

/** What JavaScript's own function prints with an exponent is printed without one. */
const plainFixed = (value: number, digits: number): string =>
  Math.abs(value) < 1e21
    ? value.toFixed(digits)
    : `${BigInt(value)}${digits === 0 ? '' : `.${'0'.repeat(digits)}`}`;

/** `1234567.5` as `1,234,567.5` */
const grouped = (text: string): string => text.replace(/\B(?<!\..*)(?=(?:\d{3})+(?!\d))/g, ',');

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** The precision is taken as the least width, as upstream does: there are always six digits. */
function scientific(value: number, width: number): string {
  const [digits, exponent] = value.toExponential(6).split('e') as [string, string];
  const size = exponent.replace(/[+-]/, '').padStart(2, '0');
  const power = size.replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]!);
  return `${digits}×10${exponent.startsWith('-') ? '⁻' : ''}${power}`.padStart(width);
}

/** A value as `%s` prints it; inside of lists and maps texts are quoted. */
function printValue(value: Value, isOutermost: boolean): string | undefined {
  if (typeof value === 'string') return isOutermost ? value : JSON.stringify(value);
  if (typeof value === 'number') {
    if (isOutermost) return printDouble(value);
    return Number.isFinite(value) ? fixed(value, 6) : `"${printDouble(value)}"`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  if (isNumeric(value)) return integerOf(value)!.toString();
  if (value instanceof Uint8Array) {
    const text = Buffer.from(value).toString();
    return isOutermost ? text : `b${JSON.stringify(text)}`;
  }
  if (value instanceof Duration) return wrapped('duration', printDuration(value), isOutermost);
  if (value instanceof Timestamp) return wrapped('timestamp', printTimestamp(value), isOutermost);
  if (value instanceof TypeValue) return value.name;
  if (isList(value)) return printItems(itemsOf(value));
  return isMap(value) ? printEntries(value) : undefined;
}

const wrapped = (name: string, text: string, isOutermost: boolean): string =>
  isOutermost ? text : `${name}("${text}")`;

function printInner(value: Value): string {
  const text = printValue(value, false);
  if (text === undefined) throw new FormatError(clauseProblem('s', typeNameOf(value)));
  return text;
}

const printItems = (items: readonly Value[]): string => `[${items.map(printInner).join(', ')}]`;

function printEntries(map: CelMap): string {
  const entries = map.keys().map((key) => [printInner(key), printInner(map.get(key)!)] as const);
  const sorted = entries.sort(([a], [b]) => compareText(a, b));
  return `{${sorted.map(([key, value]) => `${key}:${value}`).join(', ')}}`;
}
