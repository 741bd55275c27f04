import { DecodeError } from './decode-error.ts';
import type { JsonReader } from './json-reader.ts';
import { type ReadScalar, SCALAR_CODECS } from './json-scalars.ts';
import { setMember } from './member.ts';
import { type FieldShape, type FieldType, isMessage, type MessageShape } from './shape.ts';

/**
 * Readers of messages, compiled once per shape. They walk the keys that are there, in their order,
 * because errors are reported in the order of the text, and build a new object in the order of
 * declaration, so that objects of a kind share few hidden classes and print alike. Nothing of the
 * result is shared with the input but values that may be any JSON, such as `fieldsV1`.
 */

/** Like ReadScalar, for values of any type. Never gets null. */
type Read = ReadScalar;

interface FieldPlan {
  readonly name: string;
  readonly owner: string;
  readonly errorPath: string;
  readonly index: number;
  readonly typeName: string;
  readonly read: Read;
  /** What JSON has when the field wasn't given; undefined when it then has nothing. */
  readonly absent: (() => unknown) | undefined;
}

const plans = new WeakMap<MessageShape, MessagePlan>();

/** The compiled reader of a message. */
export function planOf(shape: MessageShape): MessagePlan {
  let plan = plans.get(shape);
  if (plan === undefined) {
    plan = new MessagePlan(shape);
    plans.set(shape, plan);
  }
  return plan;
}

/** `v1.ObjectMeta` for `io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`. */
export function goName({ name }: MessageShape): string {
  const versionEnd = name.lastIndexOf('.');
  return name.slice(name.lastIndexOf('.', versionEnd - 1) + 1);
}

/** How to read one message. Its fields are compiled when the first one is read. */
class MessagePlan {
  readonly #shape: MessageShape;
  #fields: readonly FieldPlan[] = [];
  #byName: ReadonlyMap<string, FieldPlan> | undefined;

  constructor(shape: MessageShape) {
    this.#shape = shape;
  }

  read(value: unknown, reader: JsonReader, typeName: string): unknown {
    if (typeof value !== 'object' || Array.isArray(value)) {
      return reader.mismatch(value, typeName, {});
    }
    this.#byName ??= this.#compile();
    const given: unknown[] = new Array(this.#fields.length);
    this.#readGiven(value as Readonly<Record<string, unknown>>, given, reader);
    const object: Record<string, unknown> = {};
    for (const field of this.#fields) {
      const result = given[field.index] ?? field.absent?.();
      if (result !== undefined) object[field.name] = result;
    }
    return object;
  }

  #readGiven(value: Readonly<Record<string, unknown>>, given: unknown[], reader: JsonReader): void {
    // Not "in value": after objects of our own making V8 compiles that anew, again and again.
    let keys = 0;
    for (const key of Object.keys(value)) {
      this.#readField(key, value[key], given, reader);
      if (reader.hasDuplicates) {
        reader.reportDuplicates(value, ++keys, (name) => this.#byName!.has(name));
      }
    }
  }

  #readField(key: string, part: unknown, given: unknown[], reader: JsonReader): void {
    const field = this.#byName!.get(key);
    if (field === undefined) return reader.unknownField(key);
    if (part === null || part === undefined) return;
    reader.enter(field);
    given[field.index] = field.read(part, reader, field.typeName);
    reader.leave();
  }

  /** A value with all fields unset. */
  zero(): Record<string, unknown> {
    this.#byName ??= this.#compile();
    const object: Record<string, unknown> = {};
    for (const { name, absent } of this.#fields) {
      const value = absent?.();
      if (value !== undefined) object[name] = value;
    }
    return object;
  }

  #compile(): ReadonlyMap<string, FieldPlan> {
    const owner = this.#shape.name.slice(this.#shape.name.lastIndexOf('.') + 1);
    this.#fields = this.#shape.fields.map((field, index) => planField(field, owner, index));
    return new Map(this.#fields.map((plan) => [plan.name, plan]));
  }
}

function planField(field: FieldShape, owner: string, index: number): FieldPlan {
  const read = readerOf(field);
  return {
    name: field.name,
    owner,
    errorPath: [...field.embeddedIn, field.name].join('.'),
    index,
    typeName: field.typeName,
    read: field.omitEmpty && !field.pointer ? withoutEmpty(read, field) : read,
    absent: absentValue(field),
  };
}

