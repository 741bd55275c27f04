import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { validateLabelSelector } from '../../machinery/validation/labels.ts';
import { checkDns1123Subdomain } from '../../machinery/validation/names.ts';
import { validateOptionalChoice, validateOptionalText, validatePresent } from '../checks.ts';
import type {
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
  TypedObjectReference,
} from '../generated/core/v1/types.ts';
import { validateAmount, validatePositiveAmount } from './resource-rules.ts';
import { validateTemplateMetadata } from './template-metadata.ts';

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** How a volume may be used: modes that are known, the exclusive one alone. */
export function validateAccessModes(
  modes: readonly string[] | undefined,
  path: FieldPath,
): FieldError[] {
  const errors = (modes ?? [])
    .filter((mode) => !ACCESS_MODES.includes(mode))
    .map((mode) => notSupported(path, mode, ACCESS_MODES));
  const known = (modes ?? []).filter((mode) => ACCESS_MODES.includes(mode));
  if (known.includes('ReadWriteOncePod') && known.some((mode) => mode !== 'ReadWriteOncePod')) {
    errors.push(forbiddenField(path, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

/** What a claim asks for. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.accessModes?.length) {
    errors.push(required(path.at('accessModes'), 'at least 1 access mode is required'));
  }
  errors.push(...validateLabelSelector(spec.selector, path.at('selector')));
  errors.push(...validateAccessModes(spec.accessModes, path.at('accessModes')));
  errors.push(...validateSize(spec.resources?.requests?.storage, path));
  errors.push(
    ...validateOptionalText(
      spec.storageClassName,
      checkDns1123Subdomain,
      path.at('storageClassName'),
    ),
    ...validateOptionalChoice(spec.volumeMode, ['Block', 'Filesystem'], path.at('volumeMode')),
    ...validateDataSources(spec, path),
    ...validateOptionalText(
      spec.volumeAttributesClassName,
      checkDns1123Subdomain,
      path.at('volumeAttributesClassName'),
    ),
  );
  return errors;
}

function validateSize(size: string | undefined, path: FieldPath): FieldError[] {
  const at = path.at('resources').key('storage');
  if (size === undefined) return [required(at)];
  const amount = parseQuantity(size);
  const errors = validatePositiveAmount(amount, at);
  return errors.length > 0 ? errors : validateAmount('storage', amount, at);
}

function validateDataSources(spec: PersistentVolumeClaimSpec, path: FieldPath): FieldError[] {
  const { dataSource, dataSourceRef } = spec;
  const errors: FieldError[] = [];
  if (dataSource) errors.push(...validateDataSource(dataSource, path.at('dataSource')));
  if (dataSourceRef) errors.push(...validateDataSource(dataSourceRef, path.at('dataSourceRef')));
  if (!dataSource || !dataSourceRef) return errors;
  if (dataSourceRef.namespace) {
    const detail = 'may not be specified when dataSourceRef.namespace is specified';
    errors.push(invalid(path, `${path.at('dataSource')}`, detail));
  } else if (!isSameSource(dataSource, dataSourceRef)) {
    errors.push(invalid(path, `${path.at('dataSource')}`, 'must match dataSourceRef'));
  }
  return errors;
}

const isSameSource = (a: TypedObjectReference, b: TypedObjectReference): boolean =>
  a.apiGroup === b.apiGroup && a.kind === b.kind && a.name === b.name;

function validateDataSource(source: TypedObjectReference, path: FieldPath): FieldError[] {
  const errors = [
    ...validatePresent(source.name, path.at('name')),
    ...validatePresent(source.kind, path.at('kind')),
  ];
  const group = source.apiGroup ?? '';
  if (!group && source.kind !== 'PersistentVolumeClaim') {
    errors.push(
      invalid(
        path,
        source.kind ?? '',
        "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      ),
    );
  }
  return [...errors, ...validateOptionalText(group, checkDns1123Subdomain, path.at('apiGroup'))];
}

/** A claim to be made later. */
export const validateClaimTemplate = (
  { metadata, spec }: PersistentVolumeClaimTemplate,
  path: FieldPath,
): FieldError[] => [
  ...validateTemplateMetadata(metadata, path.at('metadata')),
  ...validateClaimSpec(spec, path.at('spec')),
];
