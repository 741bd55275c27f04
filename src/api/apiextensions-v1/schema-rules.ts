import { type FieldError, forbiddenField, invalid } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import {
  hasDefault,
  itemsOf,
  type JsonSchema,
  someSchema,
} from '../../machinery/structural/schema.ts';
import { structuralFaults } from '../../machinery/structural/structural-rules.ts';
import type { JSONSchemaProps } from '../generated/apiextensions/v1/types.ts';
import { validateDefaults } from './default-rules.ts';
import { innerSchema } from './inner-schema.ts';
import {
  additionalSchema,
  type SchemaPlace,
  validateExtensions,
  validateKeywords,
} from './keyword-rules.ts';
import { validateRules } from './rule-loading.ts';

/** What a version's schema is for. */
export interface SchemaUse {
  /** The version has a status of its own, whose schema must be found under `status`. */
  readonly hasStatus: boolean;
  /** What was stored before had schemas that aren't structural, and may keep them. */
  readonly mayBeLoose: boolean;
}

const AT_ROOT_WITH_STATUS = [
  'Description',
  'Type',
  'Format',
  'Title',
  'Maximum',
  'ExclusiveMaximum',
  'Minimum',
  'ExclusiveMinimum',
  'MaxLength',
  'MinLength',
  'Pattern',
  'MaxItems',
  'MinItems',
  'UniqueItems',
  'MultipleOf',
  'Required',
  'Items',
  'Properties',
  'ExternalDocs',
  'Example',
  'XPreserveUnknownFields',
  'XValidations',
];

/** The schema of a kind in a version. */
export function validateSchema(
  schema: JSONSchemaProps,
  path: FieldPath,
  { hasStatus, mayBeLoose }: SchemaUse,
): FieldError[] {
  const errors = hasStatus ? validateStatusRoot(schema, path) : [];
  if (schema.nullable) {
    const detail = 'nullable cannot be true at the root';
    errors.push(forbiddenField(path.at('nullable'), detail));
  }
  const isReadable = !hasUnsupported(schema);
  let isWhole = isReadable && !mayBeLoose;
  if (isWhole) {
    const faults = structuralFaults(schema, path);
    const found = faults.length > 0 ? faults : validateDefaults(schema, path);
    isWhole = found.length === 0;
    errors.push(...found);
  }
  const faulty = new Set<object>();
  errors.push(...validateNode(schema, path, { faulty }, true));
  if (!isReadable && !mayBeLoose && errors.length === 0) {
    errors.push(invalid(path, '', "OpenAPIV3Schema 'schema' is not supported"));
  }
  // Of a schema that makes no sense, rules make none either.
  return isWhole ? [...errors, ...validateRules(schema, path, faulty)] : errors;
}

const isFilled = (value: object | null | undefined): boolean => Object.keys(value ?? {}).length > 0;

/** Whether there is a keyword in a schema that keeps it from being looked at as a structural one. */
const hasUnsupported = (schema: JSONSchemaProps): boolean =>
  someSchema(schema as JsonSchema, (each) => {
    const { id, $schema, $ref, patternProperties, dependencies, definitions, items } = each;
    const isSaid = Boolean(id || $schema || $ref) || each.additionalItems !== undefined;
    if (isSaid || [patternProperties, dependencies, definitions].some(isFilled)) return true;
    if (Array.isArray(items) && items.length > 0) return true;
    return each['x-kubernetes-preserve-unknown-fields'] === false;
  });

/** Whether a schema isn't a structural one. */
export const isLoose = (schema: JSONSchemaProps): boolean =>
  hasUnsupported(schema) || structuralFaults(schema, FieldPath.root).length > 0;

function validateStatusRoot(schema: JSONSchemaProps, path: FieldPath): FieldError[] {
  const isAllowed = (name: string): boolean => {
    const goName = name.startsWith('x-kubernetes-')
      ? `X${capital(name.slice('x-kubernetes-'.length).replace(/-(.)/g, (_, c) => capital(c)))}`
      : capital(name);
    return AT_ROOT_WITH_STATUS.includes(goName);
  };
  if (schema.type && schema.type !== 'object') {
    const detail =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalid(path.at('type'), schema.type, detail)];
  }
  const set = Object.entries(schema).filter(([, value]) => value !== undefined && value !== false);
  if (set.every(([name]) => isAllowed(name))) return [];
  const allowed = `[${AT_ROOT_WITH_STATUS.join(' ')}]`;
  const detail = `only ${allowed} fields are allowed at the root of the schema if the status subresource is enabled`;
  return [invalid(path, innerSchema(schema), detail)];
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function validateNode(
  schema: JSONSchemaProps | undefined,
  path: FieldPath,
  place: SchemaPlace,
  isRoot = false,
): FieldError[] {
  if (!schema) return [];
  const errors = [
    ...validateKeywords(schema, path, place),
    ...validateInner(schema, path, place, isRoot),
    ...validateExtensions(schema, path),
  ];
  if (errors.length > 0) place.faulty.add(schema);
  return errors;
}

function validateInner(
  schema: JSONSchemaProps,
  path: FieldPath,
  place: SchemaPlace,
  isRoot: boolean,
): FieldError[] {
  const underKeys = place.isInMeta
    ? { ...place, forbidsDefaults: 'inside additionalProperties applying to object metadata' }
    : place;
  const errors = validateNode(additionalSchema(schema), path.at('additionalProperties'), underKeys);
  const isObject = isRoot || schema['x-kubernetes-embedded-resource'] === true;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const isMeta = isObject && META_FIELDS.includes(name);
    const forbidsDefaults = isMeta && isRoot ? `in top-level ${name}` : place.forbidsDefaults;
    const inner: SchemaPlace = {
      ...place,
      ...(isMeta && { isInMeta: true }),
      ...(forbidsDefaults !== undefined && { forbidsDefaults }),
    };
    errors.push(...validateNode(property, path.at('properties').key(name), inner));
  }
  errors.push(...validateNode(schema.not, path.at('not'), place));
  for (const name of ['allOf', 'oneOf', 'anyOf'] as const) {
    schema[name]?.forEach((each, i) => {
      errors.push(...validateNode(each, path.at(name).index(i), place));
    });
  }
  const items = itemsOf(schema) as JSONSchemaProps | undefined;
  return [...errors, ...validateNode(items, path.at('items'), place)];
}

const META_FIELDS = ['metadata', 'kind', 'apiVersion'];

/** Whether a schema fills in anything. */
export const hasDefaults = (schema: JSONSchemaProps | undefined): boolean =>
  someSchema(schema, hasDefault);
