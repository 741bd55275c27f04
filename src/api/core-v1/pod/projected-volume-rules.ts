import {
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateLabelSelector } from '../../../machinery/validation/labels.ts';
import { validateEach, validatePresent } from '../../checks.ts';
import type {
  ClusterTrustBundleProjection,
  KeyToPath,
  PodCertificateProjection,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from '../../generated/core/v1/types.ts';
import { validateFileMode, validateVolumePath } from './path-rules.ts';
import { validateSignerName, validateTrustBundleName } from './signer-rules.ts';
import { validateDownwardFile, validateKeyToPath } from './volume-source-rules.ts';

/** Several sources in one folder; no two of them may make the same file. */
export function validateProjectedVolume(
  volume: ProjectedVolumeSource,
  path: FieldPath,
): FieldError[] {
  const files = new FilePaths(path);
  return [
    ...validateFileMode(volume.defaultMode, path.at('defaultMode')),
    ...validateEach(volume.sources, path.at('sources'), (source, at) =>
      validateProjection(source, files, at),
    ),
  ];
}

/** The files that the sources looked at so far will make. */
class FilePaths {
  readonly #seen = new Set<string>();
  readonly volumePath: FieldPath;

  constructor(volumePath: FieldPath) {
    this.volumePath = volumePath;
  }

  /** An error when the file was there before, shown as `blame`. */
  add(file: string | undefined, blame: string | undefined): FieldError[] {
    if (!file) return [];
    if (!this.#seen.has(file)) {
      this.#seen.add(file);
      return [];
    }
    return [invalid(this.volumePath, blame ?? '', 'conflicting duplicate paths')];
  }
}

function validateProjection(
  source: VolumeProjection,
  files: FilePaths,
  path: FieldPath,
): FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  const errors: FieldError[] = [];
  if (secret) errors.push(...validateItems(secret, files, path.at('secret')));
  if (configMap) errors.push(...validateItems(configMap, files, path.at('configMap')));
  for (const file of downwardAPI?.items ?? []) {
    errors.push(...validateDownwardFile(file, path.at('downwardAPI')));
    errors.push(...files.add(file.path, file.path));
  }
  if (serviceAccountToken) {
    const at = path.at('serviceAccountToken');
    errors.push(...validateToken(serviceAccountToken, at, files.volumePath));
  }
  if (clusterTrustBundle) {
    errors.push(...validateTrustBundle(clusterTrustBundle, files, path.at('clusterTrustBundle')));
  }
  if (source.podCertificate) {
    const at = path.at('podCertificate');
    errors.push(...validateCertificate(source.podCertificate, files, at));
  }
  const count = Object.values(source).filter((each) => each !== undefined).length;
  if (count > 1) {
    errors.push(forbiddenField(path, 'may not specify more than 1 volume type per source'));
  }
  return errors;
}

function validateItems(
  { name, items }: { readonly name?: string; readonly items?: readonly KeyToPath[] },
  files: FilePaths,
  path: FieldPath,
): FieldError[] {
  return [
    ...validatePresent(name, path.at('name')),
    ...validateEach(items, path.at('items'), (item, at) => [
      ...validateKeyToPath(item, at),
      ...files.add(item.path, name),
    ]),
  ];
}

const TOKEN_MIN_SECONDS = 10 * 60;
const TOKEN_MAX_SECONDS = 2 ** 32;

function validateToken(
  { expirationSeconds = 0, path: file }: ServiceAccountTokenProjection,
  path: FieldPath,
  volumePath: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  const at = path.at('expirationSeconds');
  if (expirationSeconds < TOKEN_MIN_SECONDS) {
    const detail = 'may not specify a duration less than 10 minutes';
    errors.push(invalid(at, expirationSeconds, detail));
  }
  if (expirationSeconds > TOKEN_MAX_SECONDS) {
    const detail = 'may not specify a duration larger than 2^32 seconds';
    errors.push(invalid(at, expirationSeconds, detail));
  }
  if (!file) return [...errors, required(volumePath.at('path'))];
  return [...errors, ...validateVolumePath(file, volumePath.at('path'))];
}

function validateTrustBundle(
  bundle: ClusterTrustBundleProjection,
  files: FilePaths,
  path: FieldPath,
): FieldError[] {
  const { name, signerName, labelSelector, path: file } = bundle;
  const errors: FieldError[] = [];
  if (name !== undefined && signerName !== undefined) {
    errors.push(invalid(path, bundle, 'only one of name and signerName may be used'));
  } else if (name !== undefined) {
    if (!name) errors.push(required(path.at('name'), 'must be a valid object name'));
    errors.push(...validateTrustBundleName(name, path.at('name')));
    if (labelSelector !== undefined) {
      const detail = 'labelSelector must be unset if name is specified';
      errors.push(invalid(path.at('labelSelector'), labelSelector, detail));
    }
  } else if (signerName !== undefined) {
    if (!signerName) errors.push(required(path.at('signerName'), 'must be a valid signer name'));
    errors.push(...validateSignerName(signerName, path.at('signerName')));
    errors.push(...validateLabelSelector(labelSelector, path.at('labelSelector')));
  } else errors.push(required(path, 'either name or signerName must be specified'));
  errors.push(...validatePresent(file, path.at('path')));
  errors.push(...validateVolumePath(file ?? '', path.at('path')));
  return [...errors, ...files.add(file, file)];
}

const KEY_TYPES = ['RSA3072', 'RSA4096', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519'];
const CERTIFICATE_MIN_SECONDS = 3600;
const CERTIFICATE_MAX_SECONDS = 7862400;

function validateCertificate(
  source: PodCertificateProjection,
  files: FilePaths,
  path: FieldPath,
): FieldError[] {
  const { keyType, signerName, maxExpirationSeconds: seconds } = source;
  const errors = validateSignerName(signerName ?? '', path.at('signerName'));
  if (!KEY_TYPES.includes(keyType ?? '')) {
    const detail = `must be one of ${KEY_TYPES.join(', ')}`;
    errors.push(invalid(path.at('keyType'), keyType ?? '', detail));
  }
  if (seconds !== undefined) {
    const at = path.at('maxExpirationSeconds');
    const bound = (detail: string) => errors.push(invalid(at, seconds, detail));
    if (seconds < CERTIFICATE_MIN_SECONDS) bound(`must be at least ${CERTIFICATE_MIN_SECONDS}`);
    if (seconds > CERTIFICATE_MAX_SECONDS) bound(`must be at most ${CERTIFICATE_MAX_SECONDS}`);
  }
  for (const field of ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const) {
    const file = source[field];
    if (!file) continue;
    errors.push(...validateVolumePath(file, path.at(field)), ...files.add(file, file));
  }
  return errors;
}
