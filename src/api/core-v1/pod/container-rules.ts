import { isEqual } from '../../../machinery/equal.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
  tooMany,
  unknownReference,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { invalidFor } from '../../../machinery/validation/labels.ts';
import { checkPortName, checkPortNumber } from '../../../machinery/validation/values.ts';
import {
  validateChoice,
  validateDnsLabel,
  validateEach,
  validateOptionalChoice,
} from '../../checks.ts';
import type {
  Container,
  ContainerPort,
  ContainerRestartRule,
  EphemeralContainer,
} from '../../generated/core/v1/types.ts';
import { isSidecar } from './effective-resources.ts';
import { validateEnv, validateEnvFrom } from './env-rules.ts';
import { validateImageText, validatePullPolicy } from './image-rules.ts';
import { validateDevices, validateMounts } from './mount-rules.ts';
import { validateLifecycle, validateProbes } from './probe-rules.ts';
import { validateContainerResources } from './resource-rules.ts';
import { validateContainerSecurity } from './security-rules.ts';
import type { VolumesByName } from './volume-rules.ts';

/** What the rules of containers need to know of the pod around them. */
export interface PodFacts {
  readonly volumes: VolumesByName;
  readonly claimNames: ReadonlySet<string>;
  readonly restartPolicy: string | undefined;
  readonly graceSeconds: number | undefined;
  /** Users in the pod are those of the host. */
  readonly hostUsers: boolean;
}

/** The containers that make up the pod: at least one, their names and host ports distinct. */
export function validateContainers(
  containers: readonly Container[],
  pod: PodFacts,
  path: FieldPath,
): FieldError[] {
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const errors = validateEach(containers, path, (container, at) => {
    const found = validateContainer(container, pod, at);
    if (names.has(container.name)) found.push(duplicate(at.at('name'), container.name ?? ''));
    names.add(container.name);
    if (container.lifecycle) {
      found.push(...validateLifecycle(container.lifecycle, pod.graceSeconds, at.at('lifecycle')));
    }
    found.push(...validateProbes(container, at));
    return found;
  });
  errors.push(...validateHostPorts(containers, path));
  return errors;
}

/** Containers that run before the others; those that restart always go on beside them. */
export function validateInitContainers(
  containers: readonly Container[],
  regular: readonly Container[],
  pod: PodFacts,
  path: FieldPath,
): FieldError[] {
  const names = new Set(regular.map(({ name }) => name));
  return validateEach(containers, path, (container, at) => {
    const errors = validateContainer(container, pod, at);
    if (names.has(container.name)) errors.push(duplicate(at.at('name'), container.name ?? ''));
    else if (container.name) names.add(container.name);
    errors.push(...validateHostPorts([container], path));
    if (!isSidecar(container)) return [...errors, ...validateRunsOnce(container, at)];
    if (container.lifecycle) {
      errors.push(...validateLifecycle(container.lifecycle, pod.graceSeconds, at.at('lifecycle')));
    }
    errors.push(...validateProbes(container, at));
    return errors;
  });
}

const ONLY_WHILE_RUNNING = [
  'lifecycle',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
] as const;

const validateRunsOnce = (container: Container, path: FieldPath): FieldError[] => [
  ...ONLY_WHILE_RUNNING.filter((field) => container[field] !== undefined).map((field) =>
    forbiddenField(
      path.at(field),
      'may not be set for init containers without restartPolicy=Always',
    ),
  ),
  ...validateEach(container.resizePolicy, path.at('resizePolicy'), ({ restartPolicy }, at) => {
    if (restartPolicy !== 'RestartContainer') return [];
    const detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
    return [invalid(at.at('restartPolicy'), restartPolicy, detail)];
  }),
];

/** What holds for every container. */
function validateContainer(container: Container, pod: PodFacts, path: FieldPath): FieldError[] {
  const { ports, env, envFrom, volumeMounts, volumeDevices, resources, resizePolicy } = container;
  const errors: FieldError[] = container.name
    ? validateDnsLabel(container.name, path.at('name'))
    : [required(path.at('name'))];
  if (!container.image) errors.push(required(path.at('image')));
  errors.push(...validateMessagePolicy(container.terminationMessagePolicy, path));
  if (ports) errors.push(...validatePorts(ports, path.at('ports')));
  if (env) errors.push(...validateEnv(env, path.at('env')));
  if (envFrom) errors.push(...validateEnvFrom(envFrom, path.at('envFrom')));
  if (volumeMounts) errors.push(...validateMounts(container, pod.volumes, path.at('volumeMounts')));
  if (volumeDevices) {
    errors.push(...validateDevices(container, pod.volumes, path.at('volumeDevices')));
  }
  errors.push(...validatePullPolicy(container.imagePullPolicy, path.at('imagePullPolicy')));
  if (resources) {
    const at = path.at('resources');
    errors.push(...validateContainerResources(resources, pod.claimNames, at));
  }
  if (resizePolicy) errors.push(...validateResizePolicy(container, pod, path.at('resizePolicy')));
  errors.push(...validateRestartPolicy(container, path));
  if (container.securityContext) {
    const at = path.at('securityContext');
    errors.push(...validateContainerSecurity(container.securityContext, pod.hostUsers, at));
  }
  return errors;
}

