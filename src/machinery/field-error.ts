import type { FieldPath } from './field-path.ts';
import { type StatusCause, StatusError } from './status.ts';

/** What is wrong with one field. The reasons and texts are those of Kubernetes' field errors. */
export interface FieldError {
  readonly reason: keyof typeof TEXTS;
  readonly field: string;
  /** `Invalid value: -1: must be …`: the message without the field's path. */
  readonly message: string;
}

const TEXTS = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  InternalError: 'Internal error',
  FieldValueTypeInvalid: 'Invalid value',
} as const;

/** A value as messages show it: text in quotes, structures as JSON. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value);
}

function fieldError(
  reason: FieldError['reason'],
  path: FieldPath,
  ...parts: (string | undefined)[]
): FieldError {
  const message = [TEXTS[reason], ...parts.filter((part) => part)].join(': ');
  return { reason, field: path.toString(), message };
}

export const invalid = (path: FieldPath, value: unknown, detail: string): FieldError =>
  fieldError('FieldValueInvalid', path, shown(value), detail);

export const required = (path: FieldPath, detail = ''): FieldError =>
  fieldError('FieldValueRequired', path, detail);

export const duplicate = (path: FieldPath, value: unknown): FieldError =>
  fieldError('FieldValueDuplicate', path, shown(value));

export const forbiddenField = (path: FieldPath, detail: string): FieldError =>
  fieldError('FieldValueForbidden', path, detail);

export const unknownReference = (path: FieldPath, value: unknown): FieldError =>
  fieldError('FieldValueNotFound', path, shown(value));

export const notSupported = (
  path: FieldPath,
  value: unknown,
  supported: readonly string[],
): FieldError => {
  const list = supported.map((each) => JSON.stringify(each)).join(', ');
  return fieldError(
    'FieldValueNotSupported',
    path,
    shown(value),
    list && `supported values: ${list}`,
  );
};

export const tooLong = (path: FieldPath, max: number): FieldError =>
  fieldError('FieldValueTooLong', path, `may not be more than ${max} bytes`);

export const tooMany = (path: FieldPath, actual: number, max: number): FieldError =>
  fieldError('FieldValueTooMany', path, `${actual}`, `must have at most ${max} items`);

/** The 422 answer for an object with these errors, of which there is at least one. */
export function invalidObject(
  kind: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  const causes: StatusCause[] = errors.map(({ reason, field, message }) => ({
    reason,
    message,
    field,
  }));
  const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  return new StatusError(
    'Invalid',
    `${qualified} "${name}" is invalid: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`,
    { name, ...(kind.group && { group: kind.group }), kind: kind.kind, causes },
  );
}
