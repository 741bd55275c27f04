import { canonicalBase64 } from './base64.ts';
import { DecodeError } from './decode-error.ts';
import type { JsonReader } from './json-reader.ts';
import { parseQuantity, QuantityError } from './quantity.ts';
import type { ScalarType } from './shape.ts';
import { canonicalMicroTime, canonicalTime } from './timestamps.ts';

/** Reads a JSON value that isn't null. `typeName` is the wanted type, for the error. */
export type ReadScalar = (value: unknown, reader: JsonReader, typeName: string) => unknown;

/**
 * How a scalar is read from JSON, and what stands for it when it is unset: `undefined` where JSON has
 * null, as for times.
 */
export interface ScalarCodec {
  readonly read: ReadScalar;
  readonly zero: unknown;
}

const INT64_MAX = 2 ** 63;

function readString(value: unknown, reader: JsonReader, typeName: string): unknown {
  return typeof value === 'string' ? value : reader.mismatch(value, typeName, '');
}

function readBool(value: unknown, reader: JsonReader, typeName: string): unknown {
  return typeof value === 'boolean' ? value : reader.mismatch(value, typeName, false);
}

function readInt32(value: unknown, reader: JsonReader, typeName: string): unknown {
  if (typeof value === 'number' && (value | 0) === value) return value;
  return reader.mismatch(value, typeName, 0, true);
}

function readInt64(value: unknown, reader: JsonReader, typeName: string): unknown {
  const isInteger = typeof value === 'number' && Number.isInteger(value);
  if (isInteger && Math.abs(value) <= INT64_MAX) return value;
  return reader.mismatch(value, typeName, 0, true);
}

function readDouble(value: unknown, reader: JsonReader, typeName: string): unknown {
  return typeof value === 'number' ? value : reader.mismatch(value, typeName, 0, true);
}

function readBytes(value: unknown, reader: JsonReader, typeName: string): unknown {
  if (typeof value !== 'string') return reader.mismatch(value, typeName, '');
  try {
    return canonicalBase64(value);
  } catch (error) {
    return reader.failLater(error as DecodeError);
  }
}

function readIntOrString(value: unknown, reader: JsonReader): unknown {
  return typeof value === 'string' ? value : readInt32(value, reader, 'int32');
}

function readQuantity(value: unknown): unknown {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value).trim();
  try {
    return parseQuantity(text).toString();
  } catch (error) {
    if (error instanceof QuantityError) throw new DecodeError(error.message);
    throw error;
  }
}

const textReader =
  (canonical: (text: string) => unknown): ReadScalar =>
  (value, reader) =>
    typeof value === 'string' ? canonical(value) : reader.fatalMismatch(value, 'string');

const readAnything: ReadScalar = (value) => value;

/** By type: reading from JSON. Values that are any JSON are handed on as they are. */
export const SCALAR_CODECS: Readonly<Record<ScalarType, ScalarCodec>> = {
  string: { read: readString, zero: '' },
  bool: { read: readBool, zero: false },
  int32: { read: readInt32, zero: 0 },
  int64: { read: readInt64, zero: 0 },
  double: { read: readDouble, zero: 0 },
  bytes: { read: readBytes, zero: undefined },
  quantity: { read: readQuantity, zero: '0' },
  intOrString: { read: readIntOrString, zero: 0 },
  time: { read: textReader(canonicalTime), zero: undefined },
  microTime: { read: textReader(canonicalMicroTime), zero: undefined },
  duration: { read: readString, zero: '0s' },
  rawExtension: { read: readAnything, zero: undefined },
  fieldsV1: { read: readAnything, zero: undefined },
  json: { read: readAnything, zero: undefined },
  any: { read: readAnything, zero: undefined },
};
