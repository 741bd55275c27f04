import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { checkLabelValue, validateLabelName } from '../../machinery/validation/labels.ts';
import { validateChoice, validateOptionalText } from '../checks.ts';
import type { DeviceTaint, DeviceToleration } from '../generated/resource/v1/types.ts';

const EFFECTS = ['NoExecute', 'NoSchedule', 'None'];
const OPERATORS = ['Equal', 'Exists'];

/** What keeps a device from those who don't say they can live with it. */
export const validateDeviceTaint = (taint: DeviceTaint, path: FieldPath): FieldError[] => [
  ...validateLabelName(taint.key ?? '', path.at('key')),
  ...validateOptionalText(taint.value, checkLabelValue, path.at('value')),
  ...validateChoice(taint.effect, EFFECTS, path.at('effect')),
];

/** What a request can live with. */
export function validateDeviceToleration(
  { key, operator, value = '', effect }: DeviceToleration,
  path: FieldPath,
): FieldError[] {
  const errors = key ? validateLabelName(key, path.at('key')) : [];
  errors.push(...validateChoice(operator, OPERATORS, path.at('operator')));
  if (operator === 'Equal') {
    errors.push(...validateOptionalText(value, checkLabelValue, path.at('value')));
  }
  if (operator === 'Exists' && value) {
    errors.push(invalid(path.at('value'), value, 'must be empty for operator `Exists`'));
  }
  return effect ? [...errors, ...validateChoice(effect, EFFECTS, path.at('effect'))] : errors;
}
