/** The text isn't a quantity. The message is Kubernetes' own. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

/** How a quantity is written: `12e6`, `12Mi`, `12M`. */
export type QuantityFormat = 'decimalExponent' | 'binarySI' | 'decimalSI';

const FORM = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const FORM_PROBLEM =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimalSuffix = (exponent: number): string => DECIMAL_SUFFIXES[exponent / 3 + 3] ?? '';

// Finer amounts round up to one of these: who asks for something gets something.
const NANO = 9;
const ONE = 10n ** 9n;
const MILLI = 10n ** 6n;
// Binary amounts are capped here.
const MAX = (2n ** 63n - 1n) * ONE;
// Beyond any meaning, but not beyond what a few letters could make us compute.
const MAX_EXPONENT = 400;
// Each further digit makes reading and printing dearer, and no amount needs as many.
const TEXT_MAX = 1000;
// Up to here Kubernetes reads decimals as one number and may keep the text as it came.
const SHORT_DIGITS = 18;

interface Suffix {
  readonly format: QuantityFormat;
  readonly base: 2 | 10;
  readonly exponent: number;
}

function parseSuffix(text: string): Suffix {
  const decimal = DECIMAL_SUFFIXES.indexOf(text);
  if (decimal >= 0) return { format: 'decimalSI', base: 10, exponent: (decimal - 3) * 3 };
  const binary = BINARY_SUFFIXES.indexOf(text);
  if (binary >= 0) return { format: 'binarySI', base: 2, exponent: binary * 10 };
  const exponent = /^[eE][+-]?[0-9]+$/.test(text) ? Number(text.slice(1)) : Number.NaN;
  if (Math.abs(exponent) <= MAX_EXPONENT) return { format: 'decimalExponent', base: 10, exponent };
  throw new QuantityError("unable to parse quantity's suffix");
}

/** `digits` times ten to the `exponent`, in billionths, rounded away from zero. */
function toNanos(digits: bigint, exponent: number): bigint {
  const shift = exponent + NANO;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const unit = 10n ** BigInt(-shift);
  return (digits + unit - 1n) / unit;
}

/** Whether Kubernetes keeps the text of a number as it came, for it looks canonical. */
function isKept(whole: string, fraction: string, { format, base, exponent }: Suffix): boolean {
  const digits = whole + fraction;
  if (base === 2) {
    const precision = 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1;
    return fraction === '' && precision >= 0 && (BigInt(whole) & 7n) !== 0n;
  }
  const scale = exponent - fraction.length;
  const short = digits.length <= SHORT_DIGITS && scale >= -NANO;
  if (format === 'decimalExponent' && !short) return false;
  return short && scale % 3 === 0 && !digits.endsWith('000') && digits[0] !== '0';
}

function parse(text: string): Quantity {
  const match = text.length > TEXT_MAX ? null : FORM.exec(text);
  if (!match || text === '') throw new QuantityError(FORM_PROBLEM);
  const [, sign, allDigits = '', fraction = '', suffixText = ''] = match;
  const suffix = parseSuffix(suffixText);
  const whole = allDigits.replace(/^0+/, '') || '0';
  const digits = BigInt(whole + fraction);
  let nanos =
    suffix.base === 10
      ? toNanos(digits, suffix.exponent - fraction.length)
      : toNanos(digits << BigInt(suffix.exponent), -fraction.length);
  if (suffix.base === 2 && nanos > MAX) nanos = MAX;
  const format = suffix.base === 2 && nanos < ONE ? 'decimalSI' : suffix.format;
  const signed = sign === '-' ? -nanos : nanos;
  const kept = isKept(whole, fraction, suffix) ? text : undefined;
  return new Quantity(signed, format, kept);
}

// Quantities are immutable and few differ: equal texts share one.
const CACHE_MAX = 4096;
const cache = new Map<string, Quantity>();

