import { parseTime, toTime } from '../base/clock.ts';
import { DecodeError } from './decode-error.ts';
import { quote } from './quote.ts';

/**
 * Times as the API reads them. It takes any offset and any fraction, and gives back UTC in whole
 * seconds (`metav1.Time`) or microseconds (`metav1.MicroTime`). What it refuses, it refuses with
 * the words of Go's `time.Parse`, which follow the layout piece by piece.
 */

const LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';
// A day of any year's month. February 29 needs a closer look.
const DAY =
  '(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)';
const SECOND = `\\d{4}-${DAY}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d`;
const CANONICAL = new RegExp(`^${SECOND}Z$`);
const CANONICAL_MICRO = new RegExp(`^${SECOND}\\.\\d{6}Z$`);
const ZERO = '0001-01-01T00:00:00';

/** `2026-01-31T09:00:00Z`, or undefined for the zero time. Throws DecodeError. */
export function canonicalTime(text: string): string | undefined {
  if (CANONICAL.test(text)) return text.startsWith(ZERO) ? undefined : text;
  return toUtc(readTime(text, LAYOUT)).wholeSeconds;
}

/** `2026-01-31T09:00:00.000000Z`, or undefined for the zero time. Throws DecodeError. */
export function canonicalMicroTime(text: string): string | undefined {
  if (CANONICAL_MICRO.test(text)) return text.startsWith(ZERO) ? undefined : text;
  const { wholeSeconds, fraction } = toUtc(readTime(text, MICRO_LAYOUT));
  return wholeSeconds && `${wholeSeconds.slice(0, -1)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

interface ReadTime {
  readonly local: string;
  readonly offset: string;
  readonly fraction: string;
}

function toUtc({ local, offset, fraction }: ReadTime): {
  wholeSeconds: string | undefined;
  fraction: string;
} {
  const utc = offset === 'Z' ? `${local}Z` : toTime(parseTime(`${local}${offset}`) ?? 0);
  return { wholeSeconds: utc.startsWith(ZERO) ? undefined : utc, fraction };
}

/** One piece of a layout: how it is written there, what matches it, and its range. */
interface Piece {
  readonly layout: string;
  readonly pattern: RegExp;
  readonly range?: { readonly name: string; readonly min: number; readonly max: number };
}

const literal = (text: string): Piece => ({ layout: text, pattern: new RegExp(`^${text}`) });

const DATE_PIECES: readonly Piece[] = [
  { layout: '2006', pattern: /^\d{4}/ },
  literal('-'),
  { layout: '01', pattern: /^\d\d/, range: { name: 'month', min: 1, max: 12 } },
  literal('-'),
  { layout: '02', pattern: /^\d\d/ },
  literal('T'),
  { layout: '15', pattern: /^\d\d?/, range: { name: 'hour', min: 0, max: 23 } },
  literal(':'),
  { layout: '04', pattern: /^\d\d/, range: { name: 'minute', min: 0, max: 59 } },
  literal(':'),
  { layout: '05', pattern: /^\d\d/, range: { name: 'second', min: 0, max: 59 } },
];
const ANY_FRACTION: Piece = { layout: '', pattern: /^(?:[.,]\d+)?/ };
const MICRO_FRACTION: Piece = { layout: '.000000', pattern: /^[.,]\d{6}/ };
const OFFSET: Piece = { layout: 'Z07:00', pattern: /^(?:Z|[+-]\d\d:\d\d)/ };

const PIECES: Readonly<Record<string, readonly Piece[]>> = {
  [LAYOUT]: [...DATE_PIECES, ANY_FRACTION, OFFSET],
  [MICRO_LAYOUT]: [...DATE_PIECES, MICRO_FRACTION, OFFSET],
};

function readTime(text: string, layout: string): ReadTime {
  const values: string[] = [];
  let rest = text;
  for (const piece of PIECES[layout]!) {
    const found = piece.pattern.exec(rest);
    if (found === null) {
      const [all, form, part, wanted] = [text, layout, rest, piece.layout].map(quote);
      throw new DecodeError(`parsing time ${all} as ${form}: cannot parse ${part} as ${wanted}`);
    }
    const value = found[0];
    if (piece.range) requireRange(Number(value), piece.range, text);
    values.push(value);
    rest = rest.slice(value.length);
  }
  if (rest !== '') throw new DecodeError(`parsing time ${quote(text)}: extra text: ${quote(rest)}`);
  const [year = '', , month = '', , day = ''] = values;
  requireRange(
    Number(day),
    { name: 'day', min: 1, max: daysOf(Number(year), Number(month)) },
    text,
  );
  values[6] = values[6]!.padStart(2, '0');
  return {
    local: values.slice(0, 11).join(''),
    fraction: values[11]!.slice(1),
    offset: checkedOffset(values[12]!, text),
  };
}

function requireRange(
  value: number,
  { name, min, max }: { name: string; min: number; max: number },
  text: string,
): void {
  if (value < min || value > max) {
    throw new DecodeError(`parsing time ${quote(text)}: ${name} out of range`);
  }
}

function checkedOffset(offset: string, text: string): string {
  if (offset === 'Z') return offset;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(4))];
  requireRange(hours, { name: 'time zone offset hour', min: 0, max: 23 }, text);
  requireRange(minutes, { name: 'time zone offset minute', min: 0, max: 59 }, text);
  return offset;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
