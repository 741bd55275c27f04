import {
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { checkDns1123Label } from '../../../machinery/validation/names.ts';
import {
  validateDnsLabel,
  validateDnsSubdomain,
  validateOptionalText,
  validatePresent,
  validateRequiredText,
} from '../../checks.ts';
import type {
  AzureFilePersistentVolumeSource,
  CSIPersistentVolumeSource,
  LocalVolumeSource,
  PersistentVolume,
  PersistentVolumeSource,
  PersistentVolumeSpec,
  SecretReference,
} from '../../generated/core/v1/types.ts';
import {
  LEGACY_VOLUME_RULES,
  validateFlexVolume,
  validateIscsi,
} from '../pod/legacy-volume-rules.ts';
import { validateNoBacksteps } from '../pod/path-rules.ts';
import {
  validateCsiDriverName,
  validateHostPath,
  validateNfs,
} from '../pod/volume-source-rules.ts';

type Rule = (source: never, path: FieldPath) => FieldError[];

const { gcePersistentDisk, awsElasticBlockStore, glusterfs, flocker, rbd, cephfs } =
  LEGACY_VOLUME_RULES;
const { fc, vsphereVolume, photonPersistentDisk, portworxVolume, azureDisk } = LEGACY_VOLUME_RULES;

/** The kinds of volumes, in the order in which they are looked for, and what is wrong with them. */
const RULES = {
  hostPath: validateHostPath,
  gcePersistentDisk,
  awsElasticBlockStore,
  glusterfs: (source, path) => [
    ...glusterfs(source as never, path, undefined as never),
    ...validateEndpointsNamespace(source.endpointsNamespace, path.at('endpointsNamespace')),
  ],
  flocker,
  nfs: validateNfs,
  rbd,
  quobyte: LEGACY_VOLUME_RULES.quobyte,
  cephfs,
  iscsi: (source, path) => [
    ...validateIscsi(source, path),
    ...(source.secretRef
      ? validatePresent(source.secretRef.name, path.at('secretRef', 'name'))
      : []),
  ],
  cinder: (source, path) => [
    ...validatePresent(source.volumeID, path.at('volumeID')),
    ...validateSecret(source.secretRef, path.at('secretRef')),
  ],
  fc,
  flexVolume: validateFlexVolume,
  azureFile: validateAzureFile,
  vsphereVolume,
  photonPersistentDisk,
  portworxVolume,
  azureDisk,
  scaleIO: (source, path) => [
    ...validatePresent(source.gateway, path.at('gateway')),
    ...validatePresent(source.system, path.at('system')),
    ...validatePresent(source.volumeName, path.at('volumeName')),
  ],
  local: validateLocal,
  storageos: ({ volumeName, volumeNamespace, secretRef }, path) => [
    ...validateRequiredText(volumeName, checkDns1123Label, path.at('volumeName')),
    ...validateOptionalText(volumeNamespace, checkDns1123Label, path.at('volumeNamespace')),
    ...validateSecret(secretRef, path.at('secretRef')),
  ],
  csi: validateCsi,
} satisfies {
  readonly [K in keyof Required<PersistentVolumeSource>]: (
    source: NonNullable<PersistentVolumeSource[K]>,
    path: FieldPath,
    context: never,
  ) => FieldError[];
};

/** The names of the fields that say what a volume is. */
const SOURCE_FIELDS = Object.keys(RULES) as (keyof PersistentVolumeSource)[];

/** What a volume is: of one kind. */
export function validateVolumeSource(spec: PersistentVolumeSpec, path: FieldPath): FieldError[] {
  const fields = SOURCE_FIELDS.filter((field) => spec[field]);
  if (fields.length === 0) return [required(path, 'must specify a volume type')];
  const detail = 'may not specify more than 1 volume type';
  return fields.flatMap((field, i) =>
    // Nobody asks whether there is another one beside a flexVolume.
    i === 0 || field === 'flexVolume'
      ? validateSource(spec, field, path)
      : [forbiddenField(path.at(field === 'cephfs' ? 'cephFS' : field), detail)],
  );
}

function validateSource(
  spec: PersistentVolumeSpec,
  field: keyof PersistentVolumeSource,
  path: FieldPath,
): FieldError[] {
  // In messages, as in Kubernetes, this kind alone goes by another name.
  const at = path.at(field === 'gcePersistentDisk' ? 'persistentDisk' : field);
  const errors = (RULES[field] as Rule)(spec[field] as never, at);
  if (field === 'local' && !spec.nodeAffinity) {
    errors.push(required(path.at('nodeAffinity'), 'Local volume requires node affinity'));
  }
  return errors;
}

function validateEndpointsNamespace(name: string | undefined, path: FieldPath): FieldError[] {
  if (name !== '') return validateOptionalText(name, checkDns1123Label, path);
  const detail = 'if the endpointnamespace is set, it must be a valid namespace name';
  return [invalid(path, name, detail)];
}

const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';

/** The kinds that have always been mounted with options, and take them from an annotation too. */
const WITH_MOUNT_OPTIONS: readonly (keyof PersistentVolumeSource)[] = [
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'nfs',
  'rbd',
  'quobyte',
  'iscsi',
  'cinder',
  'cephfs',
  'azureFile',
  'vsphereVolume',
  'azureDisk',
  'photonPersistentDisk',
  'flocker',
  'scaleIO',
  'fc',
  'portworxVolume',
];

/** The annotation that older clients give options for mounting in, where these are of no use. */
export function validateMountOptions(
  { metadata, spec }: PersistentVolume,
  root: FieldPath,
): FieldError[] {
  if (metadata.annotations?.[MOUNT_OPTIONS] === undefined) return [];
  if (WITH_MOUNT_OPTIONS.some((field) => spec[field])) return [];
  const at = root.at('metadata', 'annotations', MOUNT_OPTIONS);
  return [forbiddenField(at, 'may not specify mount options for this volume type')];
}

/** A secret in a namespace of its own. */
function validateSecret(secret: SecretReference | undefined, path: FieldPath): FieldError[] {
  if (!secret) return [];
  return [
    ...validatePresent(secret.name, path.at('name')),
    ...validatePresent(secret.namespace, path.at('namespace')),
  ];
}

function validateAzureFile(
  { secretName, shareName, secretNamespace }: AzureFilePersistentVolumeSource,
  path: FieldPath,
): FieldError[] {
  const errors = [
    ...validatePresent(secretName, path.at('secretName')),
    ...validatePresent(shareName, path.at('shareName')),
  ];
  return secretNamespace === '' ? [...errors, required(path.at('secretNamespace'))] : errors;
}

function validateLocal({ path: folder }: LocalVolumeSource, path: FieldPath): FieldError[] {
  const at = path.at('path');
  return folder ? validateNoBacksteps(folder, at) : [required(at)];
}

const CSI_SECRETS = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

function validateCsi(source: CSIPersistentVolumeSource, path: FieldPath): FieldError[] {
  const { driver, volumeHandle } = source;
  return [
    ...validateCsiDriverName(driver, path.at('driver')),
    ...validatePresent(volumeHandle, path.at('volumeHandle')),
    ...CSI_SECRETS.flatMap((field) => validateNamedSecret(source[field], path.at(field))),
  ];
}

function validateNamedSecret(secret: SecretReference | undefined, path: FieldPath): FieldError[] {
  if (!secret) return [];
  const { name, namespace } = secret;
  const [namePath, namespacePath] = [path.at('name'), path.at('namespace')];
  return [
    ...(name ? validateDnsSubdomain(name, namePath) : [required(namePath)]),
    ...(namespace ? validateDnsLabel(namespace, namespacePath) : [required(namespacePath)]),
  ];
}

const isRootPath = (path: string): boolean => /^\/(\.?\/)*\.?$/.test(path);

/** Recycling deletes all files, which a node had better keep. */
export function validateRecycling(spec: PersistentVolumeSpec, path: FieldPath): FieldError[] {
  const { hostPath, persistentVolumeReclaimPolicy: policy } = spec;
  if (policy !== 'Recycle' || !hostPath || !isRootPath(hostPath.path)) return [];
  const at = path.at('persistentVolumeReclaimPolicy');
  return [forbiddenField(at, "may not be 'recycle' for a hostPath mount of '/'")];
}

/** A volume as part of something else: only what a driver needs to know. */
export function validateInlineSource(spec: PersistentVolumeSpec, path: FieldPath): FieldError[] {
  const only = 'may not be specified in the context of inline volumes';
  const fields = [
    'claimRef',
    'capacity',
    'persistentVolumeReclaimPolicy',
    'nodeAffinity',
    'storageClassName',
    'volumeMode',
    'volumeAttributesClassName',
  ] as const;
  const errors = fields
    .filter((field) => spec[field])
    .map((field) => forbiddenField(path.at(field), only));
  if (!spec.csi) {
    errors.push(required(path.at('csi'), 'has to be specified in the context of inline volumes'));
  }
  if (!spec.accessModes?.length) errors.push(required(path.at('accessModes')));
  return [...errors, ...validateVolumeSource(spec, path)];
}

/** The volume's source alone. */
export const sourceOf = (spec: PersistentVolumeSpec): object =>
  Object.fromEntries(SOURCE_FIELDS.filter((field) => spec[field]).map((f) => [f, spec[f]]));
