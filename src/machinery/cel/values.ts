import type { Type } from './types.ts';

/** Something went wrong while evaluating. An error is a value: `||` and `&&` may do without it. */
export class CelError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** An unsigned 64-bit integer. (A plain `bigint` is a signed one, a `number` a double.) */
export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** A time span in nanoseconds. */
export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A moment: nanoseconds since 1970 in UTC. */
export class Timestamp {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A type as a value: what `type(x)` gives. */
export class TypeValue {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A value, or its absence. */
export class Optional {
  static readonly none: Optional = new Optional(undefined);
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** A value that only functions of a library can look into. */
export abstract class Opaque {
  /** The name of its type. */
  abstract readonly typeName: string;
  /** Whether it means the same as another value of its class. */
  abstract equals(other: Opaque): boolean;
  /** The value of a field; undefined where it isn't set, as always if there are none. */
  field(_name: string): Value | undefined {
    return undefined;
  }
  /** Whether a field is set. */
  has(name: string): boolean {
    return this.field(name) !== undefined;
  }
}

/** Several values in order. */
export interface CelList {
  readonly isList: true;
  readonly length: number;
  /** The item there; the index must be in range. */
  at(index: number): Value;
  /** Where the schema says that the order is of no meaning, or that keys tell items apart. */
  readonly declared: Type | undefined;
}

/** Values by keys. */
export interface CelMap {
  readonly isMap: true;
  readonly size: number;
  /** The value, found by a key of any numeric type that is equal. */
  get(key: Value): Value | undefined;
  keys(): readonly Value[];
}

/** An object with declared fields. */
export interface CelObject {
  readonly isObject: true;
  readonly typeName: string;
  /** The field's value; undefined if it isn't set; an error if it isn't declared. */
  get(field: string): Value | undefined;
  /** Its data, to compare. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly declared: Type;
}

/** Whatever an expression can be. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint
  | Uint8Array
  | Duration
  | Timestamp
  | TypeValue
  | Optional
  | Opaque
  | CelList
  | CelMap
  | CelObject
  | CelError;

export const isError = (value: Value): value is CelError => value instanceof CelError;
const has = (value: Value, mark: 'isList' | 'isMap' | 'isObject'): boolean =>
  typeof value === 'object' && value !== null && mark in value;
export const isList = (value: Value): value is CelList => has(value, 'isList');
export const isMap = (value: Value): value is CelMap => has(value, 'isMap');
export const isObject = (value: Value): value is CelObject => has(value, 'isObject');

export const noSuchOverload = (): CelError => new CelError('no such overload');
export const noSuchKey = (key: Value): CelError => new CelError(`no such key: ${plainText(key)}`);

/** The name of a value's type, as `type(x)` and messages have it. */
export function typeNameOf(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
  }
  if (value === null) return 'null_type';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof TypeValue) return 'type';
  if (value instanceof Optional) return 'optional_type';
  if (isList(value)) return 'list';
  if (isMap(value)) return 'map';
  return value instanceof CelError ? '!error!' : value.typeName;
}

/** Scalars as messages print them. */
export function plainText(value: Value): string {
  if (value instanceof Uint) return String(value.value);
  return typeof value === 'object' ? typeNameOf(value) : String(value);
}

// A fold may ask for the size of one long text again and again.
const LONG = 4096;
let lastLong = '';
let lastCount = 0;

/** How many characters a text has, where a surrogate pair is one. */
export function codePoints(text: string): number {
  if (text.length < LONG) return countCodePoints(text);
  if (text !== lastLong) [lastLong, lastCount] = [text, countCodePoints(text)];
  return lastCount;
}

function countCodePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) count--;
  return count;
}

/** What `size()` says, and 1 for values without a size: costs grow with it. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return codePoints(value);
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Optional) return value.value === undefined ? 1 : sizeOf(value.value);
  if (isList(value)) return value.length;
  if (isObject(value)) return Object.keys(value.data).length;
  return isMap(value) ? value.size : 1;
}
