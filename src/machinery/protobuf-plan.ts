import { DecodeError } from './decode-error.ts';
import { absentValue, elementZero } from './json-plan.ts';
import { setMember } from './member.ts';
import { DELIMITED, type ProtobufReader } from './protobuf-reader.ts';
import { SCALAR_ENCODINGS, type ScalarEncoding } from './protobuf-scalars.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';
import { type FieldShape, type FieldType, isMessage, type MessageShape } from './shape.ts';

/**
 * Encoders and decoders of messages, compiled once per shape. The order of what is written is that
 * of Kubernetes' generated code, so that equal objects have equal bytes: fields by number, maps by
 * key, and everything that is no pointer, be it zero.
 */

type Fields = Readonly<Record<string, unknown>>;

/** One number of a message: a field, or an embedded struct that shares the object. */
interface Member {
  readonly number: number;
  write(object: Fields, writer: ProtobufWriter): void;
  /** Reads one occurrence into `values`, which has a place for each field. */
  read(values: unknown[], reader: ProtobufReader, wireType: number): void;
}

const plans = new WeakMap<MessageShape, ProtobufPlan>();

/** The compiled codec of a message. */
export function protobufPlanOf(shape: MessageShape): ProtobufPlan {
  let plan = plans.get(shape);
  if (plan === undefined) {
    plan = new ProtobufPlan(shape);
    plans.set(shape, plan);
  }
  return plan;
}

const NO_FIELDS: Fields = {};

class ProtobufPlan {
  readonly #shape: MessageShape;
  readonly #name: string;
  #members: readonly Member[] | undefined;
  #byNumber: readonly (Member | undefined)[] = [];
  #absent: readonly ((() => unknown) | undefined)[] = [];

  constructor(shape: MessageShape) {
    this.#shape = shape;
    this.#name = shape.name.slice(shape.name.lastIndexOf('.') + 1);
  }

