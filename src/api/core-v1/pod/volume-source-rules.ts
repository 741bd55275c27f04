import { type FieldError, invalid, required, tooLong } from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { invalidFor } from '../../../machinery/validation/labels.ts';
import { checkDns1123Subdomain } from '../../../machinery/validation/names.ts';
import {
  validateDnsSubdomain,
  validateEach,
  validateOptionalChoice,
  validatePresent,
} from '../../checks.ts';
import type {
  ConfigMapVolumeSource,
  CSIVolumeSource,
  DownwardAPIVolumeFile,
  DownwardAPIVolumeSource,
  HostPathVolumeSource,
  ImageVolumeSource,
  KeyToPath,
  NFSVolumeSource,
  SecretVolumeSource,
} from '../../generated/core/v1/types.ts';
import { VOLUME_FIELDS, validateFieldRef, validateResourceFieldRef } from './env-rules.ts';
import { validatePullPolicy } from './image-rules.ts';
import { validateFileMode, validateNoBacksteps, validateVolumePath } from './path-rules.ts';

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** A file or folder of the node. */
export function validateHostPath(source: HostPathVolumeSource, path: FieldPath): FieldError[] {
  if (!source.path) return [required(path.at('path'))];
  return [
    ...validateNoBacksteps(source.path, path.at('path')),
    ...validateOptionalChoice(source.type, HOST_PATH_TYPES, path.at('type')),
  ];
}

/** The keys of a Secret as files. */
export const validateSecretVolume = (source: SecretVolumeSource, path: FieldPath): FieldError[] => [
  ...validatePresent(source.secretName, path.at('secretName')),
  ...validateFileMode(source.defaultMode, path.at('defaultMode')),
  ...validateEach(source.items, path.at('items'), validateKeyToPath),
];

/** The keys of a ConfigMap as files. */
export const validateConfigMapVolume = (
  source: ConfigMapVolumeSource,
  path: FieldPath,
): FieldError[] => [
  ...validatePresent(source.name, path.at('name')),
  ...validateFileMode(source.defaultMode, path.at('defaultMode')),
  ...validateEach(source.items, path.at('items'), validateKeyToPath),
];

/** A key and the file it becomes. */
export const validateKeyToPath = (item: KeyToPath, path: FieldPath): FieldError[] => [
  ...validatePresent(item.key, path.at('key')),
  ...validatePresent(item.path, path.at('path')),
  ...validateVolumePath(item.path ?? '', path.at('path')),
  ...validateFileMode(item.mode, path.at('mode')),
];

/** What the pod says of itself as files. */
export const validateDownwardVolume = (
  source: DownwardAPIVolumeSource,
  path: FieldPath,
): FieldError[] => [
  ...validateFileMode(source.defaultMode, path.at('defaultMode')),
  // Findings about an item stand at the volume's path: so clients know them.
  ...(source.items ?? []).flatMap((file) => validateDownwardFile(file, path)),
];

/** One thing that the pod says of itself, as a file. */
export function validateDownwardFile(file: DownwardAPIVolumeFile, path: FieldPath): FieldError[] {
  const { fieldRef, resourceFieldRef } = file;
  const errors = [
    ...validatePresent(file.path, path.at('path')),
    ...validateVolumePath(file.path ?? '', path.at('path')),
  ];
  if (fieldRef) {
    errors.push(...validateFieldRef(fieldRef, VOLUME_FIELDS, path.at('fieldRef')));
    if (resourceFieldRef) {
      const detail = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      errors.push(invalid(path, 'resource', detail));
    }
  } else if (resourceFieldRef) {
    const at = path.at('resourceFieldRef');
    errors.push(...validateResourceFieldRef(resourceFieldRef, at, { inVolume: true }));
  } else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...validateFileMode(file.mode, path.at('mode'))];
}

/** A folder of a file server. */
export function validateNfs(source: NFSVolumeSource, path: FieldPath): FieldError[] {
  const errors = [
    ...validatePresent(source.server, path.at('server')),
    ...validatePresent(source.path, path.at('path')),
  ];
  if (!source.path?.startsWith('/')) {
    errors.push(invalid(path.at('path'), source.path ?? '', 'must be an absolute path'));
  }
  return errors;
}

/** The files of an image. */
export const validateImageVolume = (
  source: ImageVolumeSource,
  isPod: boolean,
  path: FieldPath,
): FieldError[] => [
  ...(isPod ? validatePresent(source.reference, path.at('reference')) : []),
  ...validatePullPolicy(source.pullPolicy, path.at('pullPolicy')),
];

/** A volume that a driver makes just for the pod. */
export function validateCsiVolume(source: CSIVolumeSource, path: FieldPath): FieldError[] {
  const errors = validateCsiDriverName(source.driver, path.at('driver'));
  const secret = source.nodePublishSecretRef;
  if (!secret) return errors;
  if (!secret.name) return [...errors, required(path.at('nodePublishSecretRef', 'name'))];
  return [...errors, ...validateDnsSubdomain(secret.name, path.at('name'))];
}

const DRIVER_NAME_MAX_BYTES = 63;

/** The name under which a driver of the container storage interface registers. */
export function validateCsiDriverName(name: string | undefined, path: FieldPath): FieldError[] {
  const driver = name ?? '';
  const errors = validatePresent(driver, path);
  if (Buffer.byteLength(driver) > DRIVER_NAME_MAX_BYTES) {
    errors.push(tooLong(path, DRIVER_NAME_MAX_BYTES));
  }
  return [...errors, ...invalidFor(checkDns1123Subdomain(driver.toLowerCase()), driver, path)];
}
