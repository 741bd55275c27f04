/**
 * An OpenAPI v3 schema as custom resource definitions hold it (`apiextensions.k8s.io/v1`
 * JSONSchemaProps). Everything in this folder reads it as it stands: nothing is compiled ahead.
 */
export interface JsonSchema {
  readonly id?: string;
  readonly $schema?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly default?: unknown;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly multipleOf?: number;
  readonly enum?: readonly unknown[];
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly dependencies?: Readonly<Record<string, JsonSchema | readonly string[]>>;
  readonly additionalItems?: boolean | JsonSchema;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly externalDocs?: object;
  readonly example?: unknown;
  readonly nullable?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly SchemaRule[];
}

/** A rule in CEL that values of a schema must keep (KEP-2876). */
export interface SchemaRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** Plain JSON. */
export type Fields = Readonly<Record<string, unknown>>;

const NO_PROPERTIES: Readonly<Record<string, JsonSchema>> = Object.freeze({});

/** The declared properties of a schema, maybe none. */
export const propertiesOf = ({ properties }: JsonSchema): Readonly<Record<string, JsonSchema>> =>
  properties ?? NO_PROPERTIES;

/** The schema of a declared property; undefined for what only a prototype has. */
export const propertyOf = (schema: JsonSchema, name: string): JsonSchema | undefined => {
  const properties = propertiesOf(schema);
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
};

/** The one schema of a list's elements, if there is one. */
export const itemsOf = ({ items }: JsonSchema): JsonSchema | undefined =>
  items !== undefined && items !== null && !Array.isArray(items)
    ? (items as JsonSchema)
    : undefined;

/** The schema of values under keys that aren't declared, if there is one. */
export const additionalOf = ({ additionalProperties }: JsonSchema): JsonSchema | undefined =>
  typeof additionalProperties === 'object' && additionalProperties !== null
    ? additionalProperties
    : undefined;

/** Whether a schema has a default. Null is none. */
export const hasDefault = ({ default: value }: JsonSchema): boolean =>
  value !== undefined && value !== null;

/** Fields that every object has, whatever its schema says. */
export const isMetaField = (name: string): boolean =>
  name === 'apiVersion' || name === 'kind' || name === 'metadata';

/** Whether a null stands where none may. */
export const isForbiddenNull = (value: unknown, schema: JsonSchema | undefined): boolean =>
  value === null && schema !== undefined && schema.nullable !== true;

/** The schemas that stand directly in a schema, wherever. */
function* innerSchemas(schema: JsonSchema): Generator<JsonSchema> {
  const { items, not, additionalItems, dependencies } = schema;
  if (Array.isArray(items)) yield* items as readonly JsonSchema[];
  else if (items) yield items as JsonSchema;
  for (const list of [schema.allOf, schema.anyOf, schema.oneOf]) if (list) yield* list;
  if (not) yield not;
  for (const map of [schema.properties, schema.patternProperties, schema.definitions]) {
    if (map) yield* Object.values(map);
  }
  const additional = additionalOf(schema);
  if (additional) yield additional;
  if (typeof additionalItems === 'object' && additionalItems) yield additionalItems;
  for (const each of Object.values(dependencies ?? {})) {
    if (!Array.isArray(each)) yield each as JsonSchema;
  }
}

/** Whether a schema or any in it is such. */
export function someSchema(
  schema: JsonSchema | undefined,
  isSuch: (schema: JsonSchema) => boolean,
): boolean {
  if (schema === undefined) return false;
  if (isSuch(schema)) return true;
  for (const inner of innerSchemas(schema)) if (someSchema(inner, isSuch)) return true;
  return false;
}
