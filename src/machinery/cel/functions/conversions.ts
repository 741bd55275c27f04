import { type Overload, overload } from '../overload.ts';
import {
  CelError,
  type CelList,
  type CelMap,
  codePoints,
  type Duration,
  type Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
  type Value,
} from '../values.ts';
import { printDouble } from './numbers.ts';
import {
  checkedTimestamp,
  parseDuration,
  parseTimestamp,
  printDuration,
  printTimestamp,
} from './time.ts';

const NANOS = 1_000_000_000n;
const TWO_63 = 2 ** 63;
const TWO_64 = 2 ** 64;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const failed = (to: string): CelError =>
  new CelError(`type conversion error from 'string' to '${to}'`);
const intOverflow = (): CelError => new CelError('integer overflow');
const uintOverflow = (): CelError => new CelError('unsigned integer overflow');

function readInt(text: string): Value {
  if (!/^[+-]?\d+$/.test(text)) return failed('int');
  const value = BigInt(text.replace('+', ''));
  return value === BigInt.asIntN(64, value) ? value : failed('int');
}

function readUint(text: string): Value {
  const value = /^\d+$/.test(text) ? BigInt(text) : -1n;
  return value >= 0n && value === BigInt.asUintN(64, value) ? new Uint(value) : failed('uint');
}

const DOUBLE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function readDouble(text: string): Value {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = DOUBLE.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : failed('double');
}

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);
const readBool = (text: string): Value =>
  TRUE.has(text) ? true : FALSE.has(text) ? false : failed('bool');

function readText(bytes: Uint8Array): Value {
  try {
    return UTF8.decode(bytes);
  } catch {
    return new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

const truncated = (value: number): Value =>
  Number.isNaN(value) || value >= TWO_63 || value <= -TWO_63
    ? intOverflow()
    : BigInt(Math.trunc(value));
const truncatedUint = (value: number): Value =>
  Number.isNaN(value) || value < 0 || value >= TWO_64
    ? uintOverflow()
    : new Uint(BigInt(Math.trunc(value)));

const same = (value: Value): Value => value;
const secondsOf = ({ nanos }: Timestamp): bigint =>
  (nanos - (((nanos % NANOS) + NANOS) % NANOS)) / NANOS;
const lengthOf = (list: CelList): Value => BigInt(list.length);
const sizeOfMap = (map: CelMap): Value => BigInt(map.size);
const sizeOfText = (text: string): Value => BigInt(codePoints(text));
const sizeOfBytes = (bytes: Uint8Array): Value => BigInt(bytes.length);

/** Conversions between types, and sizes. */
export const conversions: readonly Overload[] = [
  overload('bool', 'bool_to_bool', '(bool) bool', same),
  overload('bool', 'string_to_bool', '(string) bool', readBool),
  overload('bytes', 'bytes_to_bytes', '(bytes) bytes', same),
  overload(
    'bytes',
    'string_to_bytes',
    '(string) bytes',
    (text: string) => new Uint8Array(Buffer.from(text)),
  ),
  overload('double', 'double_to_double', '(double) double', same),
  overload('double', 'int64_to_double', '(int) double', (value: bigint) => Number(value)),
  overload('double', 'string_to_double', '(string) double', readDouble),
  overload('double', 'uint64_to_double', '(uint) double', ({ value }: Uint) => Number(value)),
  overload('duration', 'duration_to_duration', '(duration) duration', same),
  overload(
    'duration',
    'string_to_duration',
    '(string) duration',
    (text: string) => parseDuration(text) ?? failed('google.protobuf.Duration'),
  ),
  overload('dyn', 'to_dyn', '(A) dyn', same),
  overload('int', 'int64_to_int64', '(int) int', same),
  overload('int', 'double_to_int64', '(double) int', truncated),
  overload('int', 'duration_to_int64', '(duration) int', ({ nanos }: Duration) => nanos),
  overload('int', 'string_to_int64', '(string) int', readInt),
  overload('int', 'timestamp_to_int64', '(timestamp) int', secondsOf),
  overload('int', 'uint64_to_int64', '(uint) int', ({ value }: Uint) =>
    value === BigInt.asIntN(64, value) ? value : intOverflow(),
  ),
  overload('string', 'string_to_string', '(string) string', same),
  overload('string', 'bool_to_string', '(bool) string', String),
  overload('string', 'bytes_to_string', '(bytes) string', readText),
  overload('string', 'double_to_string', '(double) string', printDouble),
  overload('string', 'duration_to_string', '(duration) string', printDuration),
  overload('string', 'int64_to_string', '(int) string', String),
  overload('string', 'timestamp_to_string', '(timestamp) string', printTimestamp),
  overload('string', 'uint64_to_string', '(uint) string', ({ value }: Uint) => String(value)),
  overload('timestamp', 'timestamp_to_timestamp', '(timestamp) timestamp', same),
  overload('timestamp', 'int64_to_timestamp', '(int) timestamp', (seconds: bigint) =>
    checkedTimestamp(seconds * NANOS),
  ),
  overload(
    'timestamp',
    'string_to_timestamp',
    '(string) timestamp',
    (text: string) => parseTimestamp(text) ?? failed('google.protobuf.Timestamp'),
  ),
  overload('type', 'type', '(A) type(A)', (value: Value) => new TypeValue(typeNameOf(value))),
  overload('uint', 'uint64_to_uint64', '(uint) uint', same),
  overload('uint', 'double_to_uint64', '(double) uint', truncatedUint),
  overload('uint', 'int64_to_uint64', '(int) uint', (value: bigint) =>
    value < 0n ? uintOverflow() : new Uint(value),
  ),
  overload('uint', 'string_to_uint64', '(string) uint', readUint),
  overload('size', 'size_bytes', '(bytes) int', sizeOfBytes),
  overload('size', 'bytes_size', 'bytes.() int', sizeOfBytes),
  overload('size', 'size_list', '(list(A)) int', lengthOf),
  overload('size', 'list_size', 'list(A).() int', lengthOf),
  overload('size', 'size_map', '(map(A, B)) int', sizeOfMap),
  overload('size', 'map_size', 'map(A, B).() int', sizeOfMap),
  overload('size', 'size_string', '(string) int', sizeOfText),
  overload('size', 'string_size', 'string.() int', sizeOfText),
];
