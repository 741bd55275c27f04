import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { type FieldError, forbiddenField, invalid } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { objectDiff } from '../../machinery/object-diff.ts';
import { parseQuantity, Quantity } from '../../machinery/quantity.ts';
import { validateImmutableField } from '../../machinery/validation/object-meta.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { persistentVolumeClaims as resource } from '../generated/core/v1/resources.ts';
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
} from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { accessModesCell, STORAGE_CLASS_ANNOTATION } from './access-modes.ts';
import { defaultClaimSpec } from './claim-defaults.ts';
import { validateClaimSpec } from './claim-rules.ts';
import { validateClaimStatus } from './claim-status-rules.ts';
import { claimSpecWarnings } from './claim-warnings.ts';

const UNSET = '<unset>';

type Source = NonNullable<PersistentVolumeClaimSpec['dataSource']>;

/** What `dataSource` can be, which older clients know; `dataSourceRef` can be anything. */
const isClassicSource = ({ apiGroup, kind }: Source): boolean =>
  apiGroup
    ? apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot'
    : kind === 'PersistentVolumeClaim';

/** Drops what no claim is filled from, and says what is left in both fields, the old and the new. */
function prepareSources(
  spec: Draft<PersistentVolumeClaimSpec>,
  previous?: PersistentVolumeClaimSpec,
): void {
  const isKept = previous?.dataSource ?? previous?.dataSourceRef;
  if (!isKept && spec.dataSource && !isClassicSource(spec.dataSource)) delete spec.dataSource;
  // Claims are filled from their own namespace in 1.36, unless turned on.
  if (!isKept && spec.dataSourceRef?.namespace) delete spec.dataSourceRef;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { apiGroup, kind, name } = dataSourceRef;
    spec.dataSource = { apiGroup: apiGroup ?? null, kind, name };
  }
}

const sizeOf = (list: Readonly<Record<string, string>> | undefined): Quantity =>
  list?.storage === undefined ? Quantity.zero : parseQuantity(list.storage);

/** What may differ from the previous spec: the size of what is bound, and what was not decided. */
function allowedSpec(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
): PersistentVolumeClaimSpec {
  const [now, then] = [next.spec, previous.spec];
  const isBound = next.status.phase === 'Bound';
  const before = classInAnnotation(previous);
  const isUnclassed =
    then.storageClassName === undefined &&
    now.storageClassName !== undefined &&
    (before === undefined || before === now.storageClassName);
  const { storage } = now.resources?.requests ?? {};
  return {
    ...then,
    ...(!then.volumeName && { volumeName: now.volumeName }),
    ...(isUnclassed && { storageClassName: now.storageClassName }),
    ...(isBound &&
      storage !== undefined && {
        resources: { ...then.resources, requests: { ...then.resources?.requests, storage } },
      }),
    ...(isBound &&
      now.volumeAttributesClassName !== undefined && {
        volumeAttributesClassName: now.volumeAttributesClassName,
      }),
  } as PersistentVolumeClaimSpec;
}

function validateUpdate(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!isClassMoved(next, previous)) errors.push(...validateAnnotation(next, previous, path));
  const allowed = allowedSpec(next, previous);
  if (!isSemanticallyEqual(next.spec, allowed)) {
    const detail =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    const diff = objectDiff(allowed, next.spec);
    errors.push(forbiddenField(path.at('spec'), `${detail}\n${diff}`));
  }
  errors.push(...validateSize(next, previous, path));
  const at = path.at('volumeMode');
  errors.push(...validateImmutableField(next.spec.volumeMode, previous.spec.volumeMode, at));
  return [...errors, ...validateClass(next.spec, previous.spec, path)];
}

const classInAnnotation = ({ metadata }: PersistentVolumeClaim): string | undefined =>
  metadata.annotations?.[STORAGE_CLASS_ANNOTATION];

/** The class may move from the annotation of old to its field. */
function isClassMoved(next: PersistentVolumeClaim, previous: PersistentVolumeClaim): boolean {
  const [now, then] = [classInAnnotation(next), classInAnnotation(previous)];
  if (then === undefined || previous.spec.storageClassName !== undefined) return false;
  return next.spec.storageClassName === then && (now === undefined || now === then);
}

