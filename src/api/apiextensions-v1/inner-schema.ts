import { sortKeys } from '../../machinery/equal.ts';
import { isMap } from '../../machinery/member.ts';
import { sortedByKey } from '../../machinery/quote.ts';
import type { SchemaRule } from '../../machinery/structural/schema.ts';
import type {
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '../generated/apiextensions/v1/types.ts';
import { goStruct } from '../go-struct.ts';
import { shapes } from '../shapes.ts';

type Schema = JSONSchemaProps | null | undefined;
type Schemas = Readonly<Record<string, JSONSchemaProps>> | null | undefined;

const VERSION =
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion';

/** Versions as messages print them: by the names of Kubernetes' inner form, with what is unset. */
export function innerVersions(
  versions: readonly CustomResourceDefinitionVersion[] | undefined,
): object | null {
  const shape = shapes.named(VERSION)!;
  return (
    versions?.map(({ schema, ...others }) => ({
      ...goStruct(shape, others),
      Schema: schema ? { OpenAPIV3Schema: innerSchema(schema.openAPIV3Schema) } : null,
    })) ?? null
  );
}

/** A schema as messages print it, in the same form. */
export function innerSchema(schema: Schema): object | null {
  if (!schema) return null;
  return {
    ID: schema.id ?? '',
    Schema: schema.$schema ?? '',
    Ref: schema.$ref ?? null,
    Description: schema.description ?? '',
    Type: schema.type ?? '',
    Nullable: schema.nullable ?? false,
    Format: schema.format ?? '',
    Title: schema.title ?? '',
    Default: sortKeys(schema.default ?? null),
    ...innerLimits(schema),
    ...innerParts(schema),
    ExternalDocs: schema.externalDocs
      ? {
          Description: schema.externalDocs.description ?? '',
          URL: schema.externalDocs.url ?? '',
        }
      : null,
    Example: sortKeys(schema.example ?? null),
    ...innerExtensions(schema),
  };
}

const innerLimits = (schema: JSONSchemaProps): object => ({
  Maximum: schema.maximum ?? null,
  ExclusiveMaximum: schema.exclusiveMaximum ?? false,
  Minimum: schema.minimum ?? null,
  ExclusiveMinimum: schema.exclusiveMinimum ?? false,
  MaxLength: schema.maxLength ?? null,
  MinLength: schema.minLength ?? null,
  Pattern: schema.pattern ?? '',
  MaxItems: schema.maxItems ?? null,
  MinItems: schema.minItems ?? null,
  UniqueItems: schema.uniqueItems ?? false,
  MultipleOf: schema.multipleOf ?? null,
  Enum: sortKeys(schema.enum ?? null),
  MaxProperties: schema.maxProperties ?? null,
  MinProperties: schema.minProperties ?? null,
  Required: schema.required ?? null,
});

const innerParts = (schema: JSONSchemaProps): object => ({
  Items: innerItems(schema.items),
  AllOf: schema.allOf?.map(innerSchema) ?? null,
  OneOf: schema.oneOf?.map(innerSchema) ?? null,
  AnyOf: schema.anyOf?.map(innerSchema) ?? null,
  Not: innerSchema(schema.not),
  Properties: innerMap(schema.properties),
  AdditionalProperties: innerOrBool(schema.additionalProperties),
  PatternProperties: innerMap(schema.patternProperties),
  Dependencies: schema.dependencies ?? null,
  AdditionalItems: innerOrBool(schema.additionalItems),
  Definitions: innerMap(schema.definitions),
});

const innerExtensions = (schema: JSONSchemaProps): object => ({
  XPreserveUnknownFields: schema['x-kubernetes-preserve-unknown-fields'] ?? null,
  XEmbeddedResource: schema['x-kubernetes-embedded-resource'] ?? false,
  XIntOrString: schema['x-kubernetes-int-or-string'] ?? false,
  XListMapKeys: schema['x-kubernetes-list-map-keys'] ?? null,
  XListType: schema['x-kubernetes-list-type'] ?? null,
  XMapType: schema['x-kubernetes-map-type'] ?? null,
  XValidations: schema['x-kubernetes-validations']?.map(innerRule) ?? null,
});

/** A rule as messages print it, in the same form. */
export const innerRule = (rule: SchemaRule): object => ({
  Rule: rule.rule,
  Message: rule.message ?? '',
  MessageExpression: rule.messageExpression ?? '',
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath ?? '',
  OptionalOldSelf: rule.optionalOldSelf ?? null,
});

function innerMap(schemas: Schemas): object | null {
  if (!schemas) return null;
  const entries = Object.entries(schemas).map(([name, each]) => [name, innerSchema(each)] as const);
  return sortedByKey(Object.fromEntries(entries));
}

function innerItems(items: unknown): object | null {
  if (items === undefined || items === null) return null;
  if (!Array.isArray(items)) return { Schema: innerSchema(items as Schema), JSONSchemas: null };
  return { Schema: null, JSONSchemas: items.map((each) => innerSchema(each as Schema)) };
}

function innerOrBool(value: unknown): object | null {
  if (value === undefined || value === null) return null;
  if (!isMap(value)) return { Allows: value, Schema: null };
  return { Allows: true, Schema: innerSchema(value as JSONSchemaProps) };
}
