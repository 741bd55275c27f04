import { type FieldError, invalid, notSupported, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { checkDns1123Label } from '../../machinery/validation/names.ts';
import { validateEach } from '../checks.ts';
import type {
  NonResourcePolicyRule,
  ResourcePolicyRule,
} from '../generated/flowcontrol/v1/types.ts';

const ALL = '*';
const VERBS = 'create delete deletecollection get list patch proxy update watch'.split(' ');

type List = readonly string[] | null | undefined;

/** A list that has to be there, and in which `*` stands alone. */
function validateListed(
  list: List,
  path: FieldPath,
  { missing, others }: { readonly missing: string; readonly others: string },
): FieldError[] {
  if (!list?.length) return [required(path, missing)];
  if (!list.includes(ALL) || list.length === 1) return [];
  return [invalid(path, list, `if '*' is present, must not specify other ${others}`)];
}

function validateVerbs(verbs: List, path: FieldPath): FieldError[] {
  const missing = 'verbs must contain at least one value';
  const errors = validateListed(verbs, path, { missing, others: 'verbs' });
  const known = verbs?.every((verb) => verb === ALL || VERBS.includes(verb)) ?? true;
  return known || verbs?.includes(ALL) ? errors : [...errors, notSupported(path, verbs, VERBS)];
}

/** Requests for resources. */
export function validateResourceRule(rule: ResourcePolicyRule, path: FieldPath): FieldError[] {
  const { verbs, apiGroups, resources, namespaces, clusterScope } = rule;
  const errors = validateVerbs(verbs, path.at('verbs'));
  const supply = 'resource rules must supply at least one';
  errors.push(
    ...validateListed(apiGroups, path.at('apiGroups'), {
      missing: `${supply} api group`,
      others: 'api groups',
    }),
    ...validateListed(resources, path.at('resources'), {
      missing: `${supply} resource`,
      others: 'resources',
    }),
  );
  const at = path.at('namespaces');
  if (!namespaces?.length && clusterScope) return errors;
  const missing = 'resource rules that are not cluster scoped must supply at least one namespace';
  errors.push(...validateListed(namespaces, at, { missing, others: 'namespaces' }));
  return namespaces?.includes(ALL)
    ? errors
    : [...errors, ...validateEach(namespaces, at, validateNamespace)];
}

const validateNamespace = (namespace: string, path: FieldPath): FieldError[] =>
  checkDns1123Label(namespace).map((problem) =>
    invalid(
      path,
      namespace,
      `each member of this list must be '*' or a DNS-1123 label; ${problem}`,
    ),
  );

/** Requests for what is no resource: health, metrics. */
export function validateNonResourceRule(
  { verbs, nonResourceURLs: urls }: NonResourcePolicyRule,
  path: FieldPath,
): FieldError[] {
  const at = path.at('nonResourceURLs');
  const missing = 'nonResourceURLs must contain at least one value';
  const errors = [
    ...validateVerbs(verbs, path.at('verbs')),
    ...validateListed(urls, at, { missing, others: 'non-resource URLs' }),
  ];
  return urls?.includes(ALL) ? errors : [...errors, ...validateEach(urls, at, validateUrl)];
}

function validateUrl(url: string, path: FieldPath): FieldError[] {
  const problem = urlProblem(url);
  return problem ? [invalid(path, url, problem)] : [];
}

function urlProblem(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const stars = url.split(ALL).length - 1;
  const isSuffix = stars === 0 || (stars === 1 && url.endsWith('/*'));
  return isSuffix ? undefined : 'wildcard can only do suffix matching';
}
