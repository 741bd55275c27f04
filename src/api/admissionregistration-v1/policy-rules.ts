// What both kinds of policies, and their bindings, have in common.
import { type FieldError, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { checkDns1123Subdomain } from '../../machinery/validation/names.ts';
import { validateOptionalChoice, validateRequiredText } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { type Column, column } from '../definition.ts';
import { part } from '../drafts.ts';
import type {
  MutatingAdmissionPolicyBinding,
  MutatingAdmissionPolicySpec,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicySpec,
} from '../generated/admissionregistration/v1/types.ts';
import { createCompiler } from './compiling.ts';
import { type Understanding, validateVariables } from './expression-rules.ts';
import {
  FAILURE_POLICIES,
  setMatchDefaults,
  validateMatchConditions,
  validateMatchResources,
  validateMutableOperations,
} from './match-rules.ts';
import { paramRefText, validateParamKind, validateParamRef } from './parameter-rules.ts';

type PolicySpec = ValidatingAdmissionPolicySpec | MutatingAdmissionPolicySpec;
type Binding = ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding;

/** Fills in what a policy left out: who can't be asked is refused. */
export function setPolicyDefaults(spec: Draft<PolicySpec>): void {
  spec.failurePolicy ??= 'Fail';
  setMatchDefaults(spec.matchConstraints);
}

/** A compiler for the expressions of a policy. Those of mutations always know of `variables`. */
export function understandingOf(
  spec: PolicySpec,
  { isMutating }: Pick<Understanding, 'isMutating'>,
): Understanding {
  const isComposed = isMutating || (spec.variables?.length ?? 0) > 0;
  const params = spec.paramKind !== undefined && spec.paramKind !== null;
  return { compiler: createCompiler({ isComposed }), params, isMutating };
}

/** What is wrong with the part that policies of both kinds have. */
export function validatePolicy(
  understanding: Understanding,
  spec: PolicySpec,
  path: FieldPath,
): FieldError[] {
  const { failurePolicy, paramKind, matchConstraints: match } = spec;
  const errors = validateOptionalChoice(failurePolicy, FAILURE_POLICIES, path.at('failurePolicy'));
  if (paramKind) errors.push(...validateParamKind(paramKind, path.at('paramKind')));
  const at = path.at('matchConstraints');
  errors.push(...(match ? validateMatchResources(match, at) : [required(at)]));
  // Without a rule nobody knows the types that expressions are about.
  if (match && !match.resourceRules?.length) errors.push(required(at.at('resourceRules')));
  if (match && understanding.isMutating) errors.push(...validateMutableOperations(match, at));
  return [
    ...errors,
    ...validateMatchConditions(spec.matchConditions, path.at('matchConditions'), understanding),
    ...validateVariables(understanding, spec.variables, path.at('variables')),
  ];
}

/** Fills in what a binding left out. */
export const setBindingDefaults = (draft: Draft<Binding>): void =>
  setMatchDefaults(part(draft, 'spec').matchResources);

/** What is wrong with a binding, but for what it does. */
export function validateBinding({ spec }: Binding, path: FieldPath): FieldError[] {
  const { policyName, paramRef, matchResources: match } = spec;
  return [
    ...validateRequiredText(policyName, checkDns1123Subdomain, path.at('policyName')),
    ...(paramRef ? validateParamRef(paramRef, path.at('paramRef')) : []),
    // The path is misspelt in Kubernetes too.
    ...(match ? validateMatchResources(match, path.at('matchResouces')) : []),
  ];
}

/** How bindings show: the policy, and where its parameters come from. */
export const bindingColumns: readonly Column<Binding>[] = [
  nameColumn,
  column('PolicyName', 'string', ({ spec }) => spec.policyName ?? ''),
  column('ParamRef', 'string', ({ spec }) => paramRefText(spec.paramRef)),
  ageColumn,
];
