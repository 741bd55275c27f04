import { type FieldError, notSupported, required } from '../machinery/field-error.ts';
import type { FieldPath } from '../machinery/field-path.ts';
import { checkQualifiedName, invalidFor } from '../machinery/validation/labels.ts';
import { checkDns1123Label, checkDns1123Subdomain } from '../machinery/validation/names.ts';
import type { TextCheck } from '../machinery/validation/text-format.ts';

/** A text that has to be one of those listed. Messages list them in the order given. */
export function validateChoice(
  value: string | undefined,
  supported: readonly string[],
  path: FieldPath,
): FieldError[] {
  if (value !== undefined && supported.includes(value)) return [];
  return value ? [notSupported(path, value, supported)] : [required(path)];
}

/** As `validateChoice`, but the text may be left out; an empty one is no choice. */
export const validateOptionalChoice = (
  value: string | undefined,
  supported: readonly string[],
  path: FieldPath,
): FieldError[] =>
  value === undefined || supported.includes(value) ? [] : [notSupported(path, value, supported)];

/** A text that has to be there and of a certain form. */
export const validateRequiredText = (
  value: string | undefined,
  check: TextCheck,
  path: FieldPath,
): FieldError[] => (value ? invalidFor(check(value), value, path) : [required(path)]);

/** A text that is of a certain form, if it is there and not empty. */
export const validateOptionalText = (
  value: string | undefined,
  check: TextCheck,
  path: FieldPath,
): FieldError[] => (value ? invalidFor(check(value), value, path) : []);

/** A text that may not be empty. */
export const validatePresent = (value: string | undefined, path: FieldPath): FieldError[] =>
  value ? [] : [required(path)];

/** The findings about each element of a list, which may be left out. */
export function validateEach<T>(
  list: readonly T[] | undefined | null,
  path: FieldPath,
  validate: (element: T, path: FieldPath) => FieldError[],
): FieldError[] {
  if (!list || list.length === 0) return [];
  return list.flatMap((element, i) => validate(element, path.index(i)));
}

/** `name` or `prefix/name`, as in labels. */
export const validateQualifiedName = (value: string, path: FieldPath): FieldError[] =>
  invalidFor(checkQualifiedName(value), value, path);

/** One label of a domain name. */
export const validateDnsLabel = (value: string, path: FieldPath): FieldError[] =>
  invalidFor(checkDns1123Label(value), value, path);

/** The name of an object that has to be a domain name. */
export const validateDnsSubdomain = (value: string, path: FieldPath): FieldError[] =>
  invalidFor(checkDns1123Subdomain(value), value, path);
