import { toTime } from '../base/clock.ts';

/** Builds values in the distinguished encoding rules (X.690), as certificates are made of. */
function value(tag: number, contents: Uint8Array): Buffer {
  const { length } = contents;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), contents]);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, contents]);
}

export const sequence = (...parts: readonly Buffer[]): Buffer => value(0x30, Buffer.concat(parts));
export const setOf = (...parts: readonly Buffer[]): Buffer => value(0x31, Buffer.concat(parts));
export const octets = (bytes: Uint8Array): Buffer => value(0x04, bytes);
export const text = (characters: string): Buffer => value(0x0c, Buffer.from(characters));

/** A string of bits that is whole bytes. */
export const bits = (bytes: Uint8Array): Buffer =>
  value(0x03, Buffer.concat([Buffer.from([0]), bytes]));

/** A number that isn't negative, most significant byte first. */
export function integer(bytes: Uint8Array): Buffer {
  const isNegative = (bytes[0] ?? 0) >= 0x80;
  return value(0x02, isNegative ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** A value with a tag of its context; plain bytes unless `isConstructed`. */
export const contextual = (tag: number, contents: Uint8Array, isConstructed = true): Buffer =>
  value((isConstructed ? 0xa0 : 0x80) | tag, contents);

/** One value in DER. */
export interface DerValue {
  readonly tag: number;
  readonly contents: Buffer;
  /** All of it, tag and length included: what signatures are over. */
  readonly whole: Buffer;
}

/** The values that stand one after another in these bytes. Throws when they aren't DER. */
export function readAllDer(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length; ) {
    const read = readDer(bytes.subarray(at));
    values.push(read);
    at += read.whole.length;
  }
  return values;
}

/** The value at the beginning of these bytes. Throws when there is none in DER. */
export function readDer(bytes: Buffer): DerValue {
  const tag = bytes[0];
  const first = bytes[1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw malformed();
  const sizeBytes = first < 0x80 ? 0 : first & 0x7f;
  if (sizeBytes > 4 || first === 0x80 || bytes.length < 2 + sizeBytes) throw malformed();
  const size = sizeBytes === 0 ? first : bytes.readUIntBE(2, sizeBytes);
  const begin = 2 + sizeBytes;
  if (bytes.length < begin + size) throw malformed();
  const contents = bytes.subarray(begin, begin + size);
  return { tag, contents, whole: bytes.subarray(0, begin + size) };
}

const malformed = () => new RangeError('not a value in DER');

/** An object identifier in its dotted form. */
export function readOid({ contents }: DerValue): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of contents) {
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  const [head = 0, ...rest] = numbers;
  const first = Math.min(2, Math.floor(head / 40));
  return [first, head - first * 40, ...rest].join('.');
}

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return value(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(number: number): number[] {
  const bytes = [number & 0x7f];
  for (let left = number >>> 7; left > 0; left >>>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}

/** A time in whole seconds, in the form that its year asks for. */
export function time(ms: number): Buffer {
  const digits = `${toTime(ms).replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const isShort = digits < '2050';
  return value(isShort ? 0x17 : 0x18, Buffer.from(isShort ? digits.slice(2) : digits));
}
