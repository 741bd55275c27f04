import { parseIp } from '../../../base/ip.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateLegacyIp } from '../../../machinery/validation/addresses.ts';
import { validateImmutableField } from '../../../machinery/validation/object-meta.ts';
import { validateDnsSubdomain, validateEach, validateQualifiedName } from '../../checks.ts';
import type {
  ContainerStatus,
  Pod,
  PodCondition,
  PodStatus,
} from '../../generated/core/v1/types.ts';
import { validatePodAnnotationsUpdate } from './annotation-rules.ts';
import { isSidecar } from './effective-resources.ts';

/** What a node may say of a pod that it runs. */
export function validatePodStatusUpdate(next: Pod, previous: Pod, path: FieldPath): FieldError[] {
  const { status } = next;
  const at = path.at('status');
  const nominated = status.nominatedNodeName;
  const isNominated = nominated && nominated !== previous.status.nominatedNodeName;
  return [
    ...validatePodAnnotationsUpdate(
      next.metadata.annotations,
      previous.metadata.annotations,
      path.at('metadata', 'annotations'),
    ),
    ...validateConditions(status.conditions, path.at('metadata', 'conditions')),
    ...(isNominated ? validateDnsSubdomain(nominated, at.at('nominatedNodeName')) : []),
    ...validateImmutableField(
      status.qosClass ?? '',
      previous.status.qosClass ?? '',
      at.at('qosClass'),
    ),
    ...validateStates(next, previous, at),
    ...validateClaimStatuses(next, at.at('resourceClaimStatuses')),
    ...validateAddresses(status.podIPs, at.at('podIPs')),
    ...validateHostAddresses(status, at.at('hostIPs')),
  ];
}

const OUR_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized'];

const validateConditions = (
  conditions: readonly PodCondition[] | undefined,
  path: FieldPath,
): FieldError[] =>
  validateEach(conditions, path, ({ type }, at) =>
    OUR_CONDITIONS.includes(type) ? [] : validateQualifiedName(type, at.at('Type')),
  );

/** A container that ended for good stays ended. */
function validateStates(next: Pod, previous: Pod, path: FieldPath): FieldError[] {
  const { restartPolicy, initContainers } = previous.spec;
  const sidecars = new Set(initContainers?.filter(isSidecar).map(({ name }) => name));
  const [now, then] = [next.status, previous.status];
  const check = (
    field: 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses',
    policy: string | undefined,
    spared?: ReadonlySet<string>,
  ) => validateStayEnded(now[field], then[field], { policy, spared }, path.at(field));
  return [
    ...check('containerStatuses', restartPolicy, restartingByThemselves(previous)),
    ...check('initContainerStatuses', restartPolicy, sidecars),
    ...check('ephemeralContainerStatuses', 'Never'),
  ];
}

/** Containers with a policy or rules of their own may restart where the pod would not. */
const restartingByThemselves = ({ spec }: Pod): Set<string> =>
  new Set(
    spec.containers
      .filter(({ restartPolicy, restartPolicyRules }) => restartPolicy ?? restartPolicyRules)
      .map(({ name }) => name),
  );

function validateStayEnded(
  next: readonly ContainerStatus[] | undefined,
  previous: readonly ContainerStatus[] | undefined,
  { policy, spared }: { policy: string | undefined; spared?: ReadonlySet<string> | undefined },
  path: FieldPath,
): FieldError[] {
  if (policy === 'Always') return [];
  return validateEach(previous, path, ({ name, state }, at) => {
    const ended = state?.terminated;
    if (!ended || spared?.has(name)) return [];
    if (ended.exitCode !== 0 && policy === 'OnFailure') return [];
    const now = next?.find((status) => status.name === name);
    if (!now || now.state?.terminated) return [];
    return [forbiddenField(at.at('state'), 'may not be transitioned to non-terminated state')];
  });
}

function validateClaimStatuses({ spec, status }: Pod, path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return validateEach(status.resourceClaimStatuses, path, ({ name, resourceClaimName }, at) => {
    const errors: FieldError[] = [];
    if (!spec.resourceClaims?.some((claim) => claim.name === name)) {
      const detail = 'must match the name of an entry in `spec.resourceClaims`';
      errors.push(invalid(at.at('name'), name, detail));
    }
    if (seen.has(name)) errors.push(duplicate(at.at('name'), name));
    seen.add(name);
    if (resourceClaimName !== undefined) {
      errors.push(...validateDnsSubdomain(resourceClaimName, at.at('name')));
    }
    return errors;
  });
}

type Addresses = PodStatus['podIPs'];

/** At most one address of each family. */
function validateAddresses(addresses: Addresses, path: FieldPath): FieldError[] {
  const errors = validateEach(addresses, path, ({ ip }, at) =>
    validateLegacyIp(ip ?? '', at.at('ip')),
  );
  if (!addresses || addresses.length < 2) return errors;
  const families = new Set(addresses.map(({ ip }) => parseIp(ip ?? '')?.family));
  if (families.size !== 2 || addresses.length > 2) {
    const shown = addresses.map(({ ip }) => ({ IP: ip }));
    errors.push(invalid(path, shown, 'may specify no more than one IP for each IP family'));
  }
  const seen = new Set<string>();
  addresses.forEach(({ ip }, i) => {
    if (seen.has(ip ?? '')) errors.push(duplicate(path.index(i), { IP: ip }));
    seen.add(ip ?? '');
  });
  return errors;
}

function validateHostAddresses({ hostIP, hostIPs }: PodStatus, path: FieldPath): FieldError[] {
  if (!hostIPs?.length) return [];
  const first = hostIPs[0]!.ip ?? '';
  const errors =
    first === (hostIP ?? '')
      ? []
      : [invalid(path.index(0).at('ip'), first, 'must be equal to `hostIP`')];
  return [...errors, ...validateAddresses(hostIPs, path)];
}
