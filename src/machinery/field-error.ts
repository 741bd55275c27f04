import type { FieldPath } from './field-path.ts';
import { quote, toJson } from './quote.ts';
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
  FieldValueTooShort: 'Too short',
  FieldValueTooMany: 'Too many',
  FieldValueTooFew: 'Too few',
  InternalError: 'Internal error',
  FieldValueTypeInvalid: 'Invalid value',
} as const;

/** Given as a value, it leaves the value out of the message. */
export const OMITTED = Symbol('omitted');

/**
 * A value as messages show it: text in quotes, numbers plain, all else as JSON with keys in the
 * order they stand, which for structures is the order of declaration (the caller's care) and for
 * maps sorted (see `sortedByKey`). What is unset shows as `null`.
 */
function shown(value: unknown): string | undefined {
  if (value === OMITTED) return undefined;
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  return typeof value === 'object' ? toJson(value) : String(value);
}

function fieldError(
  reason: FieldError['reason'],
  path: FieldPath,
  value: string | undefined,
  detail: string | undefined,
): FieldError {
  let message: string = TEXTS[reason];
  if (value !== undefined) message += `: ${value}`;
  if (detail) message += `: ${detail}`;
  return { reason, field: path.toString(), message };
}

/** The value breaks a rule: the detail says which, `must be …`. */
export const invalid = (path: FieldPath, value: unknown, detail: string): FieldError =>
  fieldError('FieldValueInvalid', path, shown(value), detail);

/** The value is of another type than the schema says. */
export const typeInvalid = (path: FieldPath, value: unknown, detail: string): FieldError =>
  fieldError('FieldValueTypeInvalid', path, shown(value), detail);

/** The value is missing or empty. */
export const required = (path: FieldPath, detail = ''): FieldError =>
  fieldError('FieldValueRequired', path, undefined, detail);

/** The value stands more than once among values that must differ. */
export const duplicate = (path: FieldPath, value: unknown, detail = ''): FieldError =>
  fieldError('FieldValueDuplicate', path, shown(value), detail);

/** The value may not be set, or not be changed, here. */
export const forbiddenField = (path: FieldPath, detail: string): FieldError =>
  fieldError('FieldValueForbidden', path, undefined, detail);

/** The value names something that isn't there. */
export const unknownReference = (path: FieldPath, value: unknown, detail = ''): FieldError =>
  fieldError('FieldValueNotFound', path, shown(value), detail);

/** The value is none of those supported, which are listed in the order given. */
export const notSupported = (
  path: FieldPath,
  value: unknown,
  supported: readonly string[],
): FieldError => {
  const detail = supported.length > 0 ? `supported values: ${supported.map(quote).join(', ')}` : '';
  return fieldError('FieldValueNotSupported', path, shown(value), detail);
};

const count = (amount: number, unit: string): string =>
  `${amount} ${unit}${amount === 1 ? '' : 's'}`;

/** The value is longer than `max` bytes. */
export const tooLong = (path: FieldPath, max: number): FieldError =>
  fieldError('FieldValueTooLong', path, undefined, `may not be more than ${count(max, 'byte')}`);

/** The value is shorter than `min` characters. */
export const tooShort = (path: FieldPath, min: number): FieldError =>
  fieldError('FieldValueTooShort', path, undefined, `must be at least ${count(min, 'character')}`);

/** The list or map has more than `max` items. */
export const tooMany = (path: FieldPath, actual: number, max: number): FieldError =>
  fieldError('FieldValueTooMany', path, `${actual}`, `must have at most ${count(max, 'item')}`);

/** The list or map has fewer than `min` items. */
export const tooFew = (path: FieldPath, actual: number, min: number): FieldError =>
  fieldError('FieldValueTooFew', path, `${actual}`, `must have at least ${count(min, 'item')}`);

/** Something failed that isn't the user's fault. */
export const internalFieldError = (path: FieldPath, detail: string): FieldError =>
  fieldError('InternalError', path, undefined, detail);

/** The texts of several errors as one: a lone one plain, more in brackets, equal ones once. */
export function aggregateMessage(texts: readonly string[]): string {
  const distinct = [...new Set(texts)];
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`;
}

/** The 422 answer for an object with these errors, of which there is at least one. */
export function invalidObject(
  kind: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  // One that stands there more than once may be long, and isn't printed again to be compared.
  const distinct = [...new Set(errors)];
  const summary = aggregateMessage(distinct.map(({ field, message }) => `${field}: ${message}`));
  const causes: StatusCause[] = errors.map(({ reason, field, message }) => ({
    reason,
    message,
    field,
  }));
  const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  return new StatusError('Invalid', `${qualified} ${quote(name)} is invalid: ${summary}`, {
    ...(name && { name }),
    ...(kind.group && { group: kind.group }),
    ...(kind.kind && { kind: kind.kind }),
    causes,
  });
}
