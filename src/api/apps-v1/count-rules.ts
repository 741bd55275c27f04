import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateNonNegative } from '../../machinery/validation/values.ts';

type CountsIn<T> = { [K in keyof T]-?: T[K] extends number | undefined ? K : never }[keyof T] &
  string;

const countOf = <T>(status: T, field: CountsIn<T>): number => (status[field] as number) ?? 0;

/** Counts that may not be negative. */
export const validateCounts = <T>(
  status: T,
  fields: readonly CountsIn<T>[],
  path: FieldPath,
): FieldError[] =>
  fields.flatMap((field) => validateNonNegative(countOf(status, field), path.at(field)));

interface Replicas {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
}

/** Counts of some of the replicas are no more than all; those available no more than those ready. */
export function validatePartsOfReplicas<T extends Replicas>(
  status: T,
  parts: readonly CountsIn<T>[],
  path: FieldPath,
): FieldError[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  const errors = parts
    .filter((part) => countOf(status, part) > replicas)
    .map((part) =>
      invalid(path.at(part), countOf(status, part), 'cannot be greater than status.replicas'),
    );
  if (availableReplicas > readyReplicas) {
    const detail = 'cannot be greater than readyReplicas';
    errors.push(invalid(path.at('availableReplicas'), availableReplicas, detail));
  }
  return errors;
}

interface Collisions {
  readonly collisionCount?: number;
}

/** The number that keeps names of generations apart only goes up. */
export function validateCollisionCount(
  { collisionCount: next }: Collisions,
  { collisionCount: previous }: Collisions,
  path: FieldPath,
): FieldError[] {
  if (previous === undefined || (next !== undefined && next >= previous)) return [];
  return [invalid(path.at('collisionCount'), next ?? 0, 'cannot be decremented')];
}
