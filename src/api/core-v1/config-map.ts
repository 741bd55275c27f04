import { isEqual } from '../../machinery/equal.ts';
import { type FieldError, forbiddenField, invalid, tooLong } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import { invalidFor } from '../../machinery/validation/labels.ts';
import { checkConfigMapKey } from '../../machinery/validation/values.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { configMaps as resource } from '../generated/core/v1/resources.ts';
import type { ConfigMap } from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const MAX_BYTES = 1024 * 1024;

const sizeOf = (map: Readonly<Record<string, unknown>> | undefined): number =>
  Object.keys(map ?? {}).length;

function validate({ data, binaryData }: ConfigMap, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(data ?? {})) {
    const at = path.at('data').key(key);
    errors.push(...invalidFor(checkConfigMapKey(key), key, at));
    if (binaryData?.[key] !== undefined) {
      errors.push(invalid(at, key, 'duplicate of key present in binaryData'));
    }
    bytes += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData ?? {})) {
    errors.push(...invalidFor(checkConfigMapKey(key), key, path.at('binaryData').key(key)));
    bytes += Buffer.byteLength(value, 'base64');
  }
  if (bytes > MAX_BYTES) errors.push(tooLong(FieldPath.root.key(''), MAX_BYTES));
  return errors;
}

/** What was sealed stays, and stays sealed. */
export function validateSealed<T extends { readonly immutable?: boolean }>(
  next: T,
  previous: T,
  fields: readonly (keyof T & string)[],
  path: FieldPath,
): FieldError[] {
  if (!previous.immutable) return [];
  const changed = fields.filter((field) => !isEqual(next[field], previous[field]));
  return [...(next.immutable ? [] : ['immutable']), ...changed].map((field) =>
    forbiddenField(path.at(field), 'field is immutable when `immutable` is set'),
  );
}

/** Settings that pods read as variables or files. */
export const configMaps: ResourceDefinition<ConfigMap> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['cm'],
  validate: (object, { path }) => validate(object, path),
  validateUpdate: (next, previous, { path }) =>
    validateSealed(next, previous, ['data', 'binaryData'], path),
  updateRulesFirst: true,
  columns: [
    nameColumn,
    column('Data', 'string', ({ data, binaryData }) => sizeOf(data) + sizeOf(binaryData)),
    ageColumn,
  ],
};
