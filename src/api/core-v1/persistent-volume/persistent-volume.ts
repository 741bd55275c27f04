import { toTime } from '../../../base/clock.ts';
import { isSemanticallyEqual } from '../../../machinery/equal.ts';
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../../machinery/field-error.ts';
import { FieldPath } from '../../../machinery/field-path.ts';
import type { Draft } from '../../../machinery/object.ts';
import { objectDiff } from '../../../machinery/object-diff.ts';
import { parseQuantity } from '../../../machinery/quantity.ts';
import { sortedByKey } from '../../../machinery/quote.ts';
import type { MessageShape } from '../../../machinery/shape.ts';
import { checkDns1123Subdomain } from '../../../machinery/validation/names.ts';
import { validateImmutableField } from '../../../machinery/validation/object-meta.ts';
import {
  validateDnsSubdomain,
  validateOptionalChoice,
  validateOptionalText,
} from '../../checks.ts';
import { ageColumn, nameColumn } from '../../columns.ts';
import { column, type ResourceDefinition } from '../../definition.ts';
import { part } from '../../drafts.ts';
import { persistentVolumes as resource } from '../../generated/core/v1/resources.ts';
import type {
  PersistentVolume,
  PersistentVolumeSpec,
  VolumeNodeAffinity,
} from '../../generated/core/v1/types.ts';
import { goStruct } from '../../go-struct.ts';
import { shapeOf } from '../../shapes.ts';
import { accessModesCell, STORAGE_CLASS_ANNOTATION } from '../access-modes.ts';
import { validateAccessModes } from '../claim-rules.ts';
import { validateNodeSelector } from '../pod/affinity-rules.ts';
import { defaultNetworkStorage } from '../pod/volume-defaults.ts';
import { OLD_VOLUMES, termWarnings } from '../pod/warnings.ts';
import { roundUpResources } from '../resource-list.ts';
import { validateBasicAmount, validatePositiveAmount } from '../resource-rules.ts';
import {
  sourceOf,
  validateMountOptions,
  validateRecycling,
  validateVolumeSource,
} from './source-rules.ts';

const UNSET = '<unset>';

function setDefaults(draft: Draft<PersistentVolume>): void {
  const spec = part(draft, 'spec');
  part(draft, 'status').phase ||= 'Pending';
  spec.persistentVolumeReclaimPolicy ||= 'Retain';
  spec.volumeMode ||= 'Filesystem';
  if (spec.capacity) roundUpResources(spec.capacity);
  if (spec.hostPath) spec.hostPath.type ??= '';
  defaultNetworkStorage(spec);
}

function validateSpec(spec: PersistentVolumeSpec, path: FieldPath): FieldError[] {
  const { accessModes, storageClassName, volumeMode, volumeAttributesClassName } = spec;
  const { persistentVolumeReclaimPolicy: policy } = spec;
  const errors = accessModes?.length ? [] : [required(path.at('accessModes'))];
  errors.push(...validateAccessModes(accessModes, path.at('accessModes')));
  errors.push(...validateCapacity(spec.capacity, path.at('capacity')));
  const policies = ['Delete', 'Recycle', 'Retain'];
  if (policy) {
    const at = path.at('persistentVolumeReclaimPolicy');
    errors.push(...validateOptionalChoice(policy, policies, at));
  }
  if (spec.nodeAffinity) {
    errors.push(...validateNodeAffinity(spec.nodeAffinity, path.at('nodeAffinity')));
  }
  errors.push(
    ...validateVolumeSource(spec, path),
    ...validateRecycling(spec, path),
    ...validateOptionalText(storageClassName, checkDns1123Subdomain, path.at('storageClassName')),
    ...validateOptionalChoice(volumeMode, ['Block', 'Filesystem'], path.at('volumeMode')),
  );
  if (volumeAttributesClassName === undefined) return errors;
  const at = path.at('volumeAttributesClassName');
  if (volumeAttributesClassName === '') {
    errors.push(required(at, 'an empty string is disallowed'));
  } else errors.push(...validateDnsSubdomain(volumeAttributesClassName, at));
  if (spec.csi) return errors;
  const detail = 'has to be specified when using volumeAttributesClassName';
  return [...errors, required(path.at('csi'), detail)];
}

function validateCapacity(
  capacity: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
): FieldError[] {
  const names = Object.keys(capacity ?? {});
  const errors = names.length > 0 ? [] : [required(path)];
  if (names.length !== 1 || names[0] !== 'storage') {
    errors.push(notSupported(path, capacity ? sortedByKey(capacity) : null, ['storage']));
  }
  return [
    ...errors,
    ...names.flatMap((name) => {
      const amount = parseQuantity(capacity![name]!);
      const at = path.key(name);
      return [...validateBasicAmount(amount, at), ...validatePositiveAmount(amount, at)];
    }),
  ];
}

function validateNodeAffinity({ required: nodes }: VolumeNodeAffinity, path: FieldPath) {
  if (nodes) return validateNodeSelector(nodes, path.at('required'));
  return [required(path.at('required'), 'must specify required node constraints')];
}

