import { escapeField } from './escaping.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  type Field,
  INT,
  type ListTopology,
  listOf,
  mapOf,
  objectOf,
  STRING,
  TIMESTAMP,
  type Type,
} from './types.ts';

/** What of a structural schema says how values are typed and how large they get. */
export interface DeclaringSchema {
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly properties?: Readonly<Record<string, DeclaringSchema>> | undefined;
  readonly additionalProperties?: DeclaringSchema | boolean | undefined;
  readonly items?: DeclaringSchema | undefined;
  readonly required?: readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly default?: unknown;
  readonly maxLength?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly maxProperties?: number | undefined;
  readonly 'x-kubernetes-int-or-string'?: boolean | undefined;
  readonly 'x-kubernetes-embedded-resource'?: boolean | undefined;
  readonly 'x-kubernetes-list-type'?: string | undefined;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[] | undefined;
}

/** The most bytes that a request may have: nothing in an object gets longer. */
const REQUEST_BYTES_MAX = 3 * 1024 * 1024;
const IN_QUOTES_MAX = REQUEST_BYTES_MAX - 2;
const DURATION_LENGTH_MAX = 32;
const DATE_LENGTH = 12;
const DATE_TIME_LENGTH_MAX = 32;
const DATE_TIME_BYTES_MIN = 21;
// A code point takes up to four bytes, and costs count bytes.
const BYTES_PER_CHARACTER = 4;

const positive = (value: number): number => Math.max(0, value);

/** What the API server knows of every object, whatever its schema says. */
const META: Readonly<Record<string, DeclaringSchema>> = {
  kind: { type: 'string' },
  apiVersion: { type: 'string' },
  metadata: {
    type: 'object',
    properties: { name: { type: 'string' }, generateName: { type: 'string' } },
  },
};

/**
 * The type of values of a schema, or undefined if rules can't see them: nothing is known of those.
 * `isResource` says that the schema is of a whole object with apiVersion, kind and metadata.
 */
export function declareSchema(schema: DeclaringSchema, isResource: boolean): Type | undefined {
  const type = declare(schema, isResource);
  return type && named(type, 'selfType1');
}

function declare(schema: DeclaringSchema, isResource: boolean): Type | undefined {
  if (schema['x-kubernetes-int-or-string']) {
    return { ...DYN, maxElements: IN_QUOTES_MAX };
  }
  switch (schema.type) {
    case 'array':
      return declareList(schema);
    case 'object':
      return declareObject(schema, isResource || schema['x-kubernetes-embedded-resource'] === true);
    case 'string':
      return declareString(schema);
    case 'boolean':
      return BOOL;
    case 'number':
      return DOUBLE;
    case 'integer':
      return INT;
    default:
      return undefined;
  }
}

function declareList(schema: DeclaringSchema): Type | undefined {
  const item = schema.items && declare(schema.items, false);
  if (item === undefined) return undefined;
  const most = Math.trunc((REQUEST_BYTES_MAX - 2) / (item.minBytes! + 1));
  const max = schema.maxItems === undefined ? most : positive(schema.maxItems);
  const topology = topologyOf(schema);
  return { ...listOf(item, max), ...(topology && { topology }) };
}

function topologyOf(schema: DeclaringSchema): ListTopology | undefined {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return undefined;
  return { type, keys: schema['x-kubernetes-list-map-keys'] ?? [] };
}

function declareObject(schema: DeclaringSchema, isResource: boolean): Type | undefined {
  const values = schema.additionalProperties;
  if (typeof values === 'object') return declareMap(schema, values);
  const fields = new Map<string, Field>();
  let minBytes = 2;
  const properties = { ...schema.properties, ...(isResource && metaOf(schema)) };
  for (const [property, fieldSchema] of Object.entries(properties)) {
    const type = declare(fieldSchema, false);
    if (type === undefined) continue;
    const name = escapeField(property);
    if (name !== undefined) fields.set(name, { type, property });
    if (schema.required?.includes(property) && (fieldSchema.default ?? null) === null) {
      minBytes += Buffer.byteLength(property) + type.minBytes! + 4;
    }
  }
  return { ...objectOf('object', fields), minBytes };
}

/** What every object has, unless the schema itself says all of it. */
function metaOf({ properties }: DeclaringSchema): Readonly<Record<string, DeclaringSchema>> {
  const own = properties?.metadata?.properties;
  const isComplete =
    properties?.kind?.type === 'string' &&
    properties.apiVersion?.type === 'string' &&
    own?.name?.type === 'string' &&
    own.generateName?.type === 'string';
  return isComplete ? {} : META;
}

function declareMap(schema: DeclaringSchema, values: DeclaringSchema): Type | undefined {
  const value = declare(values, false);
  if (value === undefined) return undefined;
  const most = Math.trunc((REQUEST_BYTES_MAX - 2) / (value.minBytes! + 6));
  const max = schema.maxProperties === undefined ? most : positive(schema.maxProperties);
  return mapOf(STRING, value, max);
}

function declareString(schema: DeclaringSchema): Type {
  const { format, maxLength } = schema;
  switch (format) {
    case 'byte':
      return { ...BYTES, format, maxElements: positive(maxLength ?? IN_QUOTES_MAX) };
    case 'duration':
      return { ...DURATION, format, maxElements: DURATION_LENGTH_MAX, minBytes: 3 };
    case 'date':
      return { ...TIMESTAMP, format, maxElements: DATE_LENGTH, minBytes: DATE_LENGTH };
    case 'date-time':
      return {
        ...TIMESTAMP,
        ...{ format, maxElements: DATE_TIME_LENGTH_MAX, minBytes: DATE_TIME_BYTES_MIN },
      };
    default:
      return { ...STRING, maxElements: textMax(schema) };
  }
}

function textMax({ maxLength, enum: values }: DeclaringSchema): number {
  if (maxLength !== undefined) return positive(maxLength) * BYTES_PER_CHARACTER;
  if (!values || values.length === 0) return IN_QUOTES_MAX;
  const lengths = values.map((each) => (typeof each === 'string' ? Buffer.byteLength(each) : 0));
  return lengths.reduce((most, length) => Math.max(most, length), 0);
}

/** Names objects after where they are, so that types of different places differ. */
function named(type: Type, name: string): Type {
  if (type.kind === 'object') {
    const fields = new Map<string, Field>();
    for (const [key, field] of type.fields!) {
      fields.set(key, { ...field, type: named(field.type, `${name}.${key}`) });
    }
    return { ...type, name, fields };
  }
  if (type.kind === 'map') {
    return { ...type, params: [type.params[0]!, named(type.params[1]!, `${name}.@elem`)] };
  }
  if (type.kind === 'list') return { ...type, params: [named(type.params[0]!, `${name}.@idx`)] };
  return type;
}
