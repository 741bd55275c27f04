import { duplicate, type FieldError, tooMany } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateEach } from '../checks.ts';

/** Elements of a list of at most so many. A longer one isn't looked into. */
export function validateAtMost<T>(
  max: number,
  list: readonly T[] | undefined | null,
  path: FieldPath,
  validate: (element: T, path: FieldPath) => FieldError[],
): FieldError[] {
  if (list && list.length > max) return [tooMany(path, list.length, max)];
  return validateEach(list, path, validate);
}

/** As `validateAtMost`, of elements that differ by a key. */
export function validateDistinct<T>(
  max: number,
  list: readonly T[] | undefined | null,
  path: FieldPath,
  keyOf: (element: T) => string,
  validate: (element: T, path: FieldPath) => FieldError[],
): FieldError[] {
  const errors = validateAtMost(max, list, path, validate);
  if (list && list.length > max) return errors;
  const seen = new Set<string>();
  const repeated = validateEach(list, path, (element, at) => {
    const key = keyOf(element);
    if (seen.has(key)) return [duplicate(at, key)];
    seen.add(key);
    return [];
  });
  return [...errors, ...repeated];
}

/** The entries of a map: its keys stand at the map's path, its values at their own. */
export function validateEntries<T>(
  map: Readonly<Record<string, T>> | undefined,
  path: FieldPath,
  validateKey: (key: string, path: FieldPath) => FieldError[],
  validateValue: (value: T, path: FieldPath) => FieldError[],
): FieldError[] {
  if (!map) return [];
  return Object.entries(map).flatMap(([key, value]) => [
    ...validateKey(key, path),
    ...validateValue(value, path.key(key)),
  ]);
}
