import { type FieldError, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { invalidFor } from '../../machinery/validation/labels.ts';
import { checkPathSegmentName } from '../../machinery/validation/names.ts';
import { validateDnsSubdomain } from '../checks.ts';
import type { TypedLocalObjectReference } from '../generated/core/v1/types.ts';

/** An object of any kind. */
export const validateTypedReference = (
  { apiGroup, kind, name }: TypedLocalObjectReference,
  path: FieldPath,
): FieldError[] => [
  ...(apiGroup === undefined || apiGroup === null
    ? []
    : validateDnsSubdomain(apiGroup, path.at('apiGroup'))),
  ...validateSegment(kind, 'kind', path),
  ...validateSegment(name, 'name', path),
];

function validateSegment(value: string | undefined, field: string, path: FieldPath): FieldError[] {
  const at = path.at(field);
  if (!value) return [required(at, `${field} is required`)];
  return invalidFor(checkPathSegmentName(value), value, at);
}
