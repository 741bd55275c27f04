import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import type { ObjectMeta } from '../../../machinery/object.ts';
import { parseQuantity } from '../../../machinery/quantity.ts';
import { quote } from '../../../machinery/quote.ts';
import { checkDns1123Subdomain } from '../../../machinery/validation/names.ts';
import { untilNothingFound } from '../../../machinery/validation/once.ts';
import { validateDnsLabel, validatePresent } from '../../checks.ts';
import type {
  EmptyDirVolumeSource,
  EphemeralVolumeSource,
  Volume,
  VolumeSource,
} from '../../generated/core/v1/types.ts';
import { validateClaimTemplate } from '../claim-rules.ts';
import { LEGACY_VOLUME_RULES } from './legacy-volume-rules.ts';
import { validateProjectedVolume } from './projected-volume-rules.ts';
import {
  validateConfigMapVolume,
  validateCsiVolume,
  validateDownwardVolume,
  validateHostPath,
  validateImageVolume,
  validateNfs,
  validateSecretVolume,
} from './volume-source-rules.ts';

/** The volumes of a pod that were found to be right. */
export type VolumesByName = ReadonlyMap<string, Volume>;

/** What the rules of volumes need to know of the pod around them; a template has no name. */
export interface VolumeOwner {
  readonly metadata: Partial<ObjectMeta> | undefined;
  readonly isPod: boolean;
}

const NO_VOLUMES: VolumesByName = new Map();

/** The volumes of a pod: each of one kind, their names distinct. Answers those that are right. */
export function validateVolumes(
  volumes: readonly Volume[],
  owner: VolumeOwner,
  path: FieldPath,
): { errors: FieldError[]; byName: VolumesByName } {
  const errors: FieldError[] = [];
  if (volumes.length === 0) return { errors, byName: NO_VOLUMES };
  const byName = new Map<string, Volume>();
  const created = createdClaims(volumes, owner);
  volumes.forEach((volume, i) => {
    const at = path.index(i);
    const found = validateVolume(volume, owner, at);
    if (byName.has(volume.name)) found.push(duplicate(at.at('name'), volume.name));
    if (found.length === 0) byName.set(volume.name, volume);
    errors.push(...found);
    const claimName = volume.persistentVolumeClaim?.claimName;
    if (claimName !== undefined && created.has(claimName)) {
      const detail = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(invalid(at.at('persistentVolumeClaim', 'claimName'), claimName, detail));
    }
  });
  return { errors, byName };
}

/** The names of the claims that will be made for ephemeral volumes of this pod. */
function createdClaims(volumes: readonly Volume[], { metadata }: VolumeOwner): Set<string> {
  if (!metadata?.name) return new Set();
  const ephemeral = volumes.filter((volume) => volume.ephemeral);
  return new Set(ephemeral.map(({ name }) => `${metadata.name}-${name}`));
}

function validateVolume(volume: Volume, owner: VolumeOwner, path: FieldPath): FieldError[] {
  const errors = validateSource(volume, owner, path);
  if (!volume.name) errors.push(required(path.at('name')));
  else errors.push(...validateDnsLabel(volume.name, path.at('name')));
  return errors;
}

/** Where a source stands. */
export interface VolumeContext {
  readonly name: string;
  readonly owner: VolumeOwner;
  readonly volumePath: FieldPath;
}

/** Checks one kind of source. */
export type VolumeRule<S> = (source: S, path: FieldPath, context: VolumeContext) => FieldError[];

/** The checks of every kind of source. */
export type VolumeRules = {
  readonly [K in keyof VolumeSource]-?: VolumeRule<NonNullable<VolumeSource[K]>>;
};

const RULES: VolumeRules = {
  ...LEGACY_VOLUME_RULES,
  configMap: validateConfigMapVolume,
  csi: validateCsiVolume,
  downwardAPI: validateDownwardVolume,
  emptyDir: validateEmptyDir,
  ephemeral: validateEphemeral,
  hostPath: validateHostPath,
  image: (source, path, { owner }) => validateImageVolume(source, owner.isPod, path),
  nfs: validateNfs,
  persistentVolumeClaim: ({ claimName }, path) => validatePresent(claimName, path.at('claimName')),
  projected: untilNothingFound(validateProjectedVolume), // The token's is the same in most pods.
  secret: validateSecretVolume,
};

/** The order in which sources are looked at: the first is the volume's, more are too many. */
const ORDER = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
] as const satisfies readonly (keyof VolumeSource)[];

// Messages call a few sources otherwise than objects do, and clients know them so.
const NAME_IN_MESSAGES: Partial<Record<keyof VolumeSource, string>> = {
  gcePersistentDisk: 'persistentDisk',
};
const NAME_WHEN_TOO_MANY: Partial<Record<keyof VolumeSource, string>> = {
  cephfs: 'cephFS',
  downwardAPI: 'downwarAPI',
};

function validateSource(volume: Volume, owner: VolumeOwner, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  let found = false;
  for (const kind of ORDER) {
    const source = volume[kind];
    if (source === undefined) continue;
    if (found) {
      const at = path.at(NAME_WHEN_TOO_MANY[kind] ?? kind);
      errors.push(forbiddenField(at, 'may not specify more than 1 volume type'));
    } else {
      const rule = RULES[kind] as VolumeRule<unknown>;
      const context = { name: volume.name, owner, volumePath: path };
      errors.push(...rule(source, path.at(NAME_IN_MESSAGES[kind] ?? kind), context));
    }
    found = true;
  }
  if (!found) errors.push(required(path, 'must specify a volume type'));
  return errors;
}

function validateEmptyDir({ sizeLimit }: EmptyDirVolumeSource, path: FieldPath): FieldError[] {
  if (sizeLimit === undefined || !parseQuantity(sizeLimit).isNegative) return [];
  const detail = 'SizeLimit field must be a valid resource quantity';
  return [forbiddenField(path.at('sizeLimit'), detail)];
}

function validateEphemeral(
  { volumeClaimTemplate: template }: EphemeralVolumeSource,
  path: FieldPath,
  { name, owner, volumePath }: VolumeContext,
): FieldError[] {
  const at = path.at('volumeClaimTemplate');
  const errors = template ? validateClaimTemplate(template, at) : [required(at)];
  if (!owner.metadata?.name || !name) return errors;
  const claimName = `${owner.metadata.name}-${name}`;
  for (const problem of checkDns1123Subdomain(claimName)) {
    const detail = `PVC name ${quote(claimName)}: ${problem}`;
    errors.push(invalid(volumePath.at('name'), name, detail));
  }
  return errors;
}
