import { parseTime, toTime } from '../base/clock.ts';
import { DecodeError } from './decode-error.ts';
import { parseJson } from './json-text.ts';
import { DELIMITED, FIXED64, type ProtobufReader, VARINT } from './protobuf-reader.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';
import { parseQuantity, QuantityError } from './quantity.ts';
import type { ScalarType } from './shape.ts';

/** How a scalar is written in protobuf, length included, and read. */
export interface ScalarEncoding {
  readonly wireType: number;
  /** Writes a value, or the zero value when there is none. */
  write(value: unknown, writer: ProtobufWriter): void;
  /** The value as JSON has it; undefined where JSON has null. */
  read(reader: ProtobufReader): unknown;
}

const text: ScalarEncoding = {
  wireType: DELIMITED,
  write: (value, writer) => writer.text((value as string | undefined) ?? ''),
  read: (reader) => reader.text(),
};

const bool: ScalarEncoding = {
  wireType: VARINT,
  write: (value, writer) => writer.byte(value ? 1 : 0),
  read: (reader) => reader.varint() !== 0,
};

const int64: ScalarEncoding = {
  wireType: VARINT,
  write: (value, writer) => writer.signed((value as number | undefined) ?? 0),
  read: (reader) => reader.signed(),
};

const int32: ScalarEncoding = { ...int64, read: (reader) => reader.signed() | 0 };

const double: ScalarEncoding = {
  wireType: FIXED64,
  write: (value, writer) => writer.double((value as number | undefined) ?? 0),
  read: (reader) => reader.double(),
};

const bytes: ScalarEncoding = {
  wireType: DELIMITED,
  write(value, writer) {
    const raw = Buffer.from((value as string | undefined) ?? '', 'base64');
    writer.raw(raw);
    writer.varint(raw.length);
  },
  read: (reader) => reader.bytes().toString('base64'),
};

/** A message: what it holds is written by `write` and read field by field. */
function message<T>(
  write: (value: unknown, writer: ProtobufWriter) => void,
  empty: T,
  readField: (state: T, number: number, reader: ProtobufReader) => T | undefined,
  finish: (state: T) => unknown,
): ScalarEncoding {
  return {
    wireType: DELIMITED,
    write(value, writer) {
      const end = writer.length;
      if (value !== undefined && value !== null) write(value, writer);
      writer.varint(writer.length - end);
    },
    read(reader) {
      const state = reader.nested(() => {
        let current = empty;
        while (!reader.isAtEnd) {
          const tag = reader.tag('message');
          const next = readField(current, tag >>> 3, reader);
          if (next === undefined) reader.skip(tag & 7);
          else current = next;
        }
        return current;
      });
      return finish(state);
    },
  };
}

const FIELD_1_TEXT = (1 << 3) | DELIMITED;
const FIELD_1_NUMBER = (1 << 3) | VARINT;
const FIELD_2_NUMBER = (2 << 3) | VARINT;
const FIELD_3_TEXT = (3 << 3) | DELIMITED;

// Even zero is written, as "0".
const writtenQuantity: ScalarEncoding = message<string | undefined>(
  (value, writer) => {
    writer.text(value as string);
    writer.byte(FIELD_1_TEXT);
  },
  undefined,
  (_, number, reader) => (number === 1 ? reader.text() : undefined),
  (value) => (value === undefined ? '0' : canonical(value)),
);
const quantity: ScalarEncoding = {
  ...writtenQuantity,
  write: (value, writer) => writtenQuantity.write(value ?? '0', writer),
};

function canonical(value: string): string {
  try {
    return parseQuantity(value).toString();
  } catch (error) {
    if (error instanceof QuantityError) throw new DecodeError(error.message);
    throw error;
  }
}

interface IntOrString {
  readonly isText: boolean;
  readonly number: number;
  readonly text: string;
}

