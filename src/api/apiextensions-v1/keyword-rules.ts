import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { additionalOf, hasDefault, itemsOf } from '../../machinery/structural/schema.ts';
import { followPath } from '../../machinery/structural/schema-path.ts';
import { validateEach } from '../checks.ts';
import type { JSONSchemaProps, ValidationRule } from '../generated/apiextensions/v1/types.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const REASONS = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
];

/** Where in a schema another one stands, and what may not be said there. */
export interface SchemaPlace {
  /** Why defaults are forbidden, where they are. */
  readonly forbidsDefaults?: string;
  /** It describes the metadata of an object. */
  readonly isInMeta?: boolean;
  /** Takes up the schemas in which something is wrong, or in those within. */
  readonly faulty: Set<object>;
}

/** Keywords that OpenAPI has and custom resources don't, in one schema. */
export function validateKeywords(
  schema: JSONSchemaProps,
  path: FieldPath,
  place: SchemaPlace,
): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (name: string, detail = `${name} is not supported`) =>
    errors.push(forbiddenField(path.at(name), detail));
  const { type, items } = schema;
  if (type && !TYPES.includes(type)) errors.push(notSupported(path.at('type'), type, TYPES));
  if (hasDefault(schema) && place.forbidsDefaults !== undefined) {
    forbid('default', `must not be set ${place.forbidsDefaults}`);
  }
  if (schema.id) forbid('id');
  if (schema.additionalItems !== undefined) forbid('additionalItems');
  for (const name of ['patternProperties', 'definitions'] as const) {
    if (Object.keys(schema[name] ?? {}).length > 0) forbid(name);
  }
  if (schema.dependencies !== undefined) forbid('dependencies');
  if (schema.$ref !== undefined) forbid('$ref');
  if (type === 'null') forbid('type', 'type cannot be set to null, use nullable as an alternative');
  if (Array.isArray(items) && items.length > 0) {
    forbid('items', 'items must be a schema object and not an array');
  }
  if (place.isInMeta && schema['x-kubernetes-embedded-resource']) {
    forbid('x-kubernetes-embedded-resource', 'must not be used inside of resource meta');
  }
  if (schema.uniqueItems) {
    const detail =
      'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    forbid('uniqueItems', detail);
  }
  const hasProperties = Object.keys(schema.properties ?? {}).length > 0;
  const { additionalProperties: additional } = schema;
  if (hasProperties && additional !== undefined && additional !== true) {
    const detail = 'additionalProperties and properties are mutual exclusive';
    forbid('additionalProperties', detail);
  }
  return errors;
}

/** Kubernetes' own keywords, in one schema. */
export function validateExtensions(schema: JSONSchemaProps, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const keeps = 'x-kubernetes-preserve-unknown-fields';
  if (schema[keeps] === false) {
    errors.push(invalid(path.at(keeps), false, 'must be true or undefined'));
  }
  return [
    ...errors,
    ...validateMapType(schema, path),
    ...validateListType(schema, path),
    ...validateListKeys(schema, path),
    ...validateElements(schema, path),
    ...validateEach(
      schema['x-kubernetes-validations'],
      path.at('x-kubernetes-validations'),
      (rule, at) => validateRule(rule, schema, at),
    ),
  ];
}

/** A keyword that only a certain type may have. */
function validateTypeOf(
  schema: JSONSchemaProps,
  wanted: string,
  keyword: string,
  path: FieldPath,
): FieldError[] {
  if (schema.type === wanted) return [];
  const detail = `must be ${wanted} if ${keyword} is specified`;
  const at = path.at('type');
  return [schema.type ? invalid(at, schema.type, detail) : required(at, detail)];
}

function validateMapType(schema: JSONSchemaProps, path: FieldPath): FieldError[] {
  const keyword = 'x-kubernetes-map-type';
  const value = schema[keyword];
  if (value === undefined) return [];
  const errors = validateTypeOf(schema, 'object', keyword, path);
  if (value === 'atomic' || value === 'granular') return errors;
  return [...errors, notSupported(path.at(keyword), value, ['atomic', 'granular'])];
}

const LIST_TYPE = 'x-kubernetes-list-type';
const LIST_KEYS = 'x-kubernetes-list-map-keys';

function validateListType(schema: JSONSchemaProps, path: FieldPath): FieldError[] {
  const value = schema[LIST_TYPE];
  const errors: FieldError[] = [];
  if (value !== undefined) {
    const wrongType = validateTypeOf(schema, 'array', LIST_TYPE, path);
    errors.push(...(wrongType.length > 0 ? wrongType : validateSetItems(schema, path)));
    if (!['atomic', 'set', 'map'].includes(value)) {
      errors.push(notSupported(path.at(LIST_TYPE), value, ['atomic', 'set', 'map']));
    }
  }
  if ((schema[LIST_KEYS]?.length ?? 0) > 0 && value !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const at = path.at(LIST_TYPE);
    errors.push(value === undefined ? required(at, detail) : invalid(at, value, detail));
  }
  return errors;
}

