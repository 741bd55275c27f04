import { memberOf } from '../member.ts';
import { parseDate, parseDuration, parseTimestamp } from './functions/time.ts';
import { DYN, type Type } from './types.ts';
import {
  CelError,
  type CelList,
  type CelMap,
  type CelObject,
  Optional,
  type Value,
} from './values.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A list in the data. Items become values as they are looked at. */
class DataList implements CelList {
  readonly isList = true;
  readonly declared: Type;
  readonly #items: readonly unknown[];

  constructor(items: readonly unknown[], declared: Type) {
    this.#items = items;
    this.declared = declared;
  }

  get length(): number {
    return this.#items.length;
  }

  at(index: number): Value {
    return toValue(this.#items[index], this.declared.params[0]!);
  }
}

/** An object in the data whose keys aren't declared. */
class DataMap implements CelMap {
  readonly isMap = true;
  readonly #data: Fields;
  readonly #type: Type;

  constructor(data: Fields, type: Type) {
    this.#data = data;
    this.#type = type;
  }

  get size(): number {
    return Object.keys(this.#data).length;
  }

  get(key: Value): Value | undefined {
    const found = typeof key === 'string' ? memberOf(this.#data, key) : undefined;
    return found === undefined ? undefined : toValue(found, this.#type);
  }

  keys(): readonly Value[] {
    return Object.keys(this.#data);
  }
}

/** An object in the data whose fields are declared. */
class DataObject implements CelObject {
  readonly isObject = true;
  readonly data: Fields;
  readonly declared: Type;

  constructor(data: Fields, declared: Type) {
    this.data = data;
    this.declared = declared;
  }

  get typeName(): string {
    return this.declared.name;
  }

  get(name: string): Value | undefined {
    const field = this.declared.fields!.get(name) ?? this.declared.fields!.get(`__${name}__`);
    if (field === undefined) return undefined;
    // A field that is null counts as one that isn't there.
    const found = memberOf(this.data, field.property) ?? undefined;
    return found === undefined ? undefined : toValue(found, field.type);
  }
}

const isFields = (data: unknown): data is Fields =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

const unlike = (data: unknown, wanted: string): CelError =>
  new CelError(
    `invalid data, expected ${wanted}, got ${Array.isArray(data) ? 'array' : typeof data}`,
  );

const DYN_LIST: Type = { kind: 'list', name: 'list', params: [DYN] };

/** Data whose type isn't declared: whole numbers are integers. */
function toAnyValue(data: unknown): Value {
  switch (typeof data) {
    case 'number':
      return Number.isSafeInteger(data) ? BigInt(data) : data;
    case 'string':
    case 'boolean':
    case 'bigint':
      return data;
  }
  if (data === null || data === undefined) return null;
  return Array.isArray(data) ? new DataList(data, DYN_LIST) : new DataMap(data as Fields, DYN);
}

function textToValue(text: string, type: Type): Value {
  switch (type.format) {
    case 'byte':
      return new Uint8Array(Buffer.from(text, 'base64'));
    case 'date':
      return parseDate(text) ?? new CelError(`Invalid date format ${text}`);
    case 'date-time':
      return parseTimestamp(text) ?? new CelError(`Invalid date-time format ${text}`);
    case 'duration':
      return parseDuration(text) ?? new CelError(`Invalid duration ${text}`);
    default:
      return text;
  }
}

/** Plain data (JSON) as a value of the type that is declared for it. The data must not change. */
export function toValue(data: unknown, type: Type): Value {
  if (data === null) return null;
  switch (type.kind) {
    case 'int':
      return typeof data === 'number' && Number.isInteger(data)
        ? BigInt(data)
        : unlike(data, 'int');
    case 'double':
      return typeof data === 'number' ? data : unlike(data, 'double');
    case 'bool':
      return typeof data === 'boolean' ? data : unlike(data, 'bool');
    case 'string':
    case 'bytes':
    case 'timestamp':
    case 'duration':
      return typeof data === 'string' ? textToValue(data, type) : unlike(data, 'string');
    case 'list':
      return Array.isArray(data) ? new DataList(data, type) : unlike(data, 'array');
    case 'map':
      return isFields(data) ? new DataMap(data, type.params[1]!) : unlike(data, 'map');
    case 'object':
      return isFields(data) ? new DataObject(data, type) : unlike(data, 'object');
    case 'opaque':
      return data === undefined ? Optional.none : new Optional(toValue(data, type.params[0]!));
    default:
      return toAnyValue(data);
  }
}