function validateUpdate(
  next: PersistentVolumeSpec,
  previous: PersistentVolumeSpec,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  const [now, then] = [sourceOf(withoutNewSecret(next, previous)), sourceOf(previous)];
  if (!isSemanticallyEqual(now, then)) {
    const at = path.at('spec', 'persistentvolumesource');
    const detail = 'spec.persistentvolumesource is immutable after creation';
    errors.push(forbiddenField(at, `${detail}\n${objectDiff(then, now)}`));
  }
  const at = path.at('volumeMode');
  errors.push(...validateImmutableField(next.volumeMode, previous.volumeMode, at));
  const { nodeAffinity } = previous;
  if (nodeAffinity && !isSemanticallyEqual(next.nodeAffinity, nodeAffinity)) {
    const detail = 'field is immutable, except for updating from beta label to GA';
    const shown = next.nodeAffinity ? goStruct(affinityShape(), next.nodeAffinity) : null;
    errors.push(invalid(path.at('nodeAffinity'), shown, detail));
  }
  if (previous.volumeAttributesClassName && next.volumeAttributesClassName === undefined) {
    const classPath = path.at('spec', 'volumeAttributesClassName');
    errors.push(forbiddenField(classPath, 'update from non-nil value to nil is forbidden'));
  }
  return errors;
}

function affinityShape(): MessageShape {
  const spec = shapeOf(resource).fieldsByName.get('spec')!.type as MessageShape;
  return spec.fieldsByName.get('nodeAffinity')!.type as MessageShape;
}

/** The secret for making a volume larger may come later. */
function withoutNewSecret(
  next: PersistentVolumeSpec,
  previous: PersistentVolumeSpec,
): PersistentVolumeSpec {
  if (!next.csi?.controllerExpandSecretRef || !previous.csi) return next;
  if (previous.csi.controllerExpandSecretRef) return next;
  const { controllerExpandSecretRef: _, ...csi } = next.csi;
  return { ...next, csi };
}

const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';

function warningsOf({ metadata, spec }: PersistentVolume): string[] {
  const annotations = FieldPath.root.at('metadata', 'annotations');
  const path = FieldPath.root.at('spec');
  const warnings: string[] = [];
  const warn = (at: FieldPath, text: string) => warnings.push(`${at}: ${text}`);
  if (metadata.annotations?.[STORAGE_CLASS_ANNOTATION] !== undefined) {
    const at = annotations.key(STORAGE_CLASS_ANNOTATION);
    warn(at, 'deprecated since v1.8; use "storageClassName" attribute instead');
  }
  if (metadata.annotations?.[MOUNT_OPTIONS] !== undefined) {
    const at = annotations.key(MOUNT_OPTIONS);
    warn(at, 'deprecated since v1.31; use "mountOptions" attribute instead');
  }
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') {
    warn(
      path.at('persistentVolumeReclaimPolicy'),
      'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    );
  }
  const terms = path.at('nodeAffinity', 'required', 'nodeSelectorTerms');
  spec.nodeAffinity?.required?.nodeSelectorTerms?.forEach((term, i) => {
    warnings.push(...termWarnings(term, terms.index(i)));
  });
  for (const field in spec) {
    const text = OLD_VOLUMES[field as keyof typeof OLD_VOLUMES];
    if (text) warn(path.at(field), text);
  }
  return warnings;
}

const classOf = ({ metadata, spec }: PersistentVolume): string =>
  metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? spec.storageClassName ?? '';

/** A piece of storage, which outlives the pods that use it. */
export const persistentVolumes: ResourceDefinition<PersistentVolume> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['pv'],
  deleteAnswersObject: true,

  defaults: setDefaults,
  prepareCreate(draft, { now }) {
    draft.status = { phase: 'Pending', lastPhaseTransitionTime: toTime(now) };
  },
  validate: (volume, { path }) => [
    ...validateSpec(volume.spec, path.at('spec')),
    ...validateMountOptions(volume, path),
  ],
  validateUpdate: (next, previous, { path }) => validateUpdate(next.spec, previous.spec, path),
  warnings: warningsOf,
  status: {
    prepareUpdate({ status }, previous, { now }) {
      const { phase, lastPhaseTransitionTime: then } = previous.status;
      if (status.phase === phase || (status.lastPhaseTransitionTime ?? then) !== then) return;
      status.lastPhaseTransitionTime = toTime(now);
    },
  },

  columns: [
    nameColumn,
    column('Capacity', 'string', ({ spec }) => spec.capacity?.storage ?? '0'),
    column('Access Modes', 'string', ({ spec }) => accessModesCell(spec.accessModes)),
    column('Reclaim Policy', 'string', ({ spec }) => spec.persistentVolumeReclaimPolicy ?? ''),
    column('Status', 'string', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status.phase ?? ''),
    ),
    column('Claim', 'string', ({ spec }) =>
      spec.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
    ),
    column('StorageClass', 'string', classOf),
    column(
      'VolumeAttributesClass',
      'string',
      ({ spec }) => spec.volumeAttributesClassName ?? UNSET,
    ),
    column('Reason', 'string', ({ status }) => status.reason ?? ''),
    ageColumn,
    column('VolumeMode', 'string', ({ spec }) => spec.volumeMode ?? UNSET, { priority: 1 }),
  ],
};
