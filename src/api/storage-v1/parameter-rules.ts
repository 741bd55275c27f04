import { type FieldError, invalid, required, tooLong } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { checkQualifiedName, invalidFor } from '../../machinery/validation/labels.ts';

const COUNT_MAX = 512;
const SIZE_MAX_BYTES = 256 * 1024;

/** The name of what makes volumes: a driver, or a plugin of old. */
export const validateProvisioner = (name: string | undefined, path: FieldPath): FieldError[] =>
  name ? invalidFor(checkQualifiedName(name.toLowerCase()), name, path) : [required(path)];

/** What a class tells those who make its volumes. */
export function validateParameters(
  parameters: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
  { isRequired = false }: { readonly isRequired?: boolean } = {},
): FieldError[] {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > COUNT_MAX) return [tooLong(path, COUNT_MAX)];
  if (entries.length === 0 && isRequired) {
    return [required(path, 'must contain at least one key/value pair')];
  }
  const errors = entries
    .filter(([key]) => key === '')
    .map(([key]) => invalid(path, key, 'field can not be empty.'));
  const size = entries.flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return size > SIZE_MAX_BYTES ? [...errors, tooLong(path, SIZE_MAX_BYTES)] : errors;
}
