import { type FieldError, invalid, required, tooLong } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { isLongerThan } from '../../machinery/validation/text-format.ts';
import type { DeviceConfiguration } from '../generated/resource/v1/types.ts';
import { validateDriverName } from './name-rules.ts';

const PARAMETERS_MAX_BYTES = 10 * 1024;

/** What only a driver understands, for it. */
export function validateConfiguration(
  { opaque }: DeviceConfiguration,
  path: FieldPath,
): FieldError[] {
  const at = path.at('opaque');
  if (!opaque) return [required(at)];
  return [
    ...validateDriverName(opaque.driver, at.at('driver')),
    ...validateRawObject(opaque.parameters, PARAMETERS_MAX_BYTES, at.at('parameters')),
  ];
}

/** Any JSON object, as long as it is short. */
export function validateRawObject(value: unknown, max: number, path: FieldPath): FieldError[] {
  if (value === undefined || value === null) return [required(path)];
  if (isLongerThan(JSON.stringify(value), max)) return [tooLong(path, max)];
  if (typeof value === 'object' && !Array.isArray(value)) return [];
  return [invalid(path, '<value omitted>', 'must be a valid JSON object')];
}
