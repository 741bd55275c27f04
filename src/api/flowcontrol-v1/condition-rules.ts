import { duplicate, type FieldError, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateEach } from '../checks.ts';

/** The conditions in a status: each of some type, none of one twice. */
export function validateConditionTypes(
  { conditions }: { readonly conditions?: readonly { readonly type?: string }[] },
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return validateEach(conditions, path.at('conditions'), ({ type = '' }, at) => {
    const errors = seen.has(type) ? [duplicate(at.at('type'), type)] : [];
    seen.add(type);
    return type ? errors : [...errors, required(at.at('type'), 'must not be empty')];
  });
}
