// Which requests something admits or looks at: shared by webhooks, policies and bindings.
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
  tooMany,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { invalidFor, validateLabelSelector } from '../../machinery/validation/labels.ts';
import { checkPathSegmentName } from '../../machinery/validation/names.ts';
import {
  validateChoice,
  validateEach,
  validateOptionalChoice,
  validatePresent,
  validateQualifiedName,
} from '../checks.ts';
import type {
  MatchCondition,
  MatchResources,
  NamedRuleWithOperations,
  RuleWithOperations,
} from '../generated/admissionregistration/v1/types.ts';
import { compileErrors, createCompiler } from './compiling.ts';
import { validateResources } from './resource-patterns.ts';

/** What becomes of a request when nobody can say. */
export const FAILURE_POLICIES = ['Fail', 'Ignore'];
/** Whether a rule counts for other versions of the resource it names. */
export const MATCH_POLICIES = ['Equivalent', 'Exact'];
/** Whether to ask again when somebody later changed the object. */
export const REINVOCATION_POLICIES = ['IfNeeded', 'Never'];
const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];
const CONDITIONS_MAX = 64;

/** Rules count for objects in namespaces and others alike, unless they say. */
export function setRuleDefaults(rules: Draft<RuleWithOperations>[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*';
}

/** Everything matches that the rules name, in whichever version it was asked for. */
export function setMatchDefaults(match: Draft<MatchResources> | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  setRuleDefaults(match.resourceRules);
  setRuleDefaults(match.excludeResourceRules);
}

/** What is wrong with the choice of requests. */
export const validateMatchResources = (match: MatchResources, path: FieldPath): FieldError[] => [
  ...validateOptionalChoice(match.matchPolicy, MATCH_POLICIES, path.at('matchPolicy')),
  ...validateLabelSelector(match.namespaceSelector, path.at('namespaceSelector')),
  ...validateLabelSelector(match.objectSelector, path.at('objectSelector')),
  ...validateEach(match.resourceRules, path.at('resourceRules'), validateNamedRule),
  ...validateEach(match.excludeResourceRules, path.at('excludeResourceRules'), validateNamedRule),
];

function validateNamedRule(rule: NamedRuleWithOperations, path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  const errors = validateEach(rule.resourceNames, path.at('resourceNames'), (name, at) => {
    const found = invalidFor(checkPathSegmentName(name), name, at);
    if (seen.has(name)) found.push(duplicate(at, name));
    seen.add(name);
    return found;
  });
  return [...errors, ...validateRule(rule, path)];
}

/** One rule: some operations on some resources. */
export function validateRule(rule: RuleWithOperations, path: FieldPath): FieldError[] {
  const { operations, apiGroups, apiVersions, resources, scope } = rule;
  return [
    ...validateNames(operations, 'operations', path.at('operations')),
    ...validateEach(operations, path.at('operations'), (operation, at) =>
      // An empty operation is none that is known, not one left out.
      operation
        ? validateChoice(operation, OPERATIONS, at)
        : validateOptionalChoice('', OPERATIONS, at),
    ),
    ...validateNames(apiGroups, 'API groups', path.at('apiGroups')),
    ...validateNames(apiVersions, 'API versions', path.at('apiVersions')),
    ...validateEach(apiVersions, path.at('apiVersions'), validatePresent),
    ...validateResources(resources ?? [], path.at('resources')),
    ...validateOptionalChoice(scope, SCOPES, path.at('scope')),
  ];
}

const MUTABLE_OPERATIONS = OPERATIONS.filter((operation) => operation !== 'DELETE');

/** What is deleted can't be changed. The path is the same for all rules, as in Kubernetes. */
export const validateMutableOperations = (
  { resourceRules = [] }: MatchResources,
  path: FieldPath,
): FieldError[] =>
  resourceRules
    .flatMap(({ operations = [] }) => operations)
    .filter((operation) => !MUTABLE_OPERATIONS.includes(operation))
    .map((operation) =>
      notSupported(path.at('resourceRules', 'operations'), operation, MUTABLE_OPERATIONS),
    );

function validateNames(names: readonly string[] = [], noun: string, path: FieldPath): FieldError[] {
  if (names.length === 0) return [required(path)];
  if (names.length === 1 || !names.includes('*')) return [];
  return [invalid(path, names, `if '*' is present, must not specify other ${noun}`)];
}

/** Expressions that have to be true for a request to match. Only policies have `params`. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[] | undefined,
  path: FieldPath,
  { params = false }: { readonly params?: boolean } = {},
): FieldError[] {
  const count = conditions?.length ?? 0;
  if (count === 0) return [];
  const compiler = createCompiler({ isComposed: false });
  const seen = new Set<string>();
  return [
    ...(count > CONDITIONS_MAX ? [tooMany(path, count, CONDITIONS_MAX)] : []),
    ...validateEach(conditions, path, ({ name, expression }, at) => {
      const text = expression?.trim() ?? '';
      const condition = { text, purpose: 'condition', params, authorizer: true } as const;
      const errors = text
        ? compileErrors(compiler, condition, at.at('expression'))
        : [required(at.at('expression'))];
      if (!name) return [...errors, required(at.at('name'))];
      errors.push(...validateQualifiedName(name, at.at('name')));
      if (seen.has(name)) errors.push(duplicate(at.at('name'), name));
      seen.add(name);
      return errors;
    }),
  ];
}
