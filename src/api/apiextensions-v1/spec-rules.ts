import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { checkDns1035Label, checkDns1123Subdomain } from '../../machinery/validation/names.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { validateChoice } from '../checks.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '../generated/apiextensions/v1/types.ts';
import { validateConversion } from './conversion-rules.ts';
import { innerVersions } from './inner-schema.ts';
import { type InternalSpec, internalSpec } from './internal-spec.ts';
import { validateNames, validateNamesPresent } from './names-rules.ts';
import { hasDefaults, isLoose, validateSchema } from './schema-rules.ts';
import {
  validateColumns,
  validateDeprecation,
  validateSelectableFields,
  validateSubresources,
} from './version-rules.ts';

const SCOPES = ['Cluster', 'Namespaced'];

/** A definition's spec, and on an update what of it may not change. */
export function validateSpec(
  spec: CustomResourceDefinitionSpec,
  path: FieldPath,
  previous: CustomResourceDefinition | undefined,
): FieldError[] {
  const inner = internalSpec(spec);
  const mayBeLoose = previous !== undefined && hasLoose(previous.spec);
  return [
    ...validateGroup(spec.group, path.at('group')),
    ...validateChoice(spec.scope, SCOPES, path.at('scope')),
    ...validateSchemasPresent(spec, inner, path.at('versions')),
    ...validatePruning(spec, path),
    ...inner.versions.flatMap((version, i) =>
      validateVersion(version, inner, path.at('versions').index(i), mayBeLoose),
    ),
    ...validateVersionList(inner, path, Array.isArray(spec.versions)),
    ...validateNamesPresent(spec.names ?? {}, path.at('names')),
    ...validateNames(spec.names ?? {}, path.at('names')),
    ...validateCommon(inner, path, mayBeLoose),
    ...validateConversionNeeds(spec, path),
    ...validateConversion(spec.conversion, path.at('conversion'), previous),
    ...(previous ? validateImmutables(spec, previous, path) : []),
  ];
}

function validateGroup(group: string | undefined, path: FieldPath): FieldError[] {
  if (!group) return [required(path)];
  const problems = checkDns1123Subdomain(group);
  if (problems.length > 0) return [invalid(path, group, problems.join(','))];
  if (group.includes('.')) return [];
  return [invalid(path, group, 'should be a domain with at least one dot')];
}

const schemaOf = ({ schema }: CustomResourceDefinitionVersion): JSONSchemaProps | undefined =>
  schema?.openAPIV3Schema;

const validateSchemasPresent = (
  { versions }: CustomResourceDefinitionSpec,
  inner: InternalSpec,
  path: FieldPath,
): FieldError[] =>
  inner.schema
    ? []
    : (versions ?? []).flatMap((version, i) =>
        schemaOf(version)
          ? []
          : [required(path.index(i).at('schema', 'openAPIV3Schema'), 'schemas are required')],
      );

function validatePruning(spec: CustomResourceDefinitionSpec, path: FieldPath): FieldError[] {
  const fillsIn = (spec.versions ?? []).some((version) => hasDefaults(schemaOf(version)));
  if (!fillsIn || !spec.preserveUnknownFields) return [];
  const detail = 'must be false in order to use defaults in the schema';
  return [invalid(path.at('preserveUnknownFields'), true, detail)];
}

function validateVersion(
  version: CustomResourceDefinitionVersion,
  inner: InternalSpec,
  path: FieldPath,
  mayBeLoose: boolean,
): FieldError[] {
  const { name, subresources, additionalPrinterColumns: columns, selectableFields } = version;
  const schema = schemaOf(version);
  const hasStatus = (subresources ?? inner.subresources)?.status !== undefined;
  const problems = checkDns1035Label(name ?? '');
  const at = path.at('schema', 'openAPIV3Schema');
  return [
    ...(problems.length > 0 ? [invalid(path.at('name'), name ?? '', problems.join(','))] : []),
    ...validateDeprecation(version, path),
    ...(schema ? validateSchema(schema, at, { hasStatus, mayBeLoose }) : []),
    ...validateSubresources(subresources, path.at('subresources')),
    ...validateColumns(columns, path.at('additionalPrinterColumns')),
    ...validateSelectable(version, schema ?? inner.schema, selectableFields, path),
  ];
}

