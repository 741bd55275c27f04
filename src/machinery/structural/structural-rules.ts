import { isEqual } from '../equal.ts';
import { type FieldError, forbiddenField, invalid, required } from '../field-error.ts';
import type { FieldPath } from '../field-path.ts';
import { regexOf } from '../regex/regex.ts';
import { additionalOf, itemsOf, type JsonSchema, propertiesOf, propertyOf } from './schema.ts';

type Level = 'root' | 'item' | 'field';

/**
 * What keeps a schema from being structural (KEP-1693): one that says the type of everything
 * outside of `allOf`, `anyOf`, `oneOf` and `not`, which only restrict values.
 */
export function structuralFaults(schema: JsonSchema, path: FieldPath): FieldError[] {
  const errors = [...invariantFaults(schema, 'root', path), ...incompleteParts(schema, path, path)];
  const text = ({ field, message }: FieldError) => `${field}: ${message}`;
  return errors.sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}

const isEmbedded = (schema: JsonSchema): boolean =>
  schema['x-kubernetes-embedded-resource'] === true;

function invariantFaults(schema: JsonSchema, level: Level, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const items = itemsOf(schema);
  if (schema.type === 'array' && !items)
    errors.push(required(path.at('items'), 'must be specified'));
  if (items) errors.push(...invariantFaults(items, 'item', path.at('items')));
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    errors.push(...invariantFaults(property, 'field', path.at('properties').key(name)));
  }
  const additional = additionalOf(schema);
  const additionalPath = path.at('additionalProperties');
  if (schema.additionalProperties !== undefined && level === 'root') {
    errors.push(forbiddenField(additionalPath, 'must not be used at the root'));
  }
  if (additional) errors.push(...invariantFaults(additional, 'field', additionalPath));
  return [
    ...errors,
    ...extensionFaults(schema, path),
    ...restrictionFaults(schema, path, {
      skipsAnyOf: isIntOrString(schema.anyOf),
      skipsFirstAllOf: isIntOrString(schema.allOf?.[0]?.anyOf),
    }),
    ...typeFaults(schema, level, path),
    ...metaFaults(schema, level, path),
  ];
}

const isIntOrString = (schemas: readonly JsonSchema[] | undefined): boolean =>
  isEqual(schemas, [{ type: 'integer' }, { type: 'string' }]);

function extensionFaults(schema: JsonSchema, path: FieldPath): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return [];
  const names = ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const;
  return names
    .filter((name) => schema[name])
    .map((name) =>
      invalid(path.at(name), true, 'must be false if x-kubernetes-int-or-string is true'),
    );
}

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function typeFaults(schema: JsonSchema, level: Level, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { type } = schema;
  const at = path.at('type');
  if (isEmbedded(schema) && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type ? invalid(at, type, detail) : required(at, detail));
  } else if (
    !type &&
    !schema['x-kubernetes-int-or-string'] &&
    !schema['x-kubernetes-preserve-unknown-fields']
  ) {
    errors.push(required(at, EMPTY_TYPE[level]));
  }
  if (isEmbedded(schema) && schema.additionalProperties !== undefined) {
    const detail = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.push(forbiddenField(path.at('additionalProperties'), detail));
  }
  if (level === 'root' && type && type !== 'object') {
    errors.push(invalid(at, type, 'must be object at the root'));
  }
  return errors;
}

/** What an object has anyway may be declared, but not as something else. */
function metaFaults(schema: JsonSchema, level: Level, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const properties = path.at('properties');
  const isObject = level === 'root' || isEmbedded(schema);
  for (const name of isObject ? ['kind', 'apiVersion'] : []) {
    const property = propertyOf(schema, name);
    if (property && property.type !== 'string') {
      errors.push(invalid(properties.key(name).at('type'), property.type ?? '', 'must be string'));
    }
  }
  const metadata = propertyOf(schema, 'metadata');
  const at = properties.key('metadata');
  if (metadata && isObject && metadata.type !== 'object') {
    errors.push(invalid(at.at('type'), metadata.type ?? '', 'must be object'));
  }
  if (metadata && level === 'root' && !restrictsNamesOnly(metadata)) {
    const detail =
      'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(forbiddenField(at, detail));
  }
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (isEmbedded(schema) && !keepsUnknown && Object.keys(propertiesOf(schema)).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(properties, detail));
  }
  return errors;
}

