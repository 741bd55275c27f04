import { type FieldError, notSupported } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { validateQualifiedName } from '../checks.ts';
import type { PersistentVolumeClaimStatus } from '../generated/core/v1/types.ts';
import { isNativeResource } from './resource-list.ts';
import { validateAmount, validateBasicAmount } from './resource-rules.ts';

const RESIZE_STATES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];

/** What a claim has, and how far a change of its size has come. */
export function validateClaimStatus(
  status: PersistentVolumeClaimStatus,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, amount] of Object.entries(status.capacity ?? {})) {
    errors.push(...validateBasicAmount(parseQuantity(amount), path.at('capacity').key(name)));
  }
  // In messages, as in Kubernetes, the field's name is in the singular.
  const at = path.at('allocatedResourceStatus');
  for (const [name, state] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    errors.push(...validateName(name, at));
    if (!RESIZE_STATES.includes(state)) errors.push(notSupported(at, name, RESIZE_STATES));
  }
  return [
    ...errors,
    ...Object.entries(status.allocatedResources ?? {}).flatMap(([name, amount]) =>
      validateAllocated(name, amount, path.at('allocatedResources')),
    ),
  ];
}

/** Of what has no domain, or one of Kubernetes' own, a claim has nothing but storage. */
function validateName(name: string, path: FieldPath): FieldError[] {
  const errors = validateQualifiedName(name, path);
  if (errors.length > 0 || !isNativeResource(name) || name === 'storage') return errors;
  return [notSupported(path, name, ['storage'])];
}

function validateAllocated(name: string, text: string, path: FieldPath): FieldError[] {
  const errors = validateName(name, path);
  if (errors.length > 0) return errors;
  const amount = parseQuantity(text);
  const at = path.key(name);
  const basic = validateBasicAmount(amount, at);
  return basic.length > 0 ? basic : validateAmount('storage', amount, at);
}
