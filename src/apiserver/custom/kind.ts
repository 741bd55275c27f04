import type { ResourceDefinition } from '../../api/definition.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from '../../api/generated/apiextensions/v1/types.ts';
import { isSemanticallyEqual } from '../../machinery/equal.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { StatusError } from '../../machinery/status.ts';
import type { JsonSchema } from '../../machinery/structural/schema.ts';
import { compareVersions } from '../discovery/documents.ts';
import { customColumns, pathOf } from './columns.ts';
import type { Converters } from './converter.ts';
import { SchemaForm } from './form.ts';
import { ruleChecker } from './rules.ts';
import { customScale, validateReplicas } from './scale.ts';
import { customShape } from './shape.ts';
import {
  type Checks,
  finalizerWarnings,
  validateCustom,
  validateCustomStatus,
} from './validation.ts';
import { type Forms, unconvertedVersions } from './versions.ts';

const FREE: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

type Version = CustomResourceDefinitionVersion;

/** What is served of a definition: its kind, once for each version that is. */
export function kindsOf(
  definition: CustomResourceDefinition,
  converters: Converters,
): ResourceDefinition[] {
  const { spec } = definition;
  const forms = formsOf(definition);
  return spec.versions
    .filter(({ served }) => served)
    .sort((a, b) => compareVersions(b.name, a.name))
    .map((version) => kindOf(definition, version, forms, converters));
}

/** The forms of all versions: what rests in the store may be in one that isn't served. */
function formsOf({ spec }: CustomResourceDefinition): Forms {
  const forms = new Map<string, SchemaForm>();
  const versions = unconvertedVersions(forms);
  const keepsUnknown = spec.preserveUnknownFields === true;
  for (const { name, schema } of spec.versions) {
    const node = schema?.openAPIV3Schema ?? FREE;
    forms.set(`${spec.group}/${name}`, new SchemaForm({ schema: node, keepsUnknown }, versions));
  }
  return forms;
}

function kindOf(
  definition: CustomResourceDefinition,
  version: Version,
  forms: Forms,
  converters: Converters,
): ResourceDefinition {
  const { spec } = definition;
  const { group, scope } = spec;
  const { kind, plural, ...names } = namesOf(definition);
  const apiVersion = `${group}/${version.name}`;
  const form = forms.get(apiVersion)!;
  const checks: Checks = {
    schema: form.schema as Checks['schema'],
    scale: version.subresources?.scale,
    rules: ruleChecker(form.schema),
    validateReplicas,
  };
  return {
    group,
    version: version.name,
    kind,
    plural,
    namespaced: scope === 'Namespaced',
    shape: customShape(shapeName(group, version.name, kind)),
    custom: form,
    ...names,
    ...deprecationOf(spec, version),
    generation: true,
    conditionalUpdateOnly: true,
    plainFinalizers: true,
    ...(definition.metadata.deletionTimestamp && { prepareCreate: () => refuseCreate(spec) }),
    ...(checks.rules.hasRules && { load: checks.rules.load }),
    validate: (object, context) => validateCustom(checks, object, context),
    warnings: finalizerWarnings,
    ...subresourcesOf(version, checks),
    columns: customColumns(version.additionalPrinterColumns),
    selectableFields: selectableFields(version),
    storedAs: converters.storedAs(definition, forms, apiVersion),
  };
}

/** The names that were accepted; others are taken. */
function namesOf({ spec, status }: CustomResourceDefinition) {
  const names = status.acceptedNames?.plural ? status.acceptedNames : spec.names;
  const { kind, plural, singular, listKind, shortNames, categories } = names;
  return {
    kind,
    plural,
    ...(singular && { singular }),
    ...(listKind && { listKind }),
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
  };
}

/** `example.orchard.v1.Crate` for crates in `orchard.example`. */
const shapeName = (group: string, version: string, kind: string): string =>
  [...group.split('.').reverse(), version, kind].join('.');

function refuseCreate({ group, names }: CustomResourceDefinition['spec']): never {
  throw new StatusError(
    'MethodNotAllowed',
    'create not allowed while custom resource definition is terminating',
    { group, kind: names.plural },
  );
}

function deprecationOf(
  { group, versions, names: { kind } }: CustomResourceDefinition['spec'],
  { name, deprecated, deprecationWarning }: Version,
): Pick<ResourceDefinition, 'deprecation'> {
  if (!deprecated) return {};
  if (deprecationWarning !== undefined) return { deprecation: deprecationWarning };
  const newer = versions
    .filter((other) => other.served && !other.deprecated && compareVersions(other.name, name) > 0)
    .sort((a, b) => compareVersions(b.name, a.name))[0];
  const use = newer ? `; use ${group}/${newer.name} ${kind}` : '';
  return { deprecation: `${group}/${name} ${kind} is deprecated${use}` };
}

function subresourcesOf(
  { subresources }: Version,
  checks: Checks,
): Partial<Pick<ResourceDefinition, 'status' | 'scale' | 'prepareUpdate'>> {
  const scale = subresources?.scale && { scale: customScale(subresources.scale) };
  if (!subresources?.status) return { ...scale, prepareUpdate: countStatusChanges };
  return {
    ...scale,
    status: {
      keepsMetadata: true,
      keeps: ['spec'],
      validateUpdate: (object, previous, context) =>
        validateCustomStatus(checks, object, previous, context),
    },
  };
}

/** Without a subresource the status is data like any other. */
function countStatusChanges(draft: Draft<KubeObject>, previous: KubeObject): void {
  const [next, before] = [draft, previous] as unknown as { readonly status?: unknown }[];
  if (isSemanticallyEqual(next?.status, before?.status)) return;
  draft.metadata.generation = (previous.metadata.generation ?? 0) + 1;
}

function selectableFields({ selectableFields: given }: Version) {
  const entries = (given ?? []).map(({ jsonPath }) => {
    const path = pathOf(jsonPath);
    const read = (object: KubeObject) => String(path.find(object)[0] ?? '');
    return [jsonPath.replace(/^\./, ''), read] as const;
  });
  return Object.fromEntries(entries);
}