function restrictsNamesOnly({ properties, type: _, default: __, ...rest }: JsonSchema): boolean {
  const names = Object.keys(properties ?? {});
  if (names.some((name) => name !== 'name' && name !== 'generateName')) return false;
  return Object.values(rest).every((value) => value === undefined);
}

interface Skipped {
  readonly skipsAnyOf: boolean;
  readonly skipsFirstAllOf: boolean;
}

const NOTHING_SKIPPED: Skipped = { skipsAnyOf: false, skipsFirstAllOf: false };

/** Of what restricts values: `allOf` and its like, and patterns. */
function restrictionFaults(schema: JsonSchema, path: FieldPath, skipped: Skipped): FieldError[] {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  const errors: FieldError[] = [];
  if (!skipped.skipsAnyOf) {
    errors.push(...anyOf.flatMap((each, i) => nestedFaults(each, path.at('anyOf').index(i))));
  }
  for (const [i, each] of allOf.entries()) {
    const inner = { ...NOTHING_SKIPPED, skipsAnyOf: skipped.skipsFirstAllOf && i === 0 };
    errors.push(...nestedFaults(each, path.at('allOf').index(i), inner));
  }
  errors.push(...oneOf.flatMap((each, i) => nestedFaults(each, path.at('oneOf').index(i))));
  if (not) errors.push(...nestedFaults(not, path.at('not')));
  if (pattern) errors.push(...patternFaults(pattern, path.at('pattern')));
  return errors;
}

function patternFaults(pattern: string, path: FieldPath): FieldError[] {
  try {
    regexOf(pattern);
    return [];
  } catch (error) {
    const why = (error as Error).message;
    return [invalid(path, pattern, `must be a valid regular expression, but isn't: ${why}`)];
  }
}

const FORBIDDEN_WHEN_NESTED: readonly (readonly [keyof JsonSchema, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

const isSet = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== '' &&
  !(Array.isArray(value) && value.length === 0);

/** Of a schema that only restricts values: it may not say what they are. */
function nestedFaults(
  schema: JsonSchema,
  path: FieldPath,
  skipped: Skipped = NOTHING_SKIPPED,
): FieldError[] {
  const errors = restrictionFaults(schema, path, skipped);
  const items = itemsOf(schema);
  if (items) errors.push(...nestedFaults(items, path.at('items')));
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    errors.push(...nestedFaults(property, path.at('properties').key(name)));
  }
  for (const [name, detail] of FORBIDDEN_WHEN_NESTED) {
    const value = schema[name];
    const counts = name === 'additionalProperties' ? value !== undefined : value !== false;
    if (counts && isSet(value)) errors.push(forbiddenField(path.at(name), detail));
  }
  if (propertyOf(schema, 'metadata')) {
    const detail = 'must not be specified in a nested context';
    errors.push(forbiddenField(path.at('properties').key('metadata'), detail));
  }
  return errors;
}

/** What restrictions speak of and nobody has declared. */
function incompleteParts(schema: JsonSchema, path: FieldPath, at: FieldPath): FieldError[] {
  return restrictedParts(schema, schema, path, at);
}

function restrictedParts(
  restriction: JsonSchema,
  schema: JsonSchema,
  path: FieldPath,
  at: FieldPath,
): FieldError[] {
  const { not, allOf = [], anyOf = [], oneOf = [] } = restriction;
  const within = (inner: JsonSchema, innerAt: FieldPath) =>
    nestedParts(inner, schema, path, innerAt);
  return [
    ...(not ? within(not, at.at('not')) : []),
    ...allOf.flatMap((each, i) => within(each, at.at('allOf').index(i))),
    ...anyOf.flatMap((each, i) => within(each, at.at('anyOf').index(i))),
    ...oneOf.flatMap((each, i) => within(each, at.at('oneOf').index(i))),
  ];
}

function nestedParts(
  restriction: JsonSchema,
  schema: JsonSchema | undefined,
  path: FieldPath,
  at: FieldPath,
): FieldError[] {
  if (schema === undefined) return [required(path, `because it is defined in ${at}`)];
  const errors = restrictedParts(restriction, schema, path, at);
  const items = itemsOf(restriction);
  if (items) {
    errors.push(...nestedParts(items, itemsOf(schema), path.at('items'), at.at('items')));
  }
  for (const [name, inner] of Object.entries(propertiesOf(restriction))) {
    const [declaredAt, innerAt] = [path, at].map((each) => each.at('properties').key(name));
    errors.push(...nestedParts(inner, propertyOf(schema, name), declaredAt!, innerAt!));
  }
  return errors;
}
