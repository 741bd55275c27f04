import {
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { parseQuantity } from '../../../machinery/quantity.ts';
import { checkConfigMapKey, checkEnvVarName } from '../../../machinery/validation/values.ts';
import {
  validateDnsSubdomain,
  validateEach,
  validateOptionalText,
  validatePresent,
  validateQualifiedName,
  validateRequiredText,
} from '../../checks.ts';
import type {
  ConfigMapKeySelector,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '../../generated/core/v1/types.ts';
import { validateVolumePath } from './path-rules.ts';

/** The variables of a container. */
export const validateEnv = (vars: readonly EnvVar[], path: FieldPath): FieldError[] =>
  validateEach(vars, path, (variable, at) => [
    ...validateRequiredText(variable.name, checkEnvVarName, at.at('name')),
    ...(variable.valueFrom ? validateValueFrom(variable, variable.valueFrom, at) : []),
  ]);

function validateValueFrom(
  { value }: EnvVar,
  source: EnvVarSource,
  variablePath: FieldPath,
): FieldError[] {
  const path = variablePath.at('valueFrom');
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  const errors: FieldError[] = [];
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, ENV_FIELDS, path.at('fieldRef')));
  if (resourceFieldRef) {
    errors.push(...validateResourceFieldRef(resourceFieldRef, path.at('resourceFieldRef')));
  }
  if (configMapKeyRef) errors.push(...validateKeyRef(configMapKeyRef, path.at('configMapKeyRef')));
  if (secretKeyRef) errors.push(...validateKeyRef(secretKeyRef, path.at('secretKeyRef')));
  if (fileKeyRef) errors.push(...validateFileKeyRef(fileKeyRef, path.at('fileKeyRef')));
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef];
  const count = sources.filter((each) => each !== undefined).length;
  if (count === 0) {
    const detail =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.push(invalid(path, '', detail));
  } else if (value) {
    errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  } else if (count > 1) {
    errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

/** All the variables of a ConfigMap or Secret at once. */
export function validateEnvFrom(sources: readonly EnvFromSource[], path: FieldPath): FieldError[] {
  return validateEach(sources, path, ({ prefix, configMapRef, secretRef }, at) => {
    const errors = validateOptionalText(prefix, checkEnvVarName, at.at('prefix'));
    if (configMapRef) errors.push(...validateSourceName(configMapRef, at.at('configMapRef')));
    if (secretRef) errors.push(...validateSourceName(secretRef, at.at('secretRef')));
    if (!configMapRef && !secretRef) {
      errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (configMapRef && secretRef) {
      errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}

const validateSourceName = ({ name }: { name?: string }, path: FieldPath): FieldError[] =>
  name ? validateDnsSubdomain(name, path.at('name')) : [required(path.at('name'))];

const validateKeyRef = ({ name, key }: ConfigMapKeySelector, path: FieldPath): FieldError[] => [
  ...validateDnsSubdomain(name ?? '', path.at('name')),
  ...validateRequiredText(key, checkConfigMapKey, path.at('key')),
];

const validateFileKeyRef = (ref: FileKeySelector, path: FieldPath): FieldError[] => [
  ...validatePresent(ref.volumeName, path.at('volumeName')),
  ...validatePresent(ref.path, path.at('path')),
  ...validateVolumePath(ref.path ?? '', path.at('path')),
  ...validateRequiredText(ref.key, checkEnvVarName, path.at('key')),
];

/** What a variable can take from its pod. */
const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** What a file of a volume can take from its pod. */
export const VOLUME_FIELDS: readonly string[] = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

const KNOWN_FIELDS = new Set([
  ...ENV_FIELDS,
  ...VOLUME_FIELDS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);

/** `metadata.labels['app']` to the map and the key in it. */
function splitSubscript(fieldPath: string): { map: string; key: string } | undefined {
  const match = /^([^[]+)\['(.*)'\]$/s.exec(fieldPath);
  return match ? { map: match[1]!, key: match[2]! } : undefined;
}

/** A reference to a field of the pod itself, of which `supported` may be referred to here. */
export function validateFieldRef(
  { apiVersion, fieldPath }: ObjectFieldSelector,
  supported: readonly string[],
  path: FieldPath,
): FieldError[] {
  if (!apiVersion) return [required(path.at('apiVersion'))];
  if (!fieldPath) return [required(path.at('fieldPath'))];
  const problem = fieldLabelProblem(apiVersion, fieldPath);
  if (problem) {
    const detail = `error converting fieldPath: ${problem}`;
    return [invalid(path.at('fieldPath'), fieldPath, detail)];
  }
  const subscript = splitSubscript(fieldPath);
  if (!subscript) {
    if (supported.includes(fieldPath)) return [];
    return [notSupported(path.at('fieldPath'), fieldPath, supported)];
  }
  const isAnnotation = subscript.map === 'metadata.annotations';
  return validateQualifiedName(isAnnotation ? subscript.key.toLowerCase() : subscript.key, path);
}

function fieldLabelProblem(apiVersion: string, fieldPath: string): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`;
  const subscript = splitSubscript(fieldPath);
  if (subscript) {
    if (['metadata.annotations', 'metadata.labels'].includes(subscript.map)) return undefined;
    return `field label does not support subscript: ${fieldPath}`;
  }
  return KNOWN_FIELDS.has(fieldPath) ? undefined : `field label not supported: ${fieldPath}`;
}

const RESOURCE_FIELDS = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const BYTE_DIVISORS = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';

const isHugePagesField = (resource: string): boolean =>
  resource.startsWith('requests.hugepages-') || resource.startsWith('limits.hugepages-');

/** A reference to what a container asks for or may use; a volume has to say which container. */
export function validateResourceFieldRef(
  { containerName, resource, divisor }: ResourceFieldSelector,
  path: FieldPath,
  { inVolume = false } = {},
): FieldError[] {
  const errors: FieldError[] = [];
  if (inVolume && !containerName) errors.push(required(path.at('containerName')));
  else if (!resource) errors.push(required(path.at('resource')));
  else if (!RESOURCE_FIELDS.includes(resource) && !isHugePagesField(resource)) {
    errors.push(notSupported(path.at('resource'), resource, RESOURCE_FIELDS));
  }
  const unit = parseQuantity(divisor ?? '0');
  if (!resource || unit.isZero) return errors;
  const rule = divisorRule(resource);
  if (rule && !rule.divisors.split(', ').includes(`${unit}`)) {
    const detail = `only divisor's values ${rule.shown} are supported with the ${rule.of} resource`;
    errors.push(invalid(path.at('divisor'), resource, detail));
  }
  return errors;
}

function divisorRule(
  resource: string,
): { divisors: string; shown: string; of: string } | undefined {
  const bytes = { divisors: BYTE_DIVISORS, shown: BYTE_DIVISORS };
  const name = resource.slice(resource.indexOf('.') + 1);
  if (!RESOURCE_FIELDS.includes(resource)) {
    return isHugePagesField(resource) ? { ...bytes, of: 'hugepages' } : undefined;
  }
  if (name === 'cpu') return { divisors: '1m, 1', shown: '1m and 1', of: 'cpu' };
  return { ...bytes, of: name === 'memory' ? 'memory' : 'local ephemeral storage' };
}