const writtenIntOrString = message<IntOrString>(
  (value, writer) => {
    const isText = typeof value === 'string';
    writer.text(isText ? value : '');
    writer.byte(FIELD_3_TEXT);
    writer.signed(isText ? 0 : (value as number));
    writer.byte(FIELD_2_NUMBER);
    writer.byte(isText ? 1 : 0);
    writer.byte(FIELD_1_NUMBER);
  },
  { isText: false, number: 0, text: '' },
  (state, number, reader) => {
    if (number === 1) return { ...state, isText: reader.varint() === 1 };
    if (number === 2) return { ...state, number: reader.signed() | 0 };
    return number === 3 ? { ...state, text: reader.text() } : undefined;
  },
  (state) => (state.isText ? state.text : state.number),
);
const intOrString: ScalarEncoding = {
  ...writtenIntOrString,
  write: (value, writer) => writtenIntOrString.write(value ?? 0, writer),
};

/** A moment as seconds and the digits after them. The zero time is an empty message. */
interface Moment {
  readonly seconds: number;
  readonly nanos: number;
  readonly isSet: boolean;
}

function timestamp(nanosOf: (text: string) => number, show: (moment: Moment) => string) {
  return message<Moment>(
    (value, writer) => {
      writer.signed(nanosOf(value as string));
      writer.byte(FIELD_2_NUMBER);
      writer.signed(Math.floor((parseTime(value as string) ?? 0) / 1000));
      writer.byte(FIELD_1_NUMBER);
    },
    { seconds: 0, nanos: 0, isSet: false },
    (state, number, reader) => {
      if (number === 1) return { ...state, seconds: reader.signed(), isSet: true };
      return number === 2 ? { ...state, nanos: reader.signed() | 0, isSet: true } : undefined;
    },
    (moment) =>
      moment.isSet && moment.seconds !== ZERO_TIME ? show(normalized(moment)) : undefined,
  );
}

// Clients may send more than a second's worth of them, or fewer than none.
function normalized({ seconds, nanos, isSet }: Moment): Moment {
  const carried = Math.floor(nanos / 1e9);
  return { seconds: seconds + carried, nanos: nanos - carried * 1e9, isSet };
}

const ZERO_TIME = -62135596800; // 0001-01-01T00:00:00Z
const TIME_MAX = 253402300799; // 9999-12-31T23:59:59Z

function wholeSeconds({ seconds }: Moment): string {
  if (seconds < ZERO_TIME || seconds > TIME_MAX) throw new DecodeError('time is out of range');
  return toTime(seconds * 1000);
}

const time = timestamp(() => 0, wholeSeconds);
const microTime = timestamp(
  (value) => Number(value.slice(20, 26)) * 1000,
  (moment) => {
    const micros = Math.trunc(moment.nanos / 1000);
    return `${wholeSeconds(moment).slice(0, -1)}.${String(micros).padStart(6, '0')}Z`;
  },
);

/** JSON text in the only field of a message. */
const json = message<Buffer | undefined>(
  (value, writer) => {
    const raw = Buffer.from(JSON.stringify(value));
    writer.raw(raw);
    writer.varint(raw.length);
    writer.byte(FIELD_1_TEXT);
  },
  undefined,
  (_, number, reader) => (number === 1 ? reader.bytes() : undefined),
  (raw) => (raw === undefined ? undefined : parseJson(raw.toString()).value),
);

const unsupported: ScalarEncoding = {
  wireType: DELIMITED,
  write: () => {
    throw new Error('the type has no form in protobuf');
  },
  read: () => undefined,
};

/** By type: reading from protobuf, and writing to it. */
export const SCALAR_ENCODINGS: Readonly<Record<ScalarType, ScalarEncoding>> = {
  string: text,
  bool,
  int32,
  int64,
  double,
  bytes,
  quantity,
  intOrString,
  time,
  microTime,
  duration: unsupported,
  rawExtension: json,
  fieldsV1: json,
  json,
  any: unsupported,
};
