import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { parseQuantity, type Quantity } from '../../machinery/quantity.ts';
import { validateQualifiedName } from '../checks.ts';
import {
  isCountedResource,
  isExtendedResource,
  isNativeResource,
  isStandardContainerResource,
  isStandardResource,
  type ResourceList,
} from './resource-list.ts';

/** The name of something that can be counted. */
export function validateResourceName(name: string, path: FieldPath): FieldError[] {
  const errors = validateQualifiedName(name, path);
  if (errors.length > 0 || name.includes('/') || isStandardResource(name)) return errors;
  return [invalid(path, name, 'must be a standard resource type or fully qualified')];
}

/** The name of something that a container can ask for. */
export function validateContainerResourceName(name: string, path: FieldPath): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes('/')) {
    if (!isStandardContainerResource(name)) {
      errors.push(invalid(path, name, 'must be a standard resource for containers'));
    }
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

/** An amount: not negative, and whole where only whole ones make sense. */
export function validateAmount(name: string, amount: Quantity, path: FieldPath): FieldError[] {
  const errors = validateNonNegativeAmount(amount, path);
  if (amount.nanos % 1_000_000_000n !== 0n && isCountedResource(name)) {
    errors.push(invalid(path, `${amount}`, 'must be an integer'));
  }
  return errors;
}

/** An amount that may be zero. */
export const validateNonNegativeAmount = (amount: Quantity, path: FieldPath): FieldError[] =>
  amount.isNegative ? [invalid(path, `${amount}`, 'must be greater than or equal to 0')] : [];

/** An amount that may not be zero. */
export const validatePositiveAmount = (amount: Quantity, path: FieldPath): FieldError[] =>
  amount.nanos <= 0n ? [invalid(path, `${amount}`, 'must be greater than zero')] : [];

/** An amount of anything, of which there can't be less than nothing. */
export const validateBasicAmount = (amount: Quantity, path: FieldPath): FieldError[] =>
  amount.isNegative ? [invalid(path, amount.value, 'must be a valid resource quantity')] : [];

/** The amounts in a list, each under its name. */
export function validateAmounts(
  list: ResourceList | undefined,
  at: (name: string) => FieldPath,
): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, amount]) =>
    validateAmount(name, parseQuantity(amount), at(name)),
  );
}
