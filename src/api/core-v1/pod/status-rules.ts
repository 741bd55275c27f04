import { parseIp } from '../../../base/ip.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateLegacyIp } from '../../../machinery/validation/addresses.ts';
import { validateImmutableField } from '../../../machinery/validation/object-meta.ts';
import {
  validateDnsLabel,
  validateDnsSubdomain,
  validateEach,
  validateQualifiedName,
} from '../../checks.ts';
import type { Pod, PodCondition, PodStatus } from '../../generated/core/v1/types.ts';
import { validatePodAnnotationsUpdate } from './annotation-rules.ts';
import {
  validateHealth,
  validateNoHealth,
  validateStates,
  validateUsers,
} from './container-status-rules.ts';

/** What a node may say of a pod that it runs. */
export function validatePodStatusUpdate(next: Pod, previous: Pod, path: FieldPath): FieldError[] {
  const [{ status }, before] = [next, previous.status];
  const at = path.at('status');
  return [
    ...validatePodAnnotationsUpdate(next, previous, path.at('metadata', 'annotations')),
    ...validateConditions(status.conditions, at.at('conditions')),
    ...validateNomination(next, previous, at.at('nominatedNodeName')),
    ...validateObserved(status.observedGeneration, at.at('observedGeneration')),
    ...validateImmutableField(status.qosClass ?? '', before.qosClass ?? '', at.at('qosClass')),
    ...validateStates(next, previous, at),
    ...validateClaimStatuses(next, at.at('resourceClaimStatuses')),
    ...validateExtendedClaim(next, at.at('extendedResourceClaimStatus')),
    ...validateAddresses(status.podIPs, before.podIPs, at.at('podIPs')),
    ...validateHostAddresses(status, before, at.at('hostIPs')),
    ...validateContainerStatuses(next, at),
  ];
}

const OUR_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized'];

const validateConditions = (
  conditions: readonly PodCondition[] | undefined,
  path: FieldPath,
): FieldError[] =>
  validateEach(conditions, path, ({ type, observedGeneration }, at) => [
    ...validateObserved(observedGeneration, at.at('observedGeneration')),
    ...(OUR_CONDITIONS.includes(type) ? [] : validateQualifiedName(type, at.at('Type'))),
  ]);

const validateObserved = (generation: number | undefined, path: FieldPath): FieldError[] =>
  (generation ?? 0) < 0 ? [invalid(path, generation, 'must be a non-negative integer')] : [];

/** Where room is being made for the pod: said only while it isn't anywhere yet. */
function validateNomination(next: Pod, previous: Pod, path: FieldPath): FieldError[] {
  const { nominatedNodeName: node } = next.status;
  if (!node || node === previous.status.nominatedNodeName) return [];
  const errors = validateDnsSubdomain(node, path);
  if (!previous.spec.nodeName) return errors;
  const detail = 'may not be set on pods that are already bound to a node';
  return [...errors, forbiddenField(path, detail)];
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

/** The claim made for the devices that containers ask for as resources (KEP-5004). */
function validateExtendedClaim({ spec, status }: Pod, path: FieldPath): FieldError[] {
  const claim = status.extendedResourceClaimStatus;
  if (!claim) return [];
  const at = path.at('requestMappings');
  const mappings = claim.requestMappings ?? [];
  const errors: FieldError[] =
    mappings.length > 0 ? [] : [required(at, 'at least one request mapping is required')];
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const seen = new Set<string>();
  mappings.forEach(({ containerName, resourceName, requestName }, i) => {
    const own = at.index(i);
    const container = containers.findLast(({ name }) => name === containerName);
    if (!container) {
      const detail =
        'must match the name of an entry in spec.initContainers.name or spec.containers.name';
      errors.push(invalid(own.at('containerName'), containerName, detail));
    } else if (container.resources?.requests?.[resourceName] === undefined) {
      const detail =
        'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests';
      errors.push(invalid(own.at('resourceName'), resourceName, detail));
    }
    errors.push(...validateDnsLabel(requestName, path.at('requestName')));
    const key = JSON.stringify([containerName, resourceName, requestName]);
    if (seen.has(key)) {
      errors.push(duplicate(own.at('containerName'), containerName));
      errors.push(duplicate(own.at('resourceName'), resourceName));
      errors.push(duplicate(own.at('requestName'), requestName));
    }
    seen.add(key);
  });
  const name = path.at('resourceClaimName');
  if (!claim.resourceClaimName) return [...errors, required(name)];
  return [...errors, ...validateDnsSubdomain(claim.resourceClaimName, name)];
}

type Addresses = PodStatus['podIPs'];

/** At most one address of each family. Odd ones that are there may stay. */
function validateAddresses(
  addresses: Addresses,
  previous: Addresses,
  path: FieldPath,
): FieldError[] {
  const kept = (previous ?? []).map(({ ip }) => ip ?? '');
  const errors = validateEach(addresses, path, ({ ip }, at) =>
    validateLegacyIp(ip ?? '', at, kept),
  );
  if (!addresses || addresses.length < 2) return errors;
  const families = new Set(addresses.flatMap(({ ip }) => parseIp(ip ?? '')?.family ?? []));
  if (families.size !== 2 || addresses.length > 2) {
    const shown = addresses.map(({ ip }) => ({ IP: ip }));
    errors.push(invalid(path, shown, 'may specify no more than one IP for each IP family'));
  }
  return errors;
}

function validateHostAddresses(
  { hostIP, hostIPs }: PodStatus,
  previous: PodStatus,
  path: FieldPath,
): FieldError[] {
  if (!hostIPs?.length) return [];
  const first = hostIPs[0]!.ip ?? '';
  const errors =
    first === (hostIP ?? '')
      ? []
      : [invalid(path.index(0).at('ip'), first, 'must be equal to `hostIP`')];
  return [...errors, ...validateAddresses(hostIPs, previous.hostIPs, path)];
}

function validateContainerStatuses({ spec, status }: Pod, path: FieldPath): FieldError[] {
  const os = spec.os?.name ?? 'linux';
  const [main, init, look] = [
    path.at('containerStatuses'),
    path.at('initContainerStatuses'),
    path.at('ephemeralContainerStatuses'),
  ];
  return [
    ...validateUsers(status.containerStatuses, os, main),
    ...validateUsers(status.initContainerStatuses, os, init),
    ...validateUsers(status.ephemeralContainerStatuses, os, look),
    ...validateHealth(status.containerStatuses, spec.containers, main),
    ...validateHealth(status.initContainerStatuses, spec.initContainers, init),
    ...validateNoHealth(status.ephemeralContainerStatuses, look),
  ];
}
