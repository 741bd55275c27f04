import { canonicalBase64 } from './base64.ts';
import { DecodeError } from './decode-error.ts';
import { JsonReader } from './json-reader.ts';
import { SCALAR_CODECS } from './json-scalars.ts';
import { isMap } from './member.ts';
import { printType } from './print.ts';
import { type FieldType, isMessage, type MessageShape, type ScalarType } from './shape.ts';

/**
 * What strategic merge patches and applies result in is read by another decoder in Kubernetes than
 * what comes as text: it goes by the fields of the type, not by the keys that are there, stops at
 * the first value that doesn't fit, and has words of its own. Good data mean the same to both, so
 * all is read as text is, and only what that refuses is read again here.
 */
export interface Unstructured {
  /** Why the data can't be read, if they can't. */
  readonly problem: string | undefined;
  /** `unknown field "spec.foo"`, sorted. */
  readonly unknown: readonly string[];
  /** The data with integers as they come out: 32 bits of what has more, and the smallest of 64. */
  readonly value: unknown;
}

export interface UnstructuredOptions {
  /** All numbers were read as floating-point numbers, as those of YAML are. */
  readonly floats?: boolean;
}

/** Reads plain data as a message, for what is wrong with them. */
export function readUnstructured(
  shape: MessageShape,
  value: unknown,
  options: UnstructuredOptions = {},
): Unstructured {
  const walk = new Walk(options);
  try {
    const read = walk.message(shape, value, '');
    return { problem: undefined, unknown: walk.unknown.sort(byText), value: read };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { problem: error.message, unknown: [], value };
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Kinds of Go's values, as its reflection names them. */
const GO_KINDS: Partial<Readonly<Record<ScalarType, string>>> = { double: 'float64' };

class Walk {
  readonly unknown: string[] = [];
  readonly #options: UnstructuredOptions;

  constructor(options: UnstructuredOptions) {
    this.#options = options;
  }

  message(shape: MessageShape, value: unknown, path: string): unknown {
    if (shape.union) return this.#union(shape, value, path);
    if (!isMap(value)) throw new DecodeError(`cannot restore struct from: ${this.#kindOf(value)}`);
    const read: Record<string, unknown> = { ...value };
    for (const field of shape.fields) {
      const given = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
      if (given === undefined || given === null) continue;
      const at = path ? `${path}.${field.name}` : field.name;
      const { type, container } = field;
      if (container === 'list') read[field.name] = this.#list(field, given, at);
      else if (container === 'map') read[field.name] = this.#map(field, given, at);
      else read[field.name] = this.#value(type, given, at, field.typeName);
    }
    for (const key of Object.keys(value)) {
      if (shape.fieldsByName.has(key)) continue;
      this.unknown.push(`unknown field "${path ? `${path}.` : ''}${key}"`);
    }
    return read;
  }

  // A list by another name is one; other unions decode themselves, and take what fits.
  #union({ fields: [field, ...others] }: MessageShape, value: unknown, path: string): unknown {
    return others.length === 0 && field?.container === 'list'
      ? this.#list(field, value, path)
      : value;
  }

  #list({ type, elementTypeName }: Elements, value: unknown, path: string): unknown {
    if (!Array.isArray(value)) {
      throw new DecodeError(`cannot restore slice from ${this.#kindOf(value)}`);
    }
    return value.map((each, i) =>
      each === null ? null : this.#value(type, each, `${path}[${i}]`, elementTypeName),
    );
  }

  // Keys of maps don't count as places.
  #map({ type, elementTypeName }: Elements, value: unknown, path: string): unknown {
    if (!isMap(value)) throw new DecodeError(`cannot restore map from ${this.#kindOf(value)}`);
    const entries = Object.entries(value).map(
      ([key, each]) =>
        [key, each === null ? null : this.#value(type, each, path, elementTypeName)] as const,
    );
    return Object.fromEntries(entries);
  }

  #value(type: FieldType, value: unknown, path: string, typeName: string): unknown {
    if (isMessage(type)) return this.message(type, value, path);
    switch (type) {
      case 'string':
      case 'bool':
      case 'int32':
      case 'int64':
      case 'double':
        return this.#scalar(type, value, typeName);
      case 'bytes':
        return this.#bytes(value);
      default: {
        // Types that decode themselves do so as ever.
        const reader = new JsonReader();
        SCALAR_CODECS[type].read(value, reader, typeName);
        reader.finish();
        return value;
      }
    }
  }

  #scalar(type: ScalarType, value: unknown, typeName: string): unknown {
    const isNumber = typeof value === 'number';
    if (type === 'string' ? typeof value === 'string' : type === 'bool' && value === !!value) {
      return value;
    }
    const isWhole = Number.isInteger(value) && !this.#options.floats;
    // Go converts integers to text, as characters; JSON doesn't, and so that has words of its own.
    if (isNumber && type === 'string' && isWhole) throw noConversion('int64', typeName);
    if (!isNumber || type === 'string' || type === 'bool') {
      throw new DecodeError(`unrecognized type: ${GO_KINDS[type] ?? type}`);
    }
    if (type === 'double') return value;
    if (!Number.isInteger(value)) throw noConversion('float64', typeName);
    return type === 'int32' ? this.#int32(value) : isInt64(value) ? value : -(2 ** 63);
  }

  #int32(value: number): number {
    if ((value | 0) === value) return value;
    const isFloat = this.#options.floats || !isInt64(value);
    return isFloat ? -(2 ** 31) : Number(BigInt.asIntN(32, BigInt(value)));
  }

  #bytes(value: unknown): unknown {
    if (Array.isArray(value)) return value;
    if (typeof value !== 'string') {
      throw new DecodeError(`cannot restore slice from ${this.#kindOf(value)}`);
    }
    try {
      canonicalBase64(value);
      return value;
    } catch (error) {
      throw new DecodeError(`error decoding from json: ${(error as DecodeError).message}`);
    }
  }

  #kindOf(value: unknown): string {
    if (typeof value !== 'object') return printType(value, this.#options);
    return Array.isArray(value) ? 'slice' : 'map';
  }
}

/** Larger numbers are read as floating-point ones, of which processors make the smallest integer. */
const isInt64 = (value: number): boolean => value >= -(2 ** 63) && value < 2 ** 63;

interface Elements {
  readonly type: FieldType;
  readonly elementTypeName: string;
}

const noConversion = (from: string, to: string): DecodeError =>
  new DecodeError(`cannot convert ${from} to ${to}`);
