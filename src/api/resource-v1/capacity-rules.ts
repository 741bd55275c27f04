// How much of a device there is, and in which amounts it can be had.
import { type FieldError, forbiddenField, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { parseQuantity, Quantity } from '../../machinery/quantity.ts';
import type {
  CapacityRequestPolicy,
  CapacityRequestPolicyRange,
  DeviceCapacity,
} from '../generated/resource/v1/types.ts';
import { validateDistinct } from './list-rules.ts';

const OPTIONS_MAX = 10;

/** A capacity of a device that goes to one claim as a whole. */
export const validateWholeCapacity = (
  { requestPolicy }: DeviceCapacity,
  path: FieldPath,
): FieldError[] =>
  requestPolicy
    ? [forbiddenField(path.at('requestPolicy'), 'allowMultipleAllocations must be true')]
    : [];

/** A capacity that several claims share. */
export function validateSharedCapacity(
  { value, requestPolicy: policy }: DeviceCapacity,
  path: FieldPath,
): FieldError[] {
  if (!policy) return [];
  const at = path.at('requestPolicy');
  const { validValues = [], validRange } = policy;
  if (validValues.length > 0 && validRange) {
    const detail =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbiddenField(at, detail)];
  }
  const kind = validValues.length > 0 ? 'validValues' : validRange && 'validRange';
  if (!kind) return [];
  if (policy.default === undefined || policy.default === null) {
    return [required(at.at('default'), `required when ${kind} is defined`)];
  }
  const [usual, capacity] = [parseQuantity(policy.default), parseQuantity(value)];
  if (validRange) return validateRange(validRange, usual, capacity, at.at('validRange'));
  return validateOptions(policy, usual, capacity, at.at('validValues'));
}

function validateOptions(
  { validValues = [] }: CapacityRequestPolicy,
  usual: Quantity,
  capacity: Quantity,
  path: FieldPath,
): FieldError[] {
  const options = validValues.map(parseQuantity);
  const unsorted = options.flatMap((option, i) => {
    const before = options[i - 1];
    if (!before || before.compare(option) <= 0) return [];
    return [invalid(path.index(i), `${option}`, 'values must be sorted in ascending order')];
  });
  const errors = validateDistinct(OPTIONS_MAX, options, path, String, (option, at) =>
    option.compare(capacity) > 0
      ? [invalid(at, `${option}`, `option is larger than capacity value: ${capacity}`)]
      : [],
  );
  const found = options.some((option) => option.compare(usual) === 0);
  const detail = 'default value is not valid according to the requestPolicy';
  return [...unsorted, ...errors, ...(found ? [] : [invalid(path, `${usual}`, detail)])];
}

function validateRange(
  range: CapacityRequestPolicyRange,
  usual: Quantity,
  capacity: Quantity,
  path: FieldPath,
): FieldError[] {
  if (range.min === undefined) {
    return [required(path.at('min'), 'required when validRange is defined')];
  }
  const min = parseQuantity(range.min);
  const max = range.max === undefined ? undefined : parseQuantity(range.max);
  const errors: FieldError[] = [];
  const check = (
    field: string,
    small: Quantity,
    large: Quantity,
    shown: Quantity,
    what: string,
  ) => {
    if (small.compare(large) > 0) errors.push(invalid(path.at(field), `${shown}`, what));
  };
  check('min', min, capacity, min, `min is larger than capacity value: ${capacity}`);
  check('default', min, usual, usual, `default is less than min: ${min}`);
  if (max) {
    check('max', min, max, min, `min is larger than max: ${max}`);
    check('max', max, capacity, max, `max is larger than capacity value: ${capacity}`);
    check('default', usual, max, usual, `default is more than max: ${max}`);
  }
  if (range.step === undefined) return errors;
  const step = parseQuantity(range.step);
  const values = max ? [usual, max] : [usual];
  return [...errors, ...validateStep(step, min, values, capacity, path.at('step'))];
}

function validateStep(
  step: Quantity,
  min: Quantity,
  values: readonly Quantity[],
  capacity: Quantity,
  path: FieldPath,
): FieldError[] {
  if (step.compare(Quantity.of(0)) <= 0) {
    return [invalid(path, `${step}`, 'must be greater than zero')];
  }
  const errors: FieldError[] = [];
  const first = min.plus(step);
  if (first.compare(capacity) > 0) {
    const detail = `one step ${first} is larger than capacity value: ${capacity}`;
    errors.push(invalid(path, `${step}`, detail));
  }
  for (const value of values) {
    if ((value.value - min.value) % step.value === 0) continue;
    const detail = `value is not a multiple of a given step (${step}) from (${min})`;
    errors.push(invalid(path, `${value}`, detail));
  }
  return errors;
}
