import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { checkPathSegmentName } from '../../machinery/validation/names.ts';
import { validateRequiredText } from '../checks.ts';
import type { CrossVersionObjectReference } from '../generated/autoscaling/v2/types.ts';

// The one kind of the core group that has a scale.
const GROUPLESS = 'ReplicationController';

/** An object of any kind; what is to be scaled is of a group. */
export function validateReference(
  { kind, name, apiVersion = '' }: CrossVersionObjectReference,
  { needsGroup }: { readonly needsGroup: boolean },
  path: FieldPath,
): FieldError[] {
  const errors = [
    ...validateRequiredText(kind, checkPathSegmentName, path.at('kind')),
    ...validateRequiredText(name, checkPathSegmentName, path.at('name')),
  ];
  const at = path.at('apiVersion');
  const slashes = apiVersion === '/' ? 0 : apiVersion.split('/').length - 1;
  if (slashes > 1) {
    errors.push(invalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  } else if (needsGroup && kind !== GROUPLESS && !/^[^/]+\//.test(apiVersion)) {
    errors.push(invalid(at, apiVersion, 'apiVersion must specify API group'));
  }
  return errors;
}

/** A text that has to be there, with what to say when it isn't. */
export const validateNamed = (
  name: string | undefined,
  path: FieldPath,
  detail: string,
): FieldError[] => (name ? [] : [required(path, detail)]);