function validateAnnotation(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
  path: FieldPath,
): FieldError[] {
  const [now, then] = [classInAnnotation(next), classInAnnotation(previous)];
  if (now === then) return [];
  const at = path.at('metadata', 'annotations', STORAGE_CLASS_ANNOTATION);
  return [invalid(at, now ?? '', 'field is immutable')];
}

/** A claim can shrink, but only to more than it has, when it can't have what it asked for. */
function validateSize(
  next: PersistentVolumeClaim,
  previous: PersistentVolumeClaim,
  path: FieldPath,
): FieldError[] {
  const size = sizeOf(next.spec.resources?.requests);
  if (size.compare(sizeOf(previous.spec.resources?.requests)) >= 0) return [];
  if (size.compare(sizeOf(previous.status.capacity)) > 0) return [];
  const at = path.at('spec', 'resources', 'requests', 'storage');
  return [forbiddenField(at, 'field can not be less than status.capacity')];
}

function validateClass(
  { volumeAttributesClassName: next }: PersistentVolumeClaimSpec,
  { volumeAttributesClassName: previous }: PersistentVolumeClaimSpec,
  path: FieldPath,
): FieldError[] {
  if (next || !previous) return [];
  const to = next === undefined ? 'nil' : 'an empty string';
  const at = path.at('spec', 'volumeAttributesClassName');
  return [forbiddenField(at, `update from non-nil value to ${to} is forbidden`)];
}

function warningsOf({ metadata, spec }: PersistentVolumeClaim): string[] {
  const warnings: string[] = [];
  if (metadata.annotations?.[STORAGE_CLASS_ANNOTATION] !== undefined) {
    const at = FieldPath.root.at('metadata', 'annotations').key(STORAGE_CLASS_ANNOTATION);
    warnings.push(`${at}: deprecated since v1.8; use "storageClassName" attribute instead`);
  }
  return [...warnings, ...claimSpecWarnings(spec, FieldPath.root.at('spec'))];
}

const isBoundToVolume = ({ spec }: PersistentVolumeClaim): boolean => Boolean(spec.volumeName);

/** A request for storage, and the right to it. */
export const persistentVolumeClaims: ResourceDefinition<PersistentVolumeClaim> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['pvc'],
  deleteAnswersObject: true,

  defaults(draft) {
    part(draft, 'status').phase ||= 'Pending';
    defaultClaimSpec(part(draft, 'spec'));
  },
  prepareCreate(draft) {
    draft.status = { phase: 'Pending' };
    prepareSources(draft.spec);
  },
  prepareUpdate: (draft, previous) => prepareSources(draft.spec, previous.spec),
  validate: ({ spec }, { path }) => validateClaimSpec(spec, path.at('spec')),
  validateUpdate: (next, previous, { path }) => validateUpdate(next, previous, path),
  warnings: warningsOf,
  status: {
    validateUpdate: ({ status }, _previous, { path }) =>
      validateClaimStatus(status, path.at('status')),
  },

  columns: [
    nameColumn,
    column('Status', 'string', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status.phase ?? ''),
    ),
    column('Volume', 'string', ({ spec }) => spec.volumeName ?? ''),
    column('Capacity', 'string', (claim) =>
      isBoundToVolume(claim) ? (claim.status.capacity?.storage ?? '0') : '',
    ),
    column('Access Modes', 'string', (claim) =>
      isBoundToVolume(claim) ? accessModesCell(claim.status.accessModes) : '',
    ),
    column(
      'StorageClass',
      'string',
      ({ metadata, spec }) =>
        metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec.storageClassName ?? '',
    ),
    column(
      'VolumeAttributesClass',
      'string',
      ({ spec }) => spec.volumeAttributesClassName ?? UNSET,
    ),
    ageColumn,
    column('VolumeMode', 'string', ({ spec }) => spec.volumeMode ?? UNSET, { priority: 1 }),
  ],
};
