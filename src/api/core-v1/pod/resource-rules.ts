import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
  unknownReference,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { parseQuantity, type Quantity } from '../../../machinery/quantity.ts';
import { validateDnsLabel } from '../../checks.ts';
import type { PodSpec, ResourceRequirements } from '../../generated/core/v1/types.ts';
import { allowsOvercommit, isHugePages, isWholePages } from '../resource-list.ts';
import {
  validateAmount,
  validateContainerResourceName,
  validateResourceName,
} from '../resource-rules.ts';
import { containersNeed } from './effective-resources.ts';
import { isPodLevelResource } from './pod-level-resources.ts';

type NameRule = (name: string, path: FieldPath) => FieldError[];

/** What a container asks for and may use at most. */
export const validateContainerResources = (
  resources: ResourceRequirements,
  claimNames: ReadonlySet<string>,
  path: FieldPath,
): FieldError[] => validateRequirements(resources, validateContainerResourceName, claimNames, path);

/** What a pod asks for as a whole, against what its containers ask for. */
export function validatePodResources(
  spec: PodSpec,
  resources: ResourceRequirements,
  claimNames: ReadonlySet<string>,
  path: FieldPath,
): FieldError[] {
  if (spec.os?.name === 'windows')
    return [forbiddenField(path, 'may not be set for a windows pod')];
  const errors: FieldError[] = resources.claims
    ? [forbiddenField(path.at('claims'), 'claims cannot be set for Resources at pod-level')]
    : [];
  errors.push(...validateRequirements(resources, validatePodResourceName, claimNames, path));
  errors.push(...validateCovers(spec, resources, 'requests', path));
  errors.push(...validateCovers(spec, resources, 'limits', path));
  errors.push(...validateContainerLimits(spec, resources, path));
  return errors;
}

/** What is given for the pod is enough for its containers; of limits this holds for huge pages. */
function validateCovers(
  spec: PodSpec,
  resources: ResourceRequirements,
  side: 'requests' | 'limits',
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, need] of containersNeed(spec, side)) {
    if (side === 'limits' && !isHugePages(name)) continue;
    const text = resources[side]?.[name];
    if (text === undefined || need.compare(parseQuantity(text)) <= 0) continue;
    const detail = `must be greater than or equal to aggregate container ${side} of ${need}`;
    errors.push(invalid(path.at(side).key(name), `${parseQuantity(text)}`, detail));
  }
  return errors;
}

function validateContainerLimits(
  spec: PodSpec,
  resources: ResourceRequirements,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, container] of (spec.containers ?? []).entries()) {
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      const podLimit = resources.limits?.[name];
      if (podLimit === undefined) continue;
      if (parseQuantity(limit).compare(parseQuantity(podLimit)) <= 0) continue;
      const at = path.at('containers').index(i).key(name).at('limits');
      errors.push(invalid(at, limit, `must be less than or equal to pod limits of ${podLimit}`));
    }
  }
  return errors;
}

function validatePodResourceName(name: string, path: FieldPath): FieldError[] {
  const errors = validateResourceName(name, path);
  if (errors.length > 0 || isPodLevelResource(name)) return errors;
  return [notSupported(path, name, ['cpu', 'hugepages-', 'memory'])];
}

function validateRequirements(
  { limits, requests, claims }: ResourceRequirements,
  validateName: NameRule,
  claimNames: ReadonlySet<string>,
  path: FieldPath,
): FieldError[] {
  if (!limits && !requests && !claims) return [];
  const errors: FieldError[] = [];
  for (const name in limits) {
    const at = path.at('limits').key(name);
    errors.push(...validateOne(name, parseQuantity(limits[name]!), validateName, at));
  }
  for (const name in requests) {
    const amount = parseQuantity(requests[name]!);
    const at = path.at('requests').key(name);
    errors.push(...validateOne(name, amount, validateName, at));
    errors.push(...validateWithinLimit(name, amount, limits?.[name], path));
  }
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
  }
  errors.push(...validateClaims(claims, claimNames, path.at('claims')));
  return errors;
}

function validateOne(
  name: string,
  amount: Quantity,
  validateName: NameRule,
  path: FieldPath,
): FieldError[] {
  const errors = [...validateName(name, path), ...validateAmount(name, amount, path)];
  if (errors.length === 0 && isHugePages(name) && !isWholePages(name, amount)) {
    const detail = `${amount} is not positive integer multiple of ${name}`;
    errors.push(invalid(path, `${amount}`, detail));
  }
  return errors;
}

function validateWithinLimit(
  name: string,
  request: Quantity,
  limitText: string | undefined,
  path: FieldPath,
): FieldError[] {
  if (limitText === undefined) {
    if (allowsOvercommit(name)) return [];
    const detail = 'Limit must be set for non overcommitable resources';
    return [required(path.at('limits'), detail)];
  }
  const limit = parseQuantity(limitText);
  const difference = request.compare(limit);
  if (difference === 0 || (difference < 0 && allowsOvercommit(name))) return [];
  const must = allowsOvercommit(name) ? 'less than or equal to' : 'equal to';
  const detail = `must be ${must} ${name} limit of ${limit}`;
  return [invalid(path.at('requests'), `${request}`, detail)];
}

/** Claims of a container: each one of the pod's, and no request of a claim twice. */
function validateClaims(
  claims: ResourceRequirements['claims'],
  claimNames: ReadonlySet<string>,
  path: FieldPath,
): FieldError[] {
  const seen: string[] = [];
  return (claims ?? []).flatMap(({ name, request }, i) => {
    const at = path.index(i);
    if (!name) return [required(at)];
    const errors: FieldError[] = [];
    const key = request ? `${name}/${request}` : name;
    if (seen.includes(name)) errors.push(duplicate(at, name));
    else {
      if (request) errors.push(...validateDnsLabel(request, at.at('request')));
      if (seen.includes(key)) errors.push(duplicate(at, key));
      else if (!request && seen.some((each) => each.startsWith(`${name}/`))) {
        errors.push(duplicate(at, name));
      }
      seen.push(key);
    }
    if (!claimNames.has(name)) errors.push(unknownReference(at, name, expected(claimNames)));
    return errors;
  });
}

function expected(claimNames: ReadonlySet<string>): string {
  const names = [...claimNames].sort().join(', ');
  return `must be one of the names in pod.spec.resourceClaims${names ? `: ${names}` : ' which is empty'}`;
}
