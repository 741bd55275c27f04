import { definitions } from '../../api/definitions.ts';
import type {
  ExpressionWarning,
  RuleWithOperations,
  ValidatingAdmissionPolicy,
} from '../../api/generated/admissionregistration/v1/types.ts';
import { shapes } from '../../api/shapes.ts';
import { DYN, type Type } from '../../machinery/cel/types.ts';
import { ExpressionCompiler } from '../../machinery/policy/expressions.ts';
import { parseApiVersion } from '../../machinery/resource.ts';
import { declaredShape } from './declared.ts';

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const KINDS_MAX = 10;

/**
 * What a policy's expressions do with the objects of the kinds that it names which those can't do.
 * A policy that holds for whatever there is says nothing to be checked, nor are custom resources.
 */
export function checkTypes({ spec }: ValidatingAdmissionPolicy): ExpressionWarning[] {
  const kinds = kindsOf(spec.matchConstraints?.resourceRules ?? []);
  const params = spec.paramKind && { params: paramType(spec.paramKind) };
  const checkers = kinds.map((kind) => ({ kind, check: checkerOf(spec, kind, params) }));
  const warnings: ExpressionWarning[] = [];
  const look = (expression: string | undefined, fieldRef: string): void => {
    if (!expression) return;
    const found = checkers.flatMap(({ kind, check }) => {
      const problem = check(expression);
      return problem === undefined ? [] : [`${kindText(kind)}: ${problem}\n`];
    });
    if (found.length > 0) warnings.push({ fieldRef, warning: found.join('\n') });
  };
  for (const [i, { expression, messageExpression }] of (spec.validations ?? []).entries()) {
    look(expression, `spec.validations[${i}].expression`);
    look(messageExpression, `spec.validations[${i}].messageExpression`);
  }
  return warnings;
}

const kindText = ({ group, version, kind }: Kind): string => `${group}/${version}, Kind=${kind}`;

function paramType({ apiVersion = '', kind = '' }: { apiVersion?: string; kind?: string }): Type {
  const shape = shapes.ofKind({ ...parseApiVersion(apiVersion), kind });
  return shape === undefined ? DYN : declaredShape(shape, `${kind}2`);
}

const PREFIX = 'compilation failed: ';

/** Compiles expressions about objects of a kind, and says what is wrong with one. */
function checkerOf(
  { variables = [] }: ValidatingAdmissionPolicy['spec'],
  kind: Kind,
  params: { readonly params: Type } | undefined,
): (expression: string) => string | undefined {
  const type = declaredShape(shapes.ofKind(kind)!, `${kind.kind}1`);
  const objects = { object: type, oldObject: type, ...params };
  const compiler = new ExpressionCompiler({ isComposed: true }, objects);
  const declarations = { params: params !== undefined, authorizer: true };
  for (const { name = '', expression = '' } of variables) {
    compiler.addVariable(name, expression, declarations);
  }
  return (expression) => {
    const { error } = compiler.compile(expression, declarations, 'variable');
    return error === undefined || error.isInternal ? undefined : error.detail.slice(PREFIX.length);
  };
}

/** The kinds that rules name one by one. */
function kindsOf(rules: readonly RuleWithOperations[]): Kind[] {
  const found = new Map<string, Kind>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    if ([...apiGroups, ...apiVersions].some((name) => name.includes('*'))) continue;
    for (const { group, version, plural, kind } of definitions) {
      const isNamed =
        apiGroups.includes(group) && apiVersions.includes(version) && resources.includes(plural);
      if (isNamed && found.size < KINDS_MAX && shapes.ofKind({ group, version, kind })) {
        found.set(kindText({ group, version, kind }), { group, version, kind });
      }
    }
  }
  const order = ({ group, version, kind }: Kind) => `${group}\0${version}\0${kind}`;
  return [...found.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}
