import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateEach } from '../checks.ts';
import type { PolicyRule } from '../generated/rbac/v1/types.ts';

const isEmpty = (list: readonly string[] | undefined): boolean => !list?.length;

/** What a role allows; only roles of the cluster reach URLs that are no resources. */
export const validateRules = (
  rules: readonly PolicyRule[] | null,
  { isNamespaced }: { readonly isNamespaced: boolean },
  path: FieldPath,
): FieldError[] => validateEach(rules, path, (rule, at) => validateRule(rule, isNamespaced, at));

function validateRule(rule: PolicyRule, isNamespaced: boolean, path: FieldPath): FieldError[] {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  const errors: FieldError[] = [];
  if (isEmpty(verbs)) {
    errors.push(required(path.at('verbs'), 'verbs must contain at least one value'));
  }
  if (!isEmpty(nonResourceURLs)) {
    const at = path.at('nonResourceURLs');
    if (isNamespaced) {
      const detail = 'namespaced rules cannot apply to non-resource URLs';
      errors.push(invalid(at, nonResourceURLs, detail));
    }
    if (![apiGroups, resources, resourceNames].every(isEmpty)) {
      const detail = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalid(at, nonResourceURLs, detail));
    }
    return errors;
  }
  if (isEmpty(apiGroups)) {
    const detail = 'resource rules must supply at least one api group';
    errors.push(required(path.at('apiGroups'), detail));
  }
  if (isEmpty(resources)) {
    const detail = 'resource rules must supply at least one resource';
    errors.push(required(path.at('resources'), detail));
  }
  return errors;
}