function validateSelectable(
  _version: CustomResourceDefinitionVersion,
  schema: JSONSchemaProps | undefined,
  fields: CustomResourceDefinitionVersion['selectableFields'],
  path: FieldPath,
): FieldError[] {
  const at = path.at('selectableFields');
  if (!fields || fields.length === 0) return [];
  if (schema) return validateSelectableFields(fields, schema, at);
  const detail =
    'selectableFields may only be set when version.schema.openAPIV3Schema is not included';
  return [invalid(at, '', detail)];
}

function validateVersionList(
  { versions }: InternalSpec,
  path: FieldPath,
  isGiven: boolean,
): FieldError[] {
  const at = path.at('versions');
  const errors: FieldError[] = [];
  const shown = () => innerVersions(isGiven ? versions : undefined);
  const names = versions.map(({ name }) => name);
  if (new Set(names).size < names.length) {
    errors.push(invalid(at, shown(), 'must contain unique version names'));
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    const detail = 'must have exactly one version marked as storage version';
    errors.push(invalid(at, shown(), detail));
  }
  const first = names[0];
  const problems = first ? checkDns1035Label(first) : [];
  if (problems.length > 0) errors.push(invalid(path.at('version'), first, problems.join(',')));
  return errors;
}

/** What all versions have in common. */
function validateCommon(inner: InternalSpec, path: FieldPath, mayBeLoose: boolean): FieldError[] {
  const { schema, subresources, columns, selectableFields: fields } = inner;
  const hasStatus =
    subresources?.status !== undefined ||
    inner.versions.some((version) => version.subresources?.status !== undefined);
  const at = path.at('validation', 'openAPIV3Schema');
  const selectable = path.at('selectableFields');
  return [
    ...(schema ? validateSchema(schema, at, { hasStatus, mayBeLoose }) : []),
    ...validateSubresources(subresources, path.at('subresources')),
    ...validateColumns(columns, path.at('additionalPrinterColumns')),
    ...(schema ? validateSelectableFields(fields, schema, selectable) : []),
  ];
}

function validateConversionNeeds(
  { conversion, preserveUnknownFields }: CustomResourceDefinitionSpec,
  path: FieldPath,
): FieldError[] {
  if (!preserveUnknownFields || !conversion || conversion.strategy === 'None') return [];
  const detail = 'must be None if spec.preserveUnknownFields is true';
  return [invalid(path.at('conversion', 'strategy'), conversion.strategy, detail)];
}

/** Whether objects of a definition are served under its names. */
const isEstablished = ({ status }: CustomResourceDefinition): boolean =>
  (status.conditions ?? []).some(
    (condition) => condition.type === 'Established' && condition.status === 'True',
  );

function validateImmutables(
  spec: CustomResourceDefinitionSpec,
  previous: CustomResourceDefinition,
  path: FieldPath,
): FieldError[] {
  const { scope, names, group } = previous.spec;
  const stored = isEstablished(previous)
    ? [
        ...validateImmutableField(spec.scope, scope, path.at('scope')),
        ...validateImmutableField(spec.names.kind, names.kind, path.at('names', 'kind')),
      ]
    : [];
  return [
    ...stored,
    ...validateImmutableField(spec.group, group, path.at('group')),
    ...validateImmutableField(spec.names.plural, names.plural, path.at('names', 'plural')),
  ];
}

/** Whether a spec has a schema that isn't structural. Such were accepted once, and may stay. */
const hasLoose = ({ versions }: CustomResourceDefinitionSpec): boolean =>
  versions.some((version) => {
    const schema = schemaOf(version);
    return schema !== undefined && isLoose(schema);
  });
