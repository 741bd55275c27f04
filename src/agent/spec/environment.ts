import type {
  ConfigMap,
  Container,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  Secret,
  Service,
} from '../../api/generated/core/v1/types.ts';
import type { EnvironmentVariable } from '../../runtime/cri-types.ts';
import { PodConfigError } from './config-error.ts';
import { type DownwardFacts, fieldValue, resourceValue } from './downward.ts';
import { expand } from './expand.ts';
import { serviceVariables } from './service-variables.ts';

/** Objects that pods of a namespace refer to; undefined when there is none of that name. */
export interface References {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
}

export interface EnvironmentInput extends DownwardFacts {
  readonly container: Container;
  readonly references: References;
  /** All services that may be named by variables: those of the pod's namespace, and the API's. */
  readonly services: readonly Service[];
}

/**
 * The variables of a container: those of services first in rank last, then `envFrom`, then `env`,
 * in which later entries see earlier ones. Throws PodConfigError when something is missing.
 */
export function environmentOf(input: EnvironmentInput): EnvironmentVariable[] {
  const { container, pod, services } = input;
  const ofServices = serviceVariables(pod, services);
  const result = new Map<string, string>();
  for (const source of container.envFrom ?? []) {
    for (const [name, value] of allOf(source, input)) result.set(name, value);
  }
  const lookUp = (name: string) => result.get(name) ?? ofServices.get(name);
  for (const variable of container.env ?? []) {
    const value = valueFor(variable, lookUp, input);
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of ofServices) if (!result.has(name)) result.set(name, value);
  return Array.from(result, ([name, value]) => ({ name, value }));
}

/** All entries of a ConfigMap or Secret whose keys can be names of variables. */
function allOf(
  { prefix = '', configMapRef, secretRef }: EnvFromSource,
  { references }: EnvironmentInput,
): [string, string][] {
  const entries: [string, string][] = [];
  if (configMapRef) {
    const { name = '', optional } = configMapRef;
    const found = present(references.configMap(name), 'configmap', name, optional);
    entries.push(...Object.entries(found?.data ?? {}));
  }
  if (secretRef) {
    const { name = '', optional } = secretRef;
    const found = present(references.secret(name), 'secret', name, optional);
    entries.push(
      ...Object.entries(found?.data ?? {}).map(([k, v]): [string, string] => [k, decoded(v)]),
    );
  }
  return entries
    .map(([key, value]): [string, string] => [prefix + key, value])
    .filter(([name]) => !name.includes('='));
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

function present<T>(
  found: T | undefined,
  kind: string,
  name: string,
  optional: boolean | undefined,
): T | undefined {
  if (found === undefined && !optional) throw new PodConfigError(`${kind} "${name}" not found`);
  return found;
}

/** Undefined when an optional source isn't there. */
function valueFor(
  { value = '', valueFrom }: EnvVar,
  lookUp: (name: string) => string | undefined,
  input: EnvironmentInput,
): string | undefined {
  if (value !== '' || !valueFrom) return expand(value, lookUp);
  return valueFromSource(valueFrom, input);
}

function valueFromSource(source: EnvVarSource, input: EnvironmentInput): string | undefined {
  const { references, pod, container } = input;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  if (fieldRef) return fieldValue(fieldRef, input);
  if (resourceFieldRef) return resourceValue(resourceFieldRef, container, input);
  if (configMapKeyRef) {
    const { name = '', key, optional } = configMapKeyRef;
    const found = present(references.configMap(name), 'configmap', name, optional);
    const value = found?.data?.[key];
    if (value !== undefined || optional) return value;
    throw missingKey('ConfigMap', key, `${pod.metadata.namespace}/${name}`);
  }
  if (secretKeyRef) {
    const { name = '', key, optional } = secretKeyRef;
    const found = present(references.secret(name), 'secret', name, optional);
    const value = found?.data?.[key];
    if (value !== undefined) return decoded(value);
    if (optional) return undefined;
    throw missingKey('Secret', key, `${pod.metadata.namespace}/${name}`);
  }
  throw new PodConfigError('unsupported source of an environment variable');
}

const missingKey = (kind: string, key: string, from: string): PodConfigError =>
  new PodConfigError(`couldn't find key ${key} in ${kind} ${from}`);
