/**
 * What plain text means in YAML 1.1, as Go's yaml.v2 reads and writes it: `y`, `on` and `no` are
 * booleans, `012` is ten, `1_000` a thousand. Texts that look like dates stay texts, but are quoted.
 */
export interface ResolvedScalar {
  readonly tag: '!!str' | '!!bool' | '!!null' | '!!int' | '!!float' | '!!timestamp';
  readonly value: unknown;
}

const WORDS = new Map<string, ResolvedScalar>();
const define = (tag: ResolvedScalar['tag'], value: unknown, texts: string): void => {
  for (const text of texts.split(' ')) WORDS.set(text, { tag, value });
};
define('!!bool', true, 'y Y yes Yes YES true True TRUE on On ON');
define('!!bool', false, 'n N no No NO false False FALSE off Off OFF');
define('!!null', null, '~ null Null NULL');
define('!!float', Number.NaN, '.nan .NaN .NAN');
define('!!float', Number.POSITIVE_INFINITY, '.inf .Inf .INF +.inf +.Inf +.INF');
define('!!float', Number.NEGATIVE_INFINITY, '-.inf -.Inf -.INF');
WORDS.set('', { tag: '!!null', value: null });

const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?)?$/;
const INT64_MAX = 2n ** 63n;
const UINT64_MAX = 2n ** 64n;
const INTEGER_MAX_LENGTH = 256;

/** The meaning of unquoted text. */
export function resolvePlain(text: string): ResolvedScalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  const isNumeric = (first >= 48 && first <= 57) || first === 43 || first === 45; // 0–9 + -
  if (isNumeric && isTimestamp(text)) return { tag: '!!timestamp', value: text };
  if (isNumeric || first === 46) {
    const number = parseNumber(isNumeric ? text.replaceAll('_', '') : text);
    if (number) return number;
  }
  return { tag: '!!str', value: text };
}

function parseNumber(text: string): ResolvedScalar | undefined {
  // Longer ones are beyond 64 bits, and dear to find out about.
  const integer = text.length <= INTEGER_MAX_LENGTH ? INTEGER.exec(text) : null;
  if (integer) {
    const [, sign, hexadecimal, binary, octal, decimal] = integer;
    const digits =
      (hexadecimal && `0x${hexadecimal}`) ??
      (binary && `0b${binary}`) ??
      (octal && `0o${octal}`) ??
      decimal!;
    const size = BigInt(digits);
    const isNegative = sign === '-';
    if (isNegative ? size <= INT64_MAX : size < (sign ? INT64_MAX : UINT64_MAX)) {
      return { tag: '!!int', value: isNegative ? -Number(size) : Number(size) };
    }
  }
  const value = FLOAT.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? { tag: '!!float', value } : undefined;
}

function isTimestamp(text: string): boolean {
  const found = TIMESTAMP.exec(text);
  if (!found) return false;
  const [year, month, day, ...times] = found.slice(1).map((part) => Number(part ?? 0));
  const [hour, minute, second] = found[4] === undefined ? times.slice(3) : times;
  const isDate = month! >= 1 && month! <= 12 && day! >= 1 && day! <= daysOf(year!, month!);
  return isDate && hour! < 24 && minute! < 60 && second! < 60;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/**
 * Whether unquoted text means just itself, to any reader of YAML 1.1. (Go leaves `<<` unquoted, and
 * then can't read it back as a key.)
 */
export const isPlainText = (text: string): boolean =>
  resolvePlain(text).tag === '!!str' && text !== '<<' && !SEXAGESIMAL.test(text);

/** A number as Go prints it: whole ones in full, others in the shortest form that is exact. */
export function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return BigInt(value).toString();
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  // `strconv.FormatFloat(value, 'g', -1, 64)` changes over at these.
  if (power >= -4 && power < 6) return String(value);
  const size = String(Math.abs(power)).padStart(2, '0');
  return `${digits}e${power < 0 ? '-' : '+'}${size}`;
}