/** Elements of sets are compared whole, so nobody can own a part of one. */
function validateSetItems(schema: JSONSchemaProps, path: FieldPath): FieldError[] {
  const items = itemsOf(schema) as JSONSchemaProps | undefined;
  if (schema[LIST_TYPE] !== 'set' || !items) return [];
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items[LIST_TYPE];
  const mapType = 'x-kubernetes-map-type';
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [invalid(path.at('items', LIST_TYPE), listType, detail)];
  }
  if (items.type !== 'object' || items[mapType] === 'atomic') return [];
  return [invalid(path.at('items', mapType), listType, detail)];
}

function validateListKeys(schema: JSONSchemaProps, path: FieldPath): FieldError[] {
  if (schema[LIST_TYPE] !== 'map') return [];
  const keys = schema[LIST_KEYS] ?? [];
  const errors: FieldError[] = [];
  const at = path.at('items');
  if (keys.length === 0) {
    const detail = 'must not be empty if x-kubernetes-list-type is map';
    errors.push(required(path.at(LIST_KEYS), detail));
  }
  const items = itemsOf(schema);
  if (schema.items === undefined) {
    errors.push(required(at, 'must have a schema if x-kubernetes-list-type is map'));
  } else if (!items) {
    const detail = 'must only have a single schema if x-kubernetes-list-type is map';
    errors.push(invalid(at, schema.items, detail));
  } else if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(invalid(at.at('type'), items.type ?? '', detail));
  } else errors.push(...validateKeys(keys, items as JSONSchemaProps, path));
  return errors;
}

function validateKeys(
  keys: readonly string[],
  items: JSONSchemaProps,
  path: FieldPath,
): FieldError[] {
  const at = path.at(LIST_KEYS);
  const seen = new Set<string>();
  // Both show all keys, and so are made once, however many of them are wrong.
  let [unknown, repeated]: [FieldError?, FieldError?] = [];
  return keys.flatMap((key) => {
    const errors: FieldError[] = [];
    const property = items.properties?.[key];
    if (!property) {
      unknown ??= invalid(at, keys, 'entries must all be names of item properties');
      errors.push(unknown);
    } else if (property.type === 'array' || property.type === 'object') {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      const typePath = path.at('items', 'properties').key(key).at('type');
      errors.push(invalid(typePath, items.type, detail));
    }
    if (seen.has(key)) {
      repeated ??= invalid(at, keys, 'must not contain duplicate entries');
      errors.push(repeated);
    }
    seen.add(key);
    return errors;
  });
}

/** Elements that are told apart have to be there, with all their keys. */
function validateElements(schema: JSONSchemaProps, path: FieldPath): FieldError[] {
  const items = itemsOf(schema) as JSONSchemaProps | undefined;
  const listType = schema[LIST_TYPE];
  if (!items || (listType !== 'set' && listType !== 'map')) return [];
  const errors: FieldError[] = [];
  const at = path.at('items');
  if (items.nullable) {
    const detail = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    errors.push(forbiddenField(at.at('nullable'), detail));
  }
  const needed = new Set(items.required);
  for (const key of listType === 'map' ? (schema[LIST_KEYS] ?? []) : []) {
    const property = items.properties?.[key];
    if (!property) continue;
    const keyPath = at.at('properties').key(key);
    if (!needed.has(key) && !hasDefault(property)) {
      const detail =
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      errors.push(required(keyPath.at('default'), detail));
    }
    if (property.nullable) {
      const detail = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable';
      errors.push(forbiddenField(keyPath.at('nullable'), detail));
    }
  }
  return errors;
}

const hasBreak = (text: string): boolean => /[\n\r]/.test(text);

/** What can be said of a rule without understanding it. */
function validateRule(
  rule: ValidationRule,
  schema: JSONSchemaProps,
  path: FieldPath,
): FieldError[] {
  const { message = '', messageExpression = '', reason, fieldPath = '' } = rule;
  const text = (rule.rule ?? '').trim();
  const errors: FieldError[] = [];
  const at = path.at('message');
  if (text === '') errors.push(required(path.at('rule'), 'rule is not specified'));
  else if (message && message.trim() === '') {
    errors.push(invalid(at, message, 'message must be non-empty if specified'));
  } else if (hasBreak(message.trim())) {
    errors.push(invalid(at, message, 'message must not contain line breaks'));
  } else if (hasBreak(text) && message.trim() === '') {
    errors.push(required(at, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression && messageExpression.trim() === '') {
    const detail = 'messageExpression must be non-empty if specified';
    errors.push(required(path.at('messageExpression'), detail));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(path.at('reason'), reason, REASONS));
  }
  return [...errors, ...validateRulePath(fieldPath, schema, path.at('fieldPath'))];
}

function validateRulePath(text: string, schema: JSONSchemaProps, path: FieldPath): FieldError[] {
  if (text === '') return [];
  const errors: FieldError[] = [];
  if (text.trim() === '') {
    errors.push(invalid(path, text, 'fieldPath must be non-empty if specified'));
  }
  if (hasBreak(text)) errors.push(invalid(path, text, 'fieldPath must not contain line breaks'));
  try {
    followPath(text, schema);
  } catch {
    errors.push(invalid(path, text, 'fieldPath must be a valid path'));
  }
  return errors;
}

/** The schema of what stands under undeclared keys. */
export const additionalSchema = (schema: JSONSchemaProps): JSONSchemaProps | undefined =>
  additionalOf(schema) as JSONSchemaProps | undefined;
