// The objects that policies take their parameters from.
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { invalidFor, validateLabelSelector } from '../../machinery/validation/labels.ts';
import {
  checkDns1035Label,
  checkDns1123Subdomain,
  checkPathSegmentName,
} from '../../machinery/validation/names.ts';
import type { TextCheck } from '../../machinery/validation/text-format.ts';
import type { ParamKind, ParamRef } from '../generated/admissionregistration/v1/types.ts';
import type { LabelSelector } from '../generated/meta/v1/types.ts';

const UNSET = '<unset>';
const MISSING_ACTIONS = ['Deny', 'Allow'];

/** The kind that parameters are of. */
export const validateParamKind = (
  { apiVersion = '', kind = '' }: ParamKind,
  path: FieldPath,
): FieldError[] => [
  ...validateApiVersion(apiVersion, path.at('apiVersion')),
  ...validateKind(kind, path.at('kind')),
];

function validateApiVersion(apiVersion: string, path: FieldPath): FieldError[] {
  if (!apiVersion) return [required(path)];
  const parts = apiVersion === '/' ? [''] : apiVersion.split('/');
  if (parts.length > 2) {
    return [invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  }
  const version = parts.at(-1) ?? '';
  const group = parts.length === 2 ? (parts[0] ?? '') : '';
  const errors = group ? validateJoined(checkDns1123Subdomain, group, path) : [];
  if (!version) return [...errors, invalid(path, apiVersion, 'version must be specified')];
  return [...errors, ...validateJoined(checkDns1035Label, version, path)];
}

function validateJoined(check: TextCheck, value: string, path: FieldPath): FieldError[] {
  const problems = check(value);
  return problems.length > 0 ? [invalid(path, value, problems.join(','))] : [];
}

function validateKind(kind: string, path: FieldPath): FieldError[] {
  if (!kind) return [required(path)];
  const problems = checkDns1035Label(kind.toLowerCase());
  if (problems.length === 0) return [];
  const detail = `may have mixed case, but should otherwise match: ${problems.join(',')}`;
  return [invalid(path, kind, detail)];
}

/** Which objects of that kind: one by name, or those that a selector finds. */
export function validateParamRef(ref: ParamRef, path: FieldPath): FieldError[] {
  const { name, selector, parameterNotFoundAction: action } = ref;
  const errors: FieldError[] = [];
  const exclusive = 'name and selector are mutually exclusive';
  if (name) errors.push(...invalidFor(checkPathSegmentName(name), name, path.at('name')));
  if (name && selector) errors.push(forbiddenField(path.at('name'), exclusive));
  errors.push(...validateLabelSelector(selector, path.at('selector')));
  if (name && selector) errors.push(forbiddenField(path.at('selector'), exclusive));
  if (!name && !selector) {
    errors.push(required(path, 'one of name or selector must be specified'));
  }
  const at = path.at('parameterNotFoundAction');
  if (!action) errors.push(required(at));
  else if (!MISSING_ACTIONS.includes(action)) {
    errors.push(notSupported(at, action, MISSING_ACTIONS));
  }
  return errors;
}

/** The cell of a kind of parameters. */
export const paramKindText = (kind: ParamKind | undefined): string =>
  kind ? `${kind.apiVersion ?? ''}/${kind.kind ?? ''}` : UNSET;

/** The cell of a reference to parameters. Whether they are in a namespace isn't known from it. */
export function paramRefText({ name, namespace, selector }: ParamRef = {}): string {
  if (name) return `${namespace || '*'}/${name}`;
  return selector ? selectorAsGo(selector) : UNSET;
}

/** Kubernetes shows selectors of parameters as Go prints the structure. */
function selectorAsGo({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key}: ${matchLabels[key]},`);
  const requirements = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  const [all, any] = [labels.join(''), requirements.join('')];
  return `&LabelSelector{MatchLabels:map[string]string{${all}},MatchExpressions:[]LabelSelectorRequirement{${any}},}`;
}
