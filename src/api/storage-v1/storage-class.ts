import { isEqual, sortKeys } from '../../machinery/equal.ts';
import { duplicate, type FieldError, invalid, required } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { sortedByKey } from '../../machinery/quote.ts';
import { validateLabelName } from '../../machinery/validation/labels.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { validateEach, validateOptionalChoice } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { nodeLabelWarning } from '../core-v1/node-labels.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import type {
  TopologySelectorLabelRequirement,
  TopologySelectorTerm,
} from '../generated/core/v1/types.ts';
import { storageClasses as resource } from '../generated/storage/v1/resources.ts';
import type { StorageClass } from '../generated/storage/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateParameters, validateProvisioner } from './parameter-rules.ts';

const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'];

function validate(storageClass: StorageClass, path: FieldPath): FieldError[] {
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode: mode } = storageClass;
  const policies = ['Delete', 'Retain'];
  return [
    ...validateProvisioner(provisioner, path.at('provisioner')),
    ...validateParameters(parameters, path.at('parameters')),
    ...validateOptionalChoice(reclaimPolicy || undefined, policies, path.at('reclaimPolicy')),
    ...validateOptionalChoice(mode, BINDING_MODES, path.at('volumeBindingMode')),
    ...validateTopologies(storageClass.allowedTopologies ?? [], path.at('allowedTopologies')),
  ];
}

function validateTopologies(terms: readonly TopologySelectorTerm[], path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return validateEach(terms, path, (term, at) => {
    const expressions = at.at('matchLabelExpressions');
    const errors = validateTerm(term.matchLabelExpressions ?? [], expressions);
    const meaning = meaningOf(term);
    if (seen.has(meaning)) errors.push(duplicate(expressions, ''));
    seen.add(meaning);
    return errors;
  });
}

/** The same text for terms that select the same. */
function meaningOf({ matchLabelExpressions }: TopologySelectorTerm): string {
  const sets = (matchLabelExpressions ?? []).map(
    ({ key, values }) => [key, [...(values ?? [])].sort()] as const,
  );
  return JSON.stringify(sortKeys(Object.fromEntries(sets)));
}

function validateTerm(
  requirements: readonly TopologySelectorLabelRequirement[],
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return validateEach(requirements, path, ({ key, values }, at) => {
    const valuesPath = at.at('values');
    const errors = values?.length ? [] : [required(valuesPath)];
    const known = new Set<string>();
    for (const [i, value] of (values ?? []).entries()) {
      if (known.has(value)) errors.push(duplicate(valuesPath.index(i), value));
      known.add(value);
    }
    errors.push(...validateLabelName(key ?? '', at.at('key')));
    if (seen.has(key)) errors.push(duplicate(at.at('key'), key));
    seen.add(key);
    return errors;
  });
}

function validateUpdate(next: StorageClass, previous: StorageClass, path: FieldPath): FieldError[] {
  const fixed = (field: 'provisioner' | 'reclaimPolicy' | 'volumeBindingMode') =>
    validateImmutableField(next[field], previous[field], path.at(field));
  const isChanged = !isEqual(next.parameters ?? {}, previous.parameters ?? {});
  const shown = next.parameters && sortedByKey(next.parameters);
  return [
    ...(isChanged ? [invalid(path.at('parameters'), shown, 'field is immutable')] : []),
    ...fixed('provisioner'),
    ...fixed('reclaimPolicy'),
    ...fixed('volumeBindingMode'),
  ];
}

function warningsOf({ allowedTopologies }: StorageClass): string[] {
  const path = FieldPath.root.at('allowedTopologies');
  return (allowedTopologies ?? []).flatMap(({ matchLabelExpressions }, i) =>
    (matchLabelExpressions ?? []).flatMap(({ key }, j) => {
      const text = nodeLabelWarning(key);
      const at = path.index(i).at('matchLabelExpressions').index(j).at('key');
      return text ? [`${at}: ${key} is ${text}`] : [];
    }),
  );
}

/** Whether claims that name no class are of this one. */
const isDefault = ({ metadata }: StorageClass): boolean =>
  DEFAULT_ANNOTATIONS.some((key) => metadata.annotations?.[key] === 'true');

/** A way to make volumes for claims. */
export const storageClasses: ResourceDefinition<StorageClass> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['sc'],
  deleteAnswersObject: true,

  defaults(draft) {
    draft.reclaimPolicy ??= 'Delete';
    draft.volumeBindingMode ??= 'Immediate';
  },
  validate: (storageClass, { path }) => validate(storageClass, path),
  validateUpdate: (next, previous, { path }) => validateUpdate(next, previous, path),
  warnings: warningsOf,

  columns: [
    {
      ...nameColumn,
      cell: (storageClass) =>
        isDefault(storageClass)
          ? `${storageClass.metadata.name} (default)`
          : storageClass.metadata.name,
    },
    column('Provisioner', 'string', ({ provisioner }) => provisioner),
    column('ReclaimPolicy', 'string', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
    column(
      'VolumeBindingMode',
      'string',
      ({ volumeBindingMode }) => volumeBindingMode ?? '<unset>',
    ),
    column(
      'AllowVolumeExpansion',
      'string',
      ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    ),
    ageColumn,
  ],
};
