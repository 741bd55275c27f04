import { type FieldError, invalid } from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';

/** A path without `..` on its way. */
export const validateNoBacksteps = (value: string, path: FieldPath): FieldError[] =>
  value.split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : [];

/** A relative path that stays below where it starts. */
export function validateDescendingPath(value: string, path: FieldPath): FieldError[] {
  const errors = validateNoBacksteps(value, path);
  if (!value.startsWith('/')) return errors;
  return [invalid(path, value, 'must be a relative path'), ...errors];
}

/** The path of a file in a volume: descending, and no name that the agent keeps for itself. */
export function validateVolumePath(value: string, path: FieldPath): FieldError[] {
  const errors = validateDescendingPath(value, path);
  if (value.startsWith('..') && !value.startsWith('../')) {
    errors.push(invalid(path, value, "must not start with '..'"));
  }
  return errors;
}

/** The permissions of a file, if given. */
export const validateFileMode = (mode: number | undefined, path: FieldPath): FieldError[] =>
  mode !== undefined && (mode < 0 || mode > 0o777)
    ? [invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')]
    : [];
