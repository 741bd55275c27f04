import type {
  MutatingAdmissionPolicy,
  ValidatingAdmissionPolicy,
} from '../../../api/generated/admissionregistration/v1/types.ts';
import {
  type Declarations,
  type Expression,
  ExpressionCompiler,
} from '../../../machinery/policy/expressions.ts';

/** What both kinds of policies are made of. */
interface CompiledPolicy {
  readonly conditions: readonly Expression[];
  readonly variables: ReadonlyMap<string, Expression>;
}

export interface CompiledValidation extends CompiledPolicy {
  readonly validations: readonly Expression[];
  /** By the validations that they are of. */
  readonly messages: readonly (Expression | undefined)[];
  readonly annotations: readonly Expression[];
}

export interface CompiledMutation extends CompiledPolicy {
  readonly mutations: readonly Expression[];
}

const validations = new WeakMap<ValidatingAdmissionPolicy, CompiledValidation>();
const mutations = new WeakMap<MutatingAdmissionPolicy, CompiledMutation>();

/** The expressions of a policy, compiled once as long as it stays as it is. */
export function compiledValidation(policy: ValidatingAdmissionPolicy): CompiledValidation {
  let compiled = validations.get(policy);
  if (compiled === undefined) {
    compiled = compileValidation(policy);
    validations.set(policy, compiled);
  }
  return compiled;
}

/** As `compiledValidation`. */
export function compiledMutation(policy: MutatingAdmissionPolicy): CompiledMutation {
  let compiled = mutations.get(policy);
  if (compiled === undefined) {
    compiled = compileMutation(policy);
    mutations.set(policy, compiled);
  }
  return compiled;
}

type Policy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy;

const declarationsOf = ({ spec: { paramKind } }: Policy): Declarations => ({
  params: paramKind !== undefined && paramKind !== null,
  authorizer: true,
});

function compileCommon({ spec }: Policy, declarations: Declarations) {
  const compiler = new ExpressionCompiler({ isComposed: true });
  for (const { name = '', expression = '' } of spec.variables ?? []) {
    compiler.addVariable(name, expression, declarations);
  }
  const conditions = (spec.matchConditions ?? []).map(({ expression = '' }) =>
    compiler.compile(expression, declarations, 'condition'),
  );
  return { compiler, conditions, variables: compiler.variables };
}

function compileValidation(policy: ValidatingAdmissionPolicy): CompiledValidation {
  const declarations = declarationsOf(policy);
  const { compiler, ...common } = compileCommon(policy, declarations);
  const { validations: checks = [], auditAnnotations = [] } = policy.spec;
  return {
    ...common,
    validations: checks.map(({ expression = '' }) =>
      compiler.compile(expression, declarations, 'condition'),
    ),
    messages: checks.map(({ messageExpression }) =>
      messageExpression
        ? compiler.compile(messageExpression, { ...declarations, authorizer: false }, 'message')
        : undefined,
    ),
    annotations: auditAnnotations.map(({ valueExpression = '' }) =>
      compiler.compile(valueExpression, declarations, 'annotation'),
    ),
  };
}

function compileMutation(policy: MutatingAdmissionPolicy): CompiledMutation {
  const declarations = declarationsOf(policy);
  const { compiler, ...common } = compileCommon(policy, declarations);
  const mutating = { ...declarations, patches: true };
  return {
    ...common,
    mutations: (policy.spec.mutations ?? []).map(({ patchType, jsonPatch, applyConfiguration }) =>
      patchType === 'JSONPatch'
        ? compiler.compile(jsonPatch?.expression ?? '', mutating, 'jsonPatch')
        : compiler.compile(applyConfiguration?.expression ?? '', mutating, 'applyConfiguration'),
    ),
  };
}
