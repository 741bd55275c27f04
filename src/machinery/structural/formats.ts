import { parseCidr, parseIp } from '../../base/ip.ts';
import { splitUrl, UrlError } from '../url.ts';
import type { JsonSchema } from './schema.ts';

/**
 * The formats of text that Kubernetes checks in custom resources, by their names without dashes
 * (`date-time` is `datetime`). Any other name has no meaning.
 */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  uri: isRequestUri,
  email: isEmail,
  hostname: isHostname,
  ipv4: (text) => text.includes('.') && parseIp(text, LENIENT) !== undefined,
  ipv6: (text) => text.includes(':') && parseIp(text, LENIENT) !== undefined,
  cidr: (text) => parseCidr(text, LENIENT) !== undefined,
  mac: isMac,
  uuid: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  uuid3: (text) =>
    /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  uuid4: (text) =>
    /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text),
  uuid5: (text) =>
    /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  rgbcolor: (text) => {
    const parts = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.exec(text);
    return parts?.slice(1).every(isPlainByte) === true;
  },
  byte: (text) =>
    text !== '' &&
    text.length % 4 === 0 &&
    /^[A-Za-z0-9+/]*={0,2}$/.test(text) &&
    !/=[^=]/.test(text),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= 63 && SHORT_NAME.test(text),
  k8slongname: (text) =>
    text.length <= 253 && text.split('.').every((part) => SHORT_NAME.test(part)),
};

const NUMBER_FORMATS: Readonly<Record<string, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
};

/** The format of a schema if it is one that values of its type can have; any other is as none. */
export function formatOf({ type, format }: JsonSchema): string | undefined {
  if (!format) return undefined;
  if (type && type !== 'string') {
    return NUMBER_FORMATS[type]?.includes(format) ? format : undefined;
  }
  const name = format.replaceAll('-', '');
  // Quantities are named among the formats, but nobody looks whether a text is one.
  return Object.hasOwn(FORMATS, name) || name === 'quantity' ? format : undefined;
}

/** Checks a text against a format; undefined for a name without a meaning. */
export function formatCheck(format: string | undefined): ((text: string) => boolean) | undefined {
  if (!format) return undefined;
  const name = format.replaceAll('-', '');
  return Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
}

const isPlainByte = (text: string): boolean =>
  Number(text) <= 255 && (text === '0' || !text.startsWith('0'));

/** As Go's `url.ParseRequestURI`: an absolute URI or an absolute path. */
function isRequestUri(text: string): boolean {
  try {
    splitUrl(text, true);
    return true;
  } catch (error) {
    if (error instanceof UrlError) return false;
    throw error;
  }
}

/** An address, maybe behind a name. What stands before the `@` may be quoted. */
function isEmail(text: string): boolean {
  const address = String.raw`(?:[^\s@<>"]+|"(?:[^"\\]|\\.)*")@[^\s@<>]+`;
  return new RegExp(`^(?:[^<>]*<${address}>|${address})$`, 's').test(text.trim());
}

// Addresses may have zeros before their numbers, as they once could everywhere.
const LENIENT = { leadingZeros: true };

const SHORT_NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

const [HOSTNAME_MAX, LABEL_MAX] = [255, 63];
// A name alone may have one dash, after its first character: that is what Kubernetes' pattern says.
const NAME_ALONE = /^[\p{L}\p{S}0-9](?:-?[\p{L}\p{S}0-9]{0,62})$/u;
const FULL_NAME = /^(?:[\p{L}\p{S}0-9](?:[\p{L}\p{S}0-9-]{0,61}[\p{L}\p{S}0-9])?\.)+\p{L}{2,63}$/u;

function isHostname(text: string): boolean {
  if (!NAME_ALONE.test(text) && !FULL_NAME.test(text)) return false;
  if (Buffer.byteLength(text) > HOSTNAME_MAX) return false;
  return text.split('.').every((label) => Buffer.byteLength(label) <= LABEL_MAX);
}

const MAC_LENGTHS = [6, 8, 20];

/** Six, eight or twenty bytes: `01:23:…`, `01-23-…`, `0123.4567.…`, or with nothing in between. */
function isMac(text: string): boolean {
  const isWritten =
    /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2})*$/i.test(text) ||
    /^[0-9a-f]{4}(?:\.[0-9a-f]{4})+$/i.test(text) ||
    /^(?:[0-9a-f]{2})+$/i.test(text);
  return isWritten && MAC_LENGTHS.includes(text.replaceAll(/[:.-]/g, '').length / 2);
}

const digitsOf = (text: string): string => text.replaceAll(/[\s-]/g, '');

function isIsbn10(text: string): boolean {
  const digits = digitsOf(text);
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = [...digits].reduce((all, digit, i) => {
    const value = digit === 'X' ? 10 : Number(digit);
    return all + (i + 1) * value;
  }, 0);
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = digitsOf(text);
  if (!/^\d{13}$/.test(digits)) return false;
  const sum = [...digits].reduce((all, digit, i) => all + Number(digit) * (i % 2 ? 3 : 1), 0);
  return sum % 10 === 0;
}

/** Issuer's prefix and length, and Luhn's check. */
function isCreditCard(text: string): boolean {
  const digits = text.replaceAll(/[^0-9]/g, '');
  const isKnown =
    /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/;
  if (!isKnown.test(digits)) return false;
  const sum = [...digits].reverse().reduce((all, digit, i) => {
    const value = Number(digit) * (i % 2 ? 2 : 1);
    return all + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDate(text: string): boolean {
  const [, year, month, day] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []).map(Number);
  if (year === undefined || !month || month > 12 || !day) return false;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= (month === 2 && isLeap ? 29 : DAYS[month - 1]!);
}

function isDateTime(text: string): boolean {
  const [date = '', time] = text.toLowerCase().split('t');
  if (time === undefined || !isDate(date)) return false;
  const parts = /^(\d{2}):(\d{2}):(\d{2})(?:.\d+)?(?:z|[+-]\d{2}:\d{2})$/.exec(time);
  return parts !== null && parts[1]! <= '23' && parts[2]! <= '59' && parts[3]! <= '59';
}

const GO_DURATION = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const UNITS =
  /^(?:ns|nano.*|us|µs|micro.*|ms|milli.*|s|sec.*|m|min.*|h|hr|hour.*|d|day.*|w|wk|week.*)$/i;

/** Go's durations (`1h30m`) and those that are spelled out (`2 days`). */
function isDuration(text: string): boolean {
  if (GO_DURATION.test(text)) return true;
  return [...text.matchAll(/\d+\s*([A-Za-zµ]+)/g)].some(([, unit = '']) => UNITS.test(unit));
}
