import { type FieldError, invalid, required } from '../field-error.ts';
import type { FieldPath } from '../field-path.ts';
import { isMap, setMember } from '../member.ts';
import type { ObjectMeta } from '../object.ts';
import { checkDns1035Label, checkPathSegmentName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from './schema.ts';

/** Reads the metadata of an object. Throws DecodeError for what isn't any. */
export type MetaReader = (value: unknown) => {
  readonly object: Record<string, unknown>;
  /** Paths of what metadata doesn't have. */
  readonly unknown: readonly string[];
};

const isEmbedded = (schema: JsonSchema): boolean =>
  schema['x-kubernetes-embedded-resource'] === true;

type Draft = Record<string, unknown>;

/** What of a draft is no metadata of an embedded object, and was dropped. */
export interface Coerced {
  readonly unknown: readonly string[];
  /** The first thing that can't be what it should be. */
  readonly error?: FieldError;
}

/** Makes the metadata of objects that a draft holds (not its own) what metadata is. */
export function coerceEmbedded(
  draft: unknown,
  schema: JsonSchema | undefined,
  path: FieldPath,
  readMeta: MetaReader,
): Coerced {
  const unknown: string[] = [];
  const coercer = new Coercer(unknown, readMeta);
  const error = coercer.coerce(draft, schema, path, '');
  return { unknown: unknown.sort(), ...(error && { error }) };
}

class Coercer {
  readonly #unknown: string[];
  readonly #readMeta: MetaReader;

  constructor(unknown: string[], readMeta: MetaReader) {
    this.#unknown = unknown;
    this.#readMeta = readMeta;
  }

  coerce(
    value: unknown,
    schema: JsonSchema | undefined,
    path: FieldPath,
    at: string,
  ): FieldError | undefined {
    if (schema === undefined) return undefined;
    if (Array.isArray(value)) {
      const items = itemsOf(schema);
      return firstOf(value, (each, i) => this.coerce(each, items, path.index(i), `${at}[${i}]`));
    }
    if (!isMap(value)) return undefined;
    return firstOf(Object.keys(value), (key) => {
      const innerAt = at === '' ? key : `${at}.${key}`;
      const inner = path.at(key);
      const error = isEmbedded(schema)
        ? this.#member(value as Draft, key, inner, innerAt)
        : undefined;
      if (error) return error;
      const property = propertyOf(schema, key);
      if (property) return this.coerce(value[key], property, inner, innerAt);
      return this.coerce(value[key], additionalOf(schema), path.key(key), innerAt);
    });
  }

  #member(object: Draft, key: string, path: FieldPath, at: string): FieldError | undefined {
    const value = object[key];
    if (key === 'apiVersion' || key === 'kind') {
      return typeof value === 'string' ? undefined : invalid(path, value, 'must be a string');
    }
    if (key !== 'metadata') return undefined;
    try {
      const { object: meta, unknown } = this.#readMeta(value);
      this.#unknown.push(...unknown.map((name) => `${at}.${name}`));
      if (meta.creationTimestamp === null) delete meta.creationTimestamp;
      setMember(object, key, meta);
      return undefined;
    } catch (error) {
      return invalid(path, value, (error as Error).message);
    }
  }
}

function firstOf<T>(
  list: readonly T[],
  find: (each: T, index: number) => FieldError | undefined,
): FieldError | undefined {
  for (let i = 0; i < list.length; i++) {
    const found = find(list[i]!, i);
    if (found) return found;
  }
  return undefined;
}

/** What is wrong with objects that a value holds, in what every object has. */
export function validateEmbedded(
  value: unknown,
  schema: JsonSchema | undefined,
  path: FieldPath,
): FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return value.flatMap((each, i) => validateEmbedded(each, items, path.index(i)));
  }
  if (!isMap(value)) return [];
  const errors = isEmbedded(schema) ? validateMeta(value, path) : [];
  for (const key of Object.keys(value)) {
    const property = propertyOf(schema, key);
    const inner = property
      ? validateEmbedded(value[key], property, path.at(key))
      : validateEmbedded(value[key], additionalOf(schema), path.key(key));
    errors.push(...inner);
  }
  return errors;
}

function validateMeta(object: Readonly<Record<string, unknown>>, path: FieldPath): FieldError[] {
  const { apiVersion, kind, metadata } = object;
  const errors = [...validateApiVersion(apiVersion, path.at('apiVersion'))];
  if (!kind) errors.push(required(path.at('kind')));
  else if (typeof kind !== 'string')
    errors.push(invalid(path.at('kind'), kind, 'must be a string'));
  else {
    const problems = checkDns1035Label(kind.toLowerCase());
    if (problems.length > 0) {
      const detail = `may have mixed case, but should otherwise match: ${problems.join(',')}`;
      errors.push(invalid(path.at('kind'), kind, detail));
    }
  }
  if (!isMap(metadata)) return errors;
  // A name isn't needed here, but one is asked for.
  const meta = { ...metadata, name: metadata.name || 'fakename' } as unknown as ObjectMeta;
  const options = { namespaced: Boolean(meta.namespace), checkName: checkPathSegmentName };
  return [...errors, ...validateObjectMeta(meta, options, path.at('metadata'))];
}

function validateApiVersion(value: unknown, path: FieldPath): FieldError[] {
  if (!value) return [required(path)];
  if (typeof value !== 'string') return [invalid(path, value, 'must be a string')];
  if (value.split('/').length <= 2) return [];
  return [invalid(path, value, `unexpected GroupVersion string: ${value}`)];
}