const validateMessagePolicy = (policy: string | undefined, path: FieldPath): FieldError[] =>
  validateChoice(policy, ['File', 'FallbackToLogsOnError'], path.at('terminationMessagePolicy'));

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function validatePorts(ports: readonly ContainerPort[], path: FieldPath): FieldError[] {
  const names = new Set<string>();
  return validateEach(ports, path, ({ name, containerPort, hostPort, protocol }, at) => {
    const errors: FieldError[] = [];
    if (name) {
      const problems = checkPortName(name);
      errors.push(...invalidFor(problems, name, at.at('name')));
      if (problems.length === 0 && names.has(name)) errors.push(duplicate(at.at('name'), name));
      names.add(name);
    }
    if (!containerPort) errors.push(required(at.at('containerPort')));
    else errors.push(...validatePortNumber(containerPort, at.at('containerPort')));
    if (hostPort) errors.push(...validatePortNumber(hostPort, at.at('hostPort')));
    errors.push(...validateChoice(protocol, PROTOCOLS, at.at('protocol')));
    return errors;
  });
}

const validatePortNumber = (port: number, path: FieldPath): FieldError[] =>
  invalidFor(checkPortNumber(port), port, path);

/** No two containers that run at once may want the same port of the host. */
function validateHostPorts(containers: readonly Container[], path: FieldPath): FieldError[] {
  const taken = new Set<string>();
  const errors: FieldError[] = [];
  containers.forEach(({ ports }, i) => {
    ports?.forEach(({ hostPort, hostIP, protocol }, j) => {
      if (!hostPort) return;
      const key = `${protocol}/${hostIP ?? ''}/${hostPort}`;
      const at = () => path.index(i).at('ports').index(j).at('hostPort');
      if (taken.has(key)) errors.push(duplicate(at(), key));
      taken.add(key);
    });
  });
  return errors;
}

const RESIZABLE = ['cpu', 'memory'];
const RESIZE_POLICIES = ['NotRequired', 'RestartContainer'];

function validateResizePolicy(
  { resizePolicy = [], restartPolicy }: Container,
  pod: PodFacts,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  const never = (restartPolicy ?? pod.restartPolicy) === 'Never';
  return resizePolicy.flatMap((policy, i) => {
    const { resourceName, restartPolicy: onResize } = policy;
    const errors = seen.has(resourceName) ? [duplicate(path.index(i), resourceName)] : [];
    seen.add(resourceName);
    errors.push(...validateChoice(resourceName, RESIZABLE, path));
    errors.push(...validateChoice(onResize, RESIZE_POLICIES, path));
    if (never && onResize !== 'NotRequired') {
      const detail = "must be 'NotRequired' when `restartPolicy` is 'Never'";
      errors.push(invalid(path, onResize ?? '', detail));
    }
    return errors;
  });
}

const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;
const RESTART_ACTIONS = ['Restart', 'RestartAllContainers'];

/** When the container restarts, where that differs from the pod (KEP-5307). */
function validateRestartPolicy(
  { restartPolicy, restartPolicyRules: rules = [] }: Container,
  path: FieldPath,
): FieldError[] {
  const at = path.at('restartPolicy');
  const errors = validateOptionalChoice(restartPolicy, ['Always', 'Never', 'OnFailure'], at);
  if (rules.length === 0) return errors;
  if (restartPolicy === undefined) {
    errors.push(required(at, 'must specify restartPolicy when restart rules are used'));
  }
  const rulesPath = path.at('restartPolicyRules');
  if (rules.length > RULES_MAX) errors.push(tooMany(rulesPath, rules.length, RULES_MAX));
  return [...errors, ...validateEach(rules, rulesPath, validateRestartRule)];
}

function validateRestartRule(rule: ContainerRestartRule, path: FieldPath): FieldError[] {
  const errors = validateOptionalChoice(rule.action ?? '', RESTART_ACTIONS, path.at('action'));
  const at = path.at('exitCodes');
  if (!rule.exitCodes) return [...errors, required(at, 'must be specified')];
  const { operator, values = [] } = rule.exitCodes;
  if (!['In', 'NotIn'].includes(operator ?? '')) {
    errors.push(notSupported(at.at('operator'), operator ?? '', ['In', 'NotIn']));
  }
  if (values.length > EXIT_CODES_MAX) {
    errors.push(tooMany(at.at('values'), values.length, EXIT_CODES_MAX));
  }
  return errors;
}

/** In the order in which findings are listed; what isn't here may be set. */
const NOT_FOR_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** Containers added to a running pod to look at it: nothing may come to rely on them. */
export function validateEphemeralContainers(
  containers: readonly EphemeralContainer[],
  others: readonly Container[],
  pod: PodFacts,
  path: FieldPath,
): FieldError[] {
  const targets = new Set(others.map(({ name }) => name));
  const names = new Set(targets);
  return validateEach(containers, path, (container, at) => {
    const { name, targetContainerName: target } = container;
    const errors = [...validateContainer(container, pod, at), ...validateImageText(container, at)];
    if (names.has(name)) errors.push(duplicate(at.at('name'), name ?? ''));
    names.add(name);
    if (target && !targets.has(target)) {
      errors.push(unknownReference(at.at('targetContainerName'), target));
    }
    errors.push(...validateUnset(container, at));
    errors.push(...validateNoSubPaths(container, at.at('volumeMounts')));
    return errors;
  });
}

// Resources are always there, and empty unless given.
const validateUnset = (container: EphemeralContainer, path: FieldPath): FieldError[] =>
  NOT_FOR_EPHEMERAL.filter(
    (field) =>
      container[field] !== undefined &&
      !(field === 'resources' && isEqual(container.resources, {})),
  ).map((field) => forbiddenField(path.at(field), 'cannot be set for an Ephemeral Container'));

const validateNoSubPaths = (container: EphemeralContainer, path: FieldPath): FieldError[] =>
  validateEach(container.volumeMounts, path, (mount, at) =>
    (['subPath', 'subPathExpr'] as const)
      .filter((field) => mount[field])
      .map((field) => forbiddenField(at.at(field), 'cannot be set for an Ephemeral Container')),
  );
