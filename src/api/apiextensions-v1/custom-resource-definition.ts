import { toTime } from '../../base/clock.ts';
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { quote } from '../../machinery/quote.ts';
import { formatOf } from '../../machinery/structural/formats.ts';
import { type JsonSchema, someSchema } from '../../machinery/structural/schema.ts';
import { defaultColumns } from '../columns.ts';
import type { ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { customResourceDefinitions as resource } from '../generated/apiextensions/v1/resources.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionVersion,
} from '../generated/apiextensions/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { isProtectedGroup, validateApproval } from './approval.ts';
import { validateNames } from './names-rules.ts';
import { loadRuleRules } from './rule-loading.ts';
import { validateSpec } from './spec-rules.ts';

const HTTPS_PORT = 443;

/** Holds a definition until all objects of its kind are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

function setDefaults(draft: Draft<CustomResourceDefinition>): void {
  const spec = part(draft, 'spec');
  const names = part(spec, 'names');
  if (names.kind) {
    names.singular ||= names.kind.toLowerCase();
    names.listKind ||= `${names.kind}List`;
  }
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= HTTPS_PORT;
  if (!part(draft, 'status').storedVersions?.length) noteStorageVersion(draft);
  // Fields that all versions leave out, and what Kubernetes says when they say it themselves.
  if (spec.preserveUnknownFields === false) {
    delete (spec as { preserveUnknownFields?: unknown }).preserveUnknownFields;
  }
}

/** Notes that objects may rest in the storage version from now on. */
function noteStorageVersion(draft: Draft<CustomResourceDefinition>): void {
  const { spec, status } = draft;
  const name = spec.versions?.find(({ storage }) => storage)?.name;
  const known = status.storedVersions ?? [];
  if (name === undefined || known.includes(name)) return;
  // What an update carries over is shared.
  draft.status = { ...status, storedVersions: [...known, name] };
}

/** A name follows from the spec; one that is yet to be made up can't. */
function validateName({ metadata, spec }: CustomResourceDefinition, path: FieldPath): FieldError[] {
  const expected = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`;
  return (['generateName', 'name'] as const)
    .filter((field) => metadata[field] && metadata[field] !== expected)
    .map((field) => {
      const detail = 'must be spec.names.plural+"."+spec.group';
      return invalid(path.at(field), metadata[field], detail);
    });
}

function validateStoredVersions(
  stored: readonly string[] | null | undefined,
  versions: readonly CustomResourceDefinitionVersion[],
  path: FieldPath,
): FieldError[] {
  if (!stored || stored.length === 0)
    return [invalid(path, stored, 'must have at least one stored version')];
  const names = versions.map(({ name }) => name);
  return [
    ...versions
      .filter(({ name, storage }) => storage && !stored.includes(name))
      .map(({ name }) => invalid(path, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, i) =>
      names.includes(name) ? [] : [invalid(path.index(i), name, stillStored(name))],
    ),
  ];
}

const stillStored = (name: string): string =>
  `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;

function validatePreserving(
  { spec }: CustomResourceDefinition,
  previous: CustomResourceDefinition | undefined,
  path: FieldPath,
): FieldError[] {
  if (!spec.preserveUnknownFields || previous?.spec.preserveUnknownFields) return [];
  const detail =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [invalid(path.at('preserveUnknownFields'), true, detail)];
}

/** A condition set: what doesn't change keeps its time. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[] | null | undefined,
  condition: CustomResourceDefinitionCondition,
): CustomResourceDefinitionCondition[] {
  const list = conditions ?? [];
  const at = list.findIndex(({ type }) => type === condition.type);
  if (at < 0) return [...list, condition];
  const { lastTransitionTime } = list[at]!;
  const isSame = list[at]!.status === condition.status && lastTransitionTime;
  return list.with(at, isSame ? { ...condition, lastTransitionTime } : condition);
}

/** Says that the kind's objects will go, and holds the definition until they have. */
function markTerminating(draft: Draft<CustomResourceDefinition>): void {
  const { metadata, status } = draft;
  const finalizers = metadata.finalizers ?? [];
  if (!finalizers.includes(CLEANUP_FINALIZER)) {
    metadata.finalizers = [...finalizers, CLEANUP_FINALIZER];
  }
  status.conditions = withCondition(status.conditions, {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: metadata.deletionTimestamp ?? toTime(0),
    reason: 'InstanceDeletionPending',
    message:
      'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  }) as Draft<CustomResourceDefinitionCondition>[];
}

/** Formats that nobody looks at: each once, and none that were there before. */
function unknownFormats(definition: CustomResourceDefinition | undefined): string[] {
  const found = new Set<string>();
  for (const { schema } of definition?.spec.versions ?? []) {
    someSchema(schema?.openAPIV3Schema as JsonSchema | undefined, (each) => {
      if (each.format && formatOf(each) === undefined) found.add(each.format);
      return false;
    });
  }
  return [...found];
}

/** A kind that users define. */
export const customResourceDefinitions: ResourceDefinition<CustomResourceDefinition> = {
  ...resource,
  shape: shapeOf(resource),
  plainFinalizers: true,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  generation: true,
  conditionalUpdateOnly: true,

  defaults: setDefaults,
  prepareCreate: noteStorageVersion,
  prepareUpdate: noteStorageVersion,

  load: loadRuleRules,
  validate(definition, { path, previous }) {
    const { spec, status } = definition;
    const names = status.acceptedNames ?? {};
    const storedPath = path.at('status', 'storedVersions');
    return [
      ...(previous ? [] : validateName(definition, path.at('metadata'))),
      ...validateSpec(spec, path.at('spec'), previous),
      ...validateNames(names, path.at('status', 'acceptedNames')),
      ...validateStoredVersions(status.storedVersions, spec.versions ?? [], storedPath),
      ...(isProtectedGroup(spec.group ?? '') ? validateApproval(definition, previous, path) : []),
      ...validatePreserving(definition, previous, path.at('spec')),
    ];
  },

  warnings(definition, previous) {
    const before = unknownFormats(previous);
    const added = unknownFormats(definition).filter((format) => !before.includes(format));
    return added.map((format) => `unrecognized format ${quote(format)}`);
  },

  status: {
    keeps: ['metadata'], // It changes labels and annotations all the same.
    validateUpdate: ({ status }, _previous, { path }) =>
      validateNames(status.acceptedNames ?? {}, path.at('status', 'acceptedNames')),
  },

  columns: defaultColumns,

  isHeld: ({ metadata }) => metadata.finalizers?.includes(CLEANUP_FINALIZER) === true,
  prepareDelete: markTerminating,
};
