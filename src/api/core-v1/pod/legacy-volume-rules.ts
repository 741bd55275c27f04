import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateDnsLabel, validateOptionalChoice, validatePresent } from '../../checks.ts';
import type {
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  ISCSIVolumeSource,
  QuobyteVolumeSource,
  StorageOSVolumeSource,
} from '../../generated/core/v1/types.ts';
import { validateDescendingPath } from './path-rules.ts';
import type { VolumeContext, VolumeRule, VolumeRules } from './volume-rules.ts';

type LegacyKind =
  | 'awsElasticBlockStore'
  | 'azureDisk'
  | 'azureFile'
  | 'cephfs'
  | 'cinder'
  | 'fc'
  | 'flexVolume'
  | 'flocker'
  | 'gcePersistentDisk'
  | 'gitRepo'
  | 'glusterfs'
  | 'iscsi'
  | 'photonPersistentDisk'
  | 'portworxVolume'
  | 'quobyte'
  | 'rbd'
  | 'scaleIO'
  | 'storageos'
  | 'vsphereVolume';

/**
 * Volumes of kinds that drivers have since replaced. They are still accepted, most with a warning,
 * and a node that can't mount one says so.
 */
export const LEGACY_VOLUME_RULES: Pick<VolumeRules, LegacyKind> = {
  awsElasticBlockStore: (source, path) => [
    ...validatePresent(source.volumeID, path.at('volumeID')),
    ...validatePartition(source.partition, path.at('partition')),
  ],
  azureDisk: validateAzureDisk,
  azureFile: need('secretName', 'shareName'),
  cephfs: need('monitors'),
  cinder: (source, path) => [
    ...validatePresent(source.volumeID, path.at('volumeID')),
    ...validateSecretName(source.secretRef, path),
  ],
  fc: validateFibreChannel,
  flexVolume: validateFlexVolume,
  flocker: validateFlocker,
  gcePersistentDisk: (source, path) => [
    ...validatePresent(source.pdName, path.at('pdName')),
    ...validatePartition(source.partition, path.at('partition')),
  ],
  gitRepo: (source, path) => [
    ...validatePresent(source.repository, path.at('repository')),
    ...validateDescendingPath(source.directory ?? '', path.at('directory')),
  ],
  glusterfs: need('endpoints', 'path'),
  iscsi: validateIscsiVolume,
  photonPersistentDisk: need('pdID'),
  portworxVolume: need('volumeID'),
  quobyte: validateQuobyte,
  rbd: need('monitors', 'image'),
  scaleIO: need('gateway', 'system', 'volumeName'),
  storageos: validateStorageOs,
  vsphereVolume: need('volumePath'),
};

/** The fields that must be there are all there is to check of many. */
function need<S>(...fields: (keyof S & string)[]): VolumeRule<S> {
  return (source, path) =>
    fields.flatMap((field) => (isMissing(source[field]) ? [required(path.at(field))] : []));
}

const isMissing = (value: unknown): boolean =>
  !value || (Array.isArray(value) && value.length === 0);

const validateSecretName = (
  secret: { readonly name?: string } | undefined,
  path: FieldPath,
): FieldError[] => (secret && !secret.name ? [required(path.at('secretRef', 'name'))] : []);

const validatePartition = (partition = 0, path: FieldPath): FieldError[] =>
  partition < 0 || partition > 255
    ? [invalid(path, partition, 'must be between 1 and 255, inclusive')]
    : [];

const INITIATOR_FORMS: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9.-]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
};

function validateInitiator(name: string, path: FieldPath): FieldError[] {
  const form = INITIATOR_FORMS[name.slice(0, 3)];
  if (!form) {
    return [invalid(path, name, 'must be valid format starting with iqn, eui, or naa')];
  }
  return form.test(name) ? [] : [invalid(path, name, 'must be valid format')];
}

/** A disk of a storage network (iSCSI). */
export function validateIscsi(
  source: Omit<ISCSIVolumeSource, 'secretRef'> & { readonly secretRef?: object },
  path: FieldPath,
): FieldError[] {
  const { targetPortal, iqn, lun = 0, initiatorName } = source;
  const errors = validatePresent(targetPortal, path.at('targetPortal'));
  if (!iqn) errors.push(required(path.at('iqn')));
  else errors.push(...validateInitiator(iqn, path.at('iqn')));
  if (lun < 0 || lun > 255) {
    errors.push(invalid(path.at('lun'), lun, 'must be between 0 and 255, inclusive'));
  }
  const authenticates = source.chapAuthDiscovery || source.chapAuthSession;
  if (authenticates && !source.secretRef) errors.push(required(path.at('secretRef')));
  if (initiatorName !== undefined) {
    errors.push(...validateInitiator(initiatorName, path.at('initiatorname')));
  }
  return errors;
}