/** What JSON has for a field that isn't set, made anew; undefined when it then has nothing. */
export function absentValue(field: FieldShape): (() => unknown) | undefined {
  if (field.omitEmpty) return undefined;
  if (field.pointer || field.container !== 'none') return () => null;
  const { type } = field;
  if (isMessage(type)) {
    if (type.union) return () => null;
    const plan = planOf(type);
    return () => plan.zero();
  }
  const { zero } = SCALAR_CODECS[type];
  return () => zero ?? null;
}

/** Drops what is empty. An empty struct is dropped only where all of it is zero (`omitzero`). */
function withoutEmpty(read: Read, { type, container }: FieldShape): Read {
  if (container === 'list') {
    return (value, reader, typeName) => {
      const list = read(value, reader, typeName) as readonly unknown[];
      return list.length === 0 ? undefined : list;
    };
  }
  if (container === 'map') {
    return (value, reader, typeName) => {
      const map = read(value, reader, typeName) as object;
      for (const _ in map) return map;
      return undefined;
    };
  }
  const isEmpty = isMessage(type) ? isZero : (value: unknown) => !value;
  return (value, reader, typeName) => {
    const result = read(value, reader, typeName);
    return isEmpty(result) ? undefined : result;
  };
}

function isZero(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !value;
  return !Array.isArray(value) && Object.values(value).every(isZero);
}

function readerOf(field: FieldShape): Read {
  if (field.container === 'list') return listReader(field);
  if (field.container === 'map') return mapReader(field);
  return valueReader(field.type);
}

function valueReader(type: FieldType): Read {
  if (!isMessage(type)) return SCALAR_CODECS[type].read;
  if (type.union) return unionReader(type);
  const plan = planOf(type);
  return (value, reader, typeName) => plan.read(value, reader, typeName);
}

/** What null, or nothing, is as an element of a list or a map. */
export function elementZero(type: FieldType): () => unknown {
  if (isMessage(type)) {
    if (type.union) return () => null;
    const plan = planOf(type);
    return () => plan.zero();
  }
  if (type === 'bytes') return () => '';
  const { zero } = SCALAR_CODECS[type];
  return () => zero ?? null;
}

function listReader({ type, elementTypeName }: FieldShape): Read {
  const read = valueReader(type);
  const zero = elementZero(type);
  return (value, reader, typeName) => {
    if (!Array.isArray(value)) return reader.mismatch(value, typeName, []);
    const list: unknown[] = new Array(value.length);
    for (let index = 0; index < value.length; index++) {
      const element = value[index];
      if (element === null || element === undefined) {
        list[index] = zero();
        continue;
      }
      reader.enter(index);
      list[index] = read(element, reader, elementTypeName) ?? zero();
      reader.leave();
    }
    return list;
  };
}

function mapReader({ type, elementTypeName }: FieldShape): Read {
  const read = valueReader(type);
  const zero = elementZero(type);
  return (value, reader, typeName) => {
    if (typeof value !== 'object' || Array.isArray(value)) {
      return reader.mismatch(value, typeName, {});
    }
    const map: Record<string, unknown> = {};
    let keys = 0;
    for (const key in value) {
      const element = (value as Readonly<Record<string, unknown>>)[key];
      reader.enter(key);
      const result =
        element === null || element === undefined
          ? undefined
          : read(element, reader, elementTypeName);
      reader.leave();
      setMember(map, key, result ?? zero());
      if (reader.hasDuplicates) reader.reportDuplicates(value, ++keys);
    }
    return map;
  };
}

/** Reads the value of whichever field takes its JSON type. */
function unionReader(shape: MessageShape): Read {
  const byJsonType = new Map<string, { field: FieldShape; read: Read }>();
  for (const field of shape.fields)
    byJsonType.set(jsonType(field), { field, read: readerOf(field) });
  const only = shape.fields.length === 1 ? byJsonType.get('array') : undefined;
  return (value, reader, typeName) => {
    if (only) return only.read(value, reader, typeName);
    const found = byJsonType.get(Array.isArray(value) ? 'array' : typeof value);
    // Of all unions only that of schemas and booleans minds what else it gets.
    if (!found && byJsonType.has('boolean')) {
      throw new DecodeError('boolean or JSON schema expected');
    }
    if (!found) return null;
    return reader.leniently(() => found.read(value, reader, found.field.typeName));
  };
}

function jsonType({ container, type }: FieldShape): string {
  if (container === 'list') return 'array';
  if (isMessage(type)) return 'object';
  return type === 'bool' ? 'boolean' : 'string';
}
