import { itemsOf } from '../cel/collections.ts';
import { equals } from '../cel/equality.ts';
import { printDuration, printTimestamp } from '../cel/functions/time.ts';
import { type Overload, overload } from '../cel/overload.ts';
import type { Extras, StructTypes } from '../cel/structs.ts';
import { DYN, listOf, STRING, type Type } from '../cel/types.ts';
import {
  Duration,
  isList,
  isMap,
  isObject,
  Opaque,
  plainText,
  Timestamp,
  Uint,
  type Value,
} from '../cel/values.ts';

/** A value with fields that an expression has made. */
abstract class Made extends Opaque {
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, Value>;

  constructor(typeName: string, fields: ReadonlyMap<string, Value>) {
    super();
    this.typeName = typeName;
    this.fields = fields;
  }

  equals(other: Opaque): boolean {
    if (!(other instanceof Made) || other.fields.size !== this.fields.size) return false;
    return [...this.fields].every(([name, value]) => {
      const found = other.fields.get(name);
      return found !== undefined && equals(value, found);
    });
  }
}

/** `Object{…}`: what an ApplyConfiguration sets. Its fields can't be read again. */
export class MadeObject extends Made {}

/** `JSONPatch{…}`: one operation (RFC 6902). */
export class MadePatch extends Made {
  override field(name: string): Value | undefined {
    const isText = name === 'op' || name === 'path' || name === 'from';
    return this.fields.get(name) ?? (isText ? '' : undefined);
  }

  override has(name: string): boolean {
    return name === 'value' ? this.fields.has(name) : this.field(name) !== '';
  }
}

const OBJECT_NAME = 'Object';
const PATCH_NAME = 'JSONPatch';

/** Its fields aren't known: each may be of any type. */
const made = (name: string): Type => ({ kind: 'object', name, params: [], minBytes: 2 });

/** What the expression of an ApplyConfiguration must give. */
export const OBJECT: Type = made(OBJECT_NAME);
const PATCH: Type = made(PATCH_NAME);
/** What the expression of a JSONPatch must give. */
export const PATCHES: Type = listOf(PATCH);

const PATCH_FIELDS: Readonly<Record<string, Type>> = {
  ...{ op: STRING, path: STRING, from: STRING, value: DYN },
};

const structs: StructTypes = {
  find(name) {
    if (name === PATCH_NAME) return PATCH;
    if (name === OBJECT_NAME) return OBJECT;
    return name.startsWith(`${OBJECT_NAME}.`) ? made(name) : undefined;
  },
  fieldOf({ name }, field) {
    if (name !== PATCH_NAME) return DYN;
    return Object.hasOwn(PATCH_FIELDS, field) ? PATCH_FIELDS[field] : undefined;
  },
  make: ({ name }, fields) =>
    name === PATCH_NAME ? new MadePatch(name, fields) : new MadeObject(name, fields),
};

/** A key as a step of a path in a JSON patch. */
const escapeKey = (key: string): string =>
  key.replace(/[~/]/g, (each) => (each === '/' ? '~1' : '~0'));

const functions: ReadonlyMap<string, readonly Overload[]> = new Map([
  [
    'jsonpatch.escapeKey',
    [
      overload(
        'jsonpatch.escapeKey',
        'string_jsonpatch_escapeKey_string',
        '(string) string',
        escapeKey,
      ),
    ],
  ],
]);

/** What only expressions of mutations can use. */
export const PATCH_EXTRAS: Extras = { structs, functions };

/** Values that no JSON stands for. */
export class UnplainError extends Error {
  override readonly name = 'UnplainError';
}

/** A value as JSON. Throws UnplainError. */
export function plainOf(value: Value): unknown {
  switch (typeof value) {
    case 'bigint':
      return integer(value);
    case 'string':
    case 'boolean':
    case 'number':
      return value;
  }
  if (value === null) return null;
  if (value instanceof Uint) return integer(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Timestamp) return printTimestamp(value);
  if (value instanceof Duration) return printDuration(value);
  if (isList(value)) return itemsOf(value).map(plainOf);
  if (value instanceof MadeObject) return plainFields(value.fields);
  if (isMap(value)) {
    return plainFields(new Map(value.keys().map((key) => [plainText(key), value.get(key)!])));
  }
  if (isObject(value)) return value.data;
  throw new UnplainError(`no JSON stands for ${plainText(value)}`);
}

const plainFields = (fields: ReadonlyMap<string, Value>): object =>
  Object.fromEntries([...fields].map(([name, value]) => [name, plainOf(value)]));

const integer = (value: bigint): number | string =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
    ? Number(value)
    : String(value);

/**
 * What is wrong with the names of types: each object's in another must be where it stands, as in
 * `Object{spec: Object.spec{…}}`. The outermost may be of any: it is where a patch puts it.
 */
export const misnamedTypes = (value: MadeObject): string[] => misnamed(value, value.typeName);

function misnamed(value: Value, path: string): string[] {
  if (value instanceof MadeObject) {
    const { typeName, fields } = value;
    const inside = [...fields].flatMap(([name, each]) => misnamed(each, `${path}.${name}`));
    if (typeName === path) return inside;
    const found = `unexpected type name "${typeName}", expected "${path}"`;
    return [`${found}, which matches field name path from root Object type`, ...inside];
  }
  if (isList(value)) return itemsOf(value).flatMap((each) => misnamed(each, path));
  if (isMap(value)) return value.keys().flatMap((key) => misnamed(value.get(key)!, path));
  return [];
}