function validateIscsiVolume(
  source: ISCSIVolumeSource,
  path: FieldPath,
  { name, volumePath }: VolumeContext,
): FieldError[] {
  const errors = validateIscsi(source, path);
  const isLong = Buffer.byteLength(`${name}:${source.targetPortal}`) > 64;
  if (source.initiatorName === undefined || !isLong) return errors;
  const detail =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
  return [...errors, invalid(volumePath.at('name'), name, detail)];
}

function validateFlocker(source: FlockerVolumeSource, path: FieldPath): FieldError[] {
  const { datasetName, datasetUUID } = source;
  const errors: FieldError[] = [];
  if (!datasetName && !datasetUUID) {
    errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  }
  if (datasetName && datasetUUID) {
    const detail = 'datasetName and datasetUUID can not be specified simultaneously';
    errors.push(invalid(path, 'resource', detail));
  }
  if (datasetName?.includes('/')) {
    errors.push(invalid(path.at('datasetName'), datasetName, "must not contain '/'"));
  }
  return errors;
}

const REGISTRY_FORM = 'must be a host:port pair or multiple pairs separated by commas';

function validateQuobyte(source: QuobyteVolumeSource, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (!source.registry) errors.push(required(path.at('registry'), REGISTRY_FORM));
  else if ((source.tenant?.length ?? 0) >= 65) {
    const detail = 'must be a UUID and may not exceed a length of 64 characters';
    errors.push(required(path.at('tenant'), detail));
  } else {
    for (const pair of source.registry.split(',')) {
      if (/^(\[[^\]]*\]|[^:[\]]*):[^:]*$/.test(pair)) continue;
      errors.push(invalid(path.at('registry'), source.registry, REGISTRY_FORM));
    }
  }
  return [...errors, ...validatePresent(source.volume, path.at('volume'))];
}

function validateFibreChannel(source: FCVolumeSource, path: FieldPath): FieldError[] {
  const { targetWWNs = [], wwids = [], lun } = source;
  const errors: FieldError[] = [];
  if (targetWWNs.length === 0 && wwids.length === 0) {
    const detail = 'must specify either targetWWNs or wwids, but not both';
    errors.push(required(path.at('targetWWNs'), detail));
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    const detail = 'targetWWNs and wwids can not be specified simultaneously';
    errors.push(invalid(path.at('targetWWNs'), targetWWNs, detail));
  }
  if (targetWWNs.length === 0) return errors;
  if (lun === undefined) {
    errors.push(required(path.at('lun'), 'lun is required if targetWWNs is specified'));
  } else if (lun < 0 || lun > 255) {
    errors.push(invalid(path.at('lun'), lun, 'must be between 0 and 255, inclusive'));
  }
  return errors;
}

/** A volume that a program on the node mounts. */
export function validateFlexVolume(
  source: Pick<FlexVolumeSource, 'driver' | 'options'>,
  path: FieldPath,
): FieldError[] {
  const errors = validatePresent(source.driver, path.at('driver'));
  for (const key in source.options) {
    const domain = `.${key.split('/')[0]!.toLowerCase()}`;
    if (!domain.endsWith('.kubernetes.io') && !domain.endsWith('.k8s.io')) continue;
    const detail = 'kubernetes.io and k8s.io namespaces are reserved';
    errors.push(invalid(path.at('options').key(key), key, detail));
  }
  return errors;
}

/** A disk in Azure: a managed one, or a blob. */
function validateAzureDisk(source: AzureDiskVolumeSource, path: FieldPath): FieldError[] {
  const { diskURI = '', cachingMode, kind } = source;
  const errors = [
    ...validatePresent(source.diskName, path.at('diskName')),
    ...validatePresent(diskURI, path.at('diskURI')),
    ...validateOptionalChoice(
      cachingMode,
      ['None', 'ReadOnly', 'ReadWrite'],
      path.at('cachingMode'),
    ),
    ...validateOptionalChoice(kind, ['Dedicated', 'Managed', 'Shared'], path.at('kind')),
  ];
  const form =
    kind === 'Managed'
      ? '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
      : 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  const start = kind === 'Managed' ? '/subscriptions/' : 'https://';
  if (kind !== undefined && !diskURI.startsWith(start)) {
    errors.push(notSupported(path.at('diskURI'), diskURI, [form]));
  }
  return errors;
}

function validateStorageOs(source: StorageOSVolumeSource, path: FieldPath): FieldError[] {
  const { volumeName, volumeNamespace } = source;
  return [
    ...(volumeName
      ? validateDnsLabel(volumeName, path.at('volumeName'))
      : [required(path.at('volumeName'))]),
    ...(volumeNamespace ? validateDnsLabel(volumeNamespace, path.at('volumeNamespace')) : []),
    ...validateSecretName(source.secretRef, path),
  ];
}