/** Reads `100m`, `1.5Gi`, `2e3`. Throws QuantityError. */
export function parseQuantity(text: string): Quantity {
  let quantity = cache.get(text);
  if (quantity === undefined) {
    quantity = parse(text);
    if (cache.size >= CACHE_MAX) cache.clear();
    cache.set(text, quantity);
  }
  return quantity;
}

/** An exact amount of something, to a billionth (`resource.Quantity`). Immutable. */
export class Quantity {
  static readonly zero: Quantity = new Quantity(0n, 'decimalSI');
  readonly nanos: bigint;
  readonly format: QuantityFormat;
  #text: string | undefined;

  /** `text` is the form to print, where that isn't the canonical one. */
  constructor(nanos: bigint, format: QuantityFormat, text?: string) {
    this.nanos = nanos;
    this.format = format;
    this.#text = text;
  }

  /** A whole number of units. */
  static of(value: number, format: QuantityFormat = 'decimalSI'): Quantity {
    return new Quantity(BigInt(value) * ONE, format);
  }

  /** Below zero when this is less than the other, zero when equal, else above. */
  compare(other: Quantity): number {
    return this.nanos < other.nanos ? -1 : this.nanos > other.nanos ? 1 : 0;
  }

  get isZero(): boolean {
    return this.nanos === 0n;
  }

  get isNegative(): boolean {
    return this.nanos < 0n;
  }

  /** Whether this is a number of whole units. */
  get isWhole(): boolean {
    return this.nanos % ONE === 0n;
  }

  /** The number of units, rounded up; inexact above 2^53. */
  get value(): number {
    return Number(ceilDivide(this.nanos, ONE));
  }

  /** The number of thousandths, rounded up; inexact above 2^53. */
  get milliValue(): number {
    return Number(ceilDivide(this.nanos, MILLI));
  }

  plus(other: Quantity): Quantity {
    return new Quantity(this.nanos + other.nanos, this.isZero ? other.format : this.format);
  }

  minus(other: Quantity): Quantity {
    return new Quantity(this.nanos - other.nanos, this.isZero ? other.format : this.format);
  }

  /** The same with nothing finer than thousandths, rounded away from zero. */
  roundUpToMilli(): Quantity {
    if (this.nanos % MILLI === 0n) return this;
    const size = this.nanos < 0n ? -this.nanos : this.nanos;
    const rounded = ((size + MILLI - 1n) / MILLI) * MILLI;
    return new Quantity(this.nanos < 0n ? -rounded : rounded, this.format);
  }

  /** The canonical text: no fraction, the largest suffix that keeps it exact. */
  toString(): string {
    this.#text ??= format(this.nanos, this.format);
    return this.#text;
  }
}

function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend > 0n && dividend % divisor !== 0n ? quotient + 1n : quotient;
}

function format(nanos: bigint, style: QuantityFormat): string {
  if (nanos === 0n) return '0';
  const size = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? '-' : '';
  if (style === 'binarySI' && size >= 1024n * ONE && size % ONE === 0n) {
    return sign + formatBinary(size / ONE);
  }
  const [digits, exponent] = decimalParts(size);
  if (style !== 'decimalExponent') return `${sign}${digits}${decimalSuffix(exponent)}`;
  return `${sign}${digits}${exponent === 0 ? '' : `e${exponent}`}`;
}

function formatBinary(amount: bigint): string {
  let [rest, power] = [amount, 0];
  while (rest % 1024n === 0n && power < BINARY_SUFFIXES.length - 1) {
    rest /= 1024n;
    power++;
  }
  return `${rest}${BINARY_SUFFIXES[power]}`;
}

/** An amount of billionths as digits and an exponent that is a multiple of three. */
function decimalParts(nanos: bigint): [digits: bigint, exponent: number] {
  let [digits, exponent] = [nanos, -NANO];
  while (digits % 1000n === 0n) {
    digits /= 1000n;
    exponent += 3;
  }
  return [digits, exponent];
}
