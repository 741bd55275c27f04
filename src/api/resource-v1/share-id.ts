import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';

const UUID_LENGTH = 36;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const FORM =
  'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';

/** What tells the shares of one device apart: a UUID in lower case, if there is one. */
export function validateShareId(id: string | undefined, path: FieldPath): FieldError[] {
  if (id === undefined) return [];
  if (id.length !== UUID_LENGTH) {
    return [invalid(path, id, `error validating uid: invalid UUID length: ${id.length}`)];
  }
  if (!UUID.test(id)) return [invalid(path, id, 'error validating uid: invalid UUID format')];
  return id === id.toLowerCase() ? [] : [invalid(path, id, FORM)];
}
