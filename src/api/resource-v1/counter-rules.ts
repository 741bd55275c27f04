import { type FieldError, required, tooMany } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { checkDns1123Label } from '../../machinery/validation/names.ts';
import { validateDnsLabel, validateRequiredText } from '../checks.ts';
import type { Counter } from '../generated/resource/v1/types.ts';
import { validateEntries } from './list-rules.ts';

const COUNTERS_MAX = 32;

/** Counters of a set by name: those that a slice has, or those that a device takes from. */
export function validateCounters(
  set: string | undefined,
  counters: Readonly<Record<string, Counter>> | undefined,
  setPath: FieldPath,
  path: FieldPath,
): FieldError[] {
  const errors = validateRequiredText(set, checkDns1123Label, setPath);
  const count = Object.keys(counters ?? {}).length;
  if (count === 0) return [...errors, required(path)];
  if (count > COUNTERS_MAX) return [...errors, tooMany(path, count, COUNTERS_MAX)];
  return [...errors, ...validateEntries(counters, path, validateDnsLabel, () => [])];
}
