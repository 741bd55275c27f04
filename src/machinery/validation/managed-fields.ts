import { type FieldError, invalid, tooLong } from '../field-error.ts';
import type { FieldPath } from '../field-path.ts';
import type { ManagedFieldsEntry } from '../object.ts';
import { firstUnprintable } from '../quote.ts';
import { isLongerThan } from './text-format.ts';

const FIELD_MANAGER_MAX_BYTES = 128;
const SUBRESOURCE_MAX_BYTES = 256;

// Every error repeats the name, so that a long one full of faults would make answers without end.
const CHARACTER_ERRORS_MAX = 128;
const SHOWN_MAX_BYTES = 4096;

function invalidCharacters(manager: string, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  let [rest, start] = [manager, 0];
  while (errors.length < CHARACTER_ERRORS_MAX) {
    const found = firstUnprintable(rest);
    if (!found) break;
    const at = start + found.byte;
    const detail = `invalid character ${found.character} (at position ${at})`;
    errors.push(invalid(path, manager, detail));
    const width = Buffer.byteLength(
      String.fromCodePoint(Number.parseInt(found.character.slice(2), 16)),
    );
    rest = Buffer.from(rest)
      .subarray(found.byte + width)
      .toString();
    start = at + width;
  }
  return errors;
}

/** The name by which a client owns fields: printable, at most 128 bytes. */
export function validateFieldManager(manager: string | undefined, path: FieldPath): FieldError[] {
  if (!manager) return [];
  const errors = isLongerThan(manager, FIELD_MANAGER_MAX_BYTES)
    ? [tooLong(path, FIELD_MANAGER_MAX_BYTES)]
    : [];
  if (isLongerThan(manager, SHOWN_MAX_BYTES)) return errors;
  return [...errors, ...invalidCharacters(manager, path)];
}

function validateEntry(entry: ManagedFieldsEntry, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const { operation, fieldsType, manager, subresource } = entry;
  if (operation !== 'Apply' && operation !== 'Update') {
    errors.push(invalid(path.at('operation'), operation ?? '', 'must be `Apply` or `Update`'));
  }
  if (fieldsType && fieldsType !== 'FieldsV1') {
    errors.push(invalid(path.at('fieldsType'), fieldsType, 'must be `FieldsV1`'));
  }
  errors.push(...validateFieldManager(manager, path.at('manager')));
  if (subresource && isLongerThan(subresource, SUBRESOURCE_MAX_BYTES)) {
    errors.push(tooLong(path.at('subresource'), SUBRESOURCE_MAX_BYTES));
  }
  return errors;
}

/** `metadata.managedFields`. */
export function validateManagedFields(
  entries: readonly ManagedFieldsEntry[] | undefined,
  path: FieldPath,
): FieldError[] {
  return entries?.flatMap((entry, i) => validateEntry(entry, path.index(i))) ?? [];
}