  /** Writes the fields of a value, last one first. */
  write(value: unknown, writer: ProtobufWriter): void {
    const object = (value as Fields | null | undefined) ?? NO_FIELDS;
    for (const member of this.#members ?? this.#compile()) member.write(object, writer);
  }

  /** Reads fields up to the reader's end, into the canonical JSON form. */
  read(reader: ProtobufReader): Record<string, unknown> {
    if (this.#members === undefined) this.#compile();
    const { fields } = this.#shape;
    const values: unknown[] = new Array(fields.length);
    this.readInto(values, reader);
    const object: Record<string, unknown> = {};
    for (let index = 0; index < fields.length; index++) {
      const value = values[index] ?? this.#absent[index]?.();
      if (value !== undefined) object[fields[index]!.name] = value;
    }
    return object;
  }

  /** Reads fields up to the reader's end, each into the place of its index. */
  readInto(values: unknown[], reader: ProtobufReader): void {
    if (this.#members === undefined) this.#compile();
    while (!reader.isAtEnd) {
      const tag = reader.tag(this.#name);
      const member = this.#byNumber[tag >>> 3];
      if (member === undefined) reader.skip(tag & 7);
      else member.read(values, reader, tag & 7);
    }
  }

  #compile(): readonly Member[] {
    const { fields, embedded } = this.#shape;
    this.#absent = fields.map(absentValue);
    const members = fields.flatMap((field, index) =>
      field.number > 0 ? [memberOf(field, index)] : [],
    );
    for (const { number, shape } of embedded) members.push(embeddedMember(number, shape, fields));
    const byNumber: (Member | undefined)[] = [];
    for (const member of members) byNumber[member.number] = member;
    this.#byNumber = byNumber;
    this.#members = members.sort((a, b) => b.number - a.number);
    return this.#members;
  }
}

/** The struct's fields are the outer object's: only the bytes are nested. */
function embeddedMember(number: number, shape: MessageShape, outer: readonly FieldShape[]): Member {
  const plan = protobufPlanOf(shape);
  const first = outer.findIndex(({ name }) => name === shape.fields[0]?.name);
  return {
    number,
    write(object, writer) {
      const end = writer.length;
      plan.write(object, writer);
      writer.varint(writer.length - end);
      writer.varint((number << 3) | DELIMITED);
    },
    read(values, reader, wireType) {
      requireWireType(wireType, DELIMITED, shape.name.slice(shape.name.lastIndexOf('.') + 1));
      const inner: unknown[] = [];
      reader.nested(() => plan.readInto(inner, reader));
      inner.forEach((value, index) => {
        values[first + index] = value;
      });
    },
  };
}

function memberOf(field: FieldShape, index: number): Member {
  if (field.container === 'list') return listMember(field, index);
  if (field.container === 'map') return mapMember(field, index);
  return singleMember(field, index);
}

function singleMember(field: FieldShape, index: number): Member {
  const { name, number, type } = field;
  const encoding = encodingOf(type);
  const tag = (number << 3) | encoding.wireType;
  const skipsUnset = field.pointer || type === 'bytes' || (isMessage(type) && type.union);
  const dropsEmpty = field.omitEmpty && !field.pointer && !isMessage(type);
  return {
    number,
    write(object, writer) {
      const value = object[name];
      if (skipsUnset && (value === undefined || value === null)) return;
      encoding.write(value, writer);
      writer.varint(tag);
    },
    read(values, reader, wireType) {
      requireWireType(wireType, encoding.wireType, name);
      const value = encoding.read(reader);
      values[index] = dropsEmpty && !value ? undefined : value;
    },
  };
}

function listMember({ name, number, type }: FieldShape, index: number): Member {
  const encoding = encodingOf(type);
  const zero = elementZero(type);
  const tag = (number << 3) | encoding.wireType;
  return {
    number,
    write(object, writer) {
      const list = object[name] as readonly unknown[] | null | undefined;
      if (!list) return;
      for (let i = list.length - 1; i >= 0; i--) {
        encoding.write(list[i], writer);
        writer.varint(tag);
      }
    },
    read(values, reader, wireType) {
      values[index] ??= [];
      const list = values[index] as unknown[];
      // Numbers may also come packed into one value.
      if (wireType === DELIMITED && encoding.wireType !== DELIMITED) {
        reader.nested(() => {
          while (!reader.isAtEnd) list.push(encoding.read(reader));
        });
        return;
      }
      requireWireType(wireType, encoding.wireType, name);
      list.push(encoding.read(reader) ?? zero());
    },
  };
}

const KEY = (1 << 3) | DELIMITED;

function mapMember({ name, number, type }: FieldShape, index: number): Member {
  const encoding = encodingOf(type);
  const entryTag = (2 << 3) | encoding.wireType;
  const tag = (number << 3) | DELIMITED;
  const zero = elementZero(type);
  return {
    number,
    write(object, writer) {
      const map = object[name] as Fields | null | undefined;
      if (!map) return;
      const keys = Object.keys(map).sort();
      for (let i = keys.length - 1; i >= 0; i--) {
        const end = writer.length;
        encoding.write(map[keys[i]!], writer);
        writer.varint(entryTag);
        writer.text(keys[i]!);
        writer.byte(KEY);
        writer.varint(writer.length - end);
        writer.varint(tag);
      }
    },
    read(values, reader, wireType) {
      requireWireType(wireType, DELIMITED, name);
      values[index] ??= {};
      const map = values[index] as Record<string, unknown>;
      reader.nested(() => readEntry(map, reader, encoding, zero));
    },
  };
}

function readEntry(
  map: Record<string, unknown>,
  reader: ProtobufReader,
  encoding: ScalarEncoding,
  zero: () => unknown,
): void {
  let key = '';
  let value: unknown;
  while (!reader.isAtEnd) {
    const tag = reader.tag('entry');
    if (tag === KEY) key = reader.text();
    else if (tag >>> 3 === 2) {
      requireWireType(tag & 7, encoding.wireType, 'value');
      value = encoding.read(reader);
    } else reader.skip(tag & 7);
  }
  setMember(map, key, value ?? zero());
}

function encodingOf(type: FieldType): ScalarEncoding {
  if (!isMessage(type)) return SCALAR_ENCODINGS[type];
  return type.union ? unionEncoding(type) : messageEncoding(type);
}

function messageEncoding(shape: MessageShape): ScalarEncoding {
  const plan = protobufPlanOf(shape);
  return {
    wireType: DELIMITED,
    write(value, writer) {
      const end = writer.length;
      plan.write(value, writer);
      writer.varint(writer.length - end);
    },
    read: (reader) => reader.nested(() => plan.read(reader)),
  };
}

/** The message holds the one field that JSON has in its place. */
function unionEncoding(shape: MessageShape): ScalarEncoding {
  const encoding = messageEncoding(shape);
  const flag = shape.fields.find(({ type }) => type === 'bool');
  const others = shape.fields.filter((field) => field !== flag);
  const isAlwaysList = shape.fields.length === 1;
  return {
    wireType: DELIMITED,
    write(value, writer) {
      const isFlag = typeof value === 'boolean';
      const field = isFlag ? flag : others.find((each) => isAlternative(each, value));
      // Beside a schema the flag is set, for a schema allows something.
      encoding.write(
        { ...(flag && { [flag.name]: true }), ...(field && { [field.name]: value }) },
        writer,
      );
    },
    read(reader) {
      const message = encoding.read(reader) as Fields;
      const found = others.find(({ name }) => message[name] !== undefined);
      if (found) return message[found.name];
      if (flag) return message[flag.name];
      return isAlwaysList ? [] : null;
    },
  };
}

const isAlternative = ({ container }: FieldShape, value: unknown): boolean =>
  (container === 'list') === Array.isArray(value);

function requireWireType(found: number, wanted: number, field: string): void {
  if (found === wanted) return;
  const name = field.slice(0, 1).toUpperCase() + field.slice(1);
  throw new DecodeError(`proto: wrong wireType = ${found} for field ${name}`);
}
