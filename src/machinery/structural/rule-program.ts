import { type CompileFailure, compile } from '../cel/compile.ts';
import { escapeField } from '../cel/escaping.ts';
import type { Program } from '../cel/program.ts';
import { declareSchema } from '../cel/schema.ts';
import { optionalOf, type Type } from '../cel/types.ts';
import type { JsonSchema, SchemaRule } from './schema.ts';
import { followPath } from './schema-path.ts';

/** A rule that was understood, or why it wasn't. */
export interface RuleProgram {
  readonly rule: SchemaRule;
  readonly program?: Program;
  /** What is wrong with the rule. */
  readonly error?: string;
  readonly message?: Program;
  /** What is wrong with the expression that makes its message. */
  readonly messageError?: string;
  /** Where its failures are told, from where it stands. */
  readonly at?: string;
}

/** Whether a rule compares a value with what it was before. */
export const isTransition = ({ program }: RuleProgram): boolean =>
  program?.uses('oldSelf') === true;

/** Understands the rules of a schema whose values are of the type. */
export const compileRules = (schema: JsonSchema, type: Type): RuleProgram[] =>
  (schema['x-kubernetes-validations'] ?? [])
    .filter(({ rule }) => rule.trim() !== '')
    .map((rule) => compileRule(rule, schema, type));

function compileRule(rule: SchemaRule, schema: JsonSchema, type: Type): RuleProgram {
  const variables = { self: type, oldSelf: rule.optionalOldSelf ? optionalOf(type) : type };
  const { program, failure } = compile(rule.rule, variables);
  const at = placeOf(rule, schema);
  const shared = { rule, ...(at !== undefined && { at }) };
  if (failure) return { ...shared, error: wordFailure(failure) };
  if (program.type.kind !== 'bool') {
    return { ...shared, error: 'cel expression must evaluate to a bool' };
  }
  return { ...shared, program, ...compileMessage(rule, variables) };
}

/** A rule that can't be made to run says so by itself; other failures are the compiler's. */
const wordFailure = ({ issues, message }: CompileFailure): string =>
  issues.length === 0 ? message : `compilation failed: ${message}`;

function compileMessage(
  { messageExpression }: SchemaRule,
  variables: Readonly<Record<string, Type>>,
): Pick<RuleProgram, 'message' | 'messageError'> {
  if (!messageExpression) return {};
  const { program: message, failure } = compile(messageExpression, variables);
  if (failure) {
    return { messageError: `messageExpression compilation failed: ${failure.message}` };
  }
  if (message.type.kind === 'string') return { message };
  return { messageError: 'messageExpression must evaluate to a string' };
}

/** The path of a rule as messages have it: `min`, `map[key]`. */
function placeOf({ fieldPath }: SchemaRule, schema: JsonSchema): string | undefined {
  if (!fieldPath) return undefined;
  try {
    const { steps } = followPath(fieldPath, schema);
    const text = steps.map(({ name, isField }) => (isField ? `.${name}` : `[${name}]`)).join('');
    return text.replace(/^\./, '');
  } catch {
    return undefined;
  }
}

/** The type of values of a schema; undefined where rules can't see them. */
export const declaredType = (schema: JsonSchema, isResource: boolean): Type | undefined =>
  declareSchema(schema as Parameters<typeof declareSchema>[0], isResource);

/** The type of a declared property of values that are of the type. */
export function typeOfProperty(
  type: Type | undefined,
  name: string,
  property: JsonSchema,
): Type | undefined {
  const escaped = escapeField(name);
  if (escaped !== undefined) return type?.fields?.get(escaped)?.type;
  const isObject = property['x-kubernetes-embedded-resource'] === true;
  return declaredType(property, isObject);
}

/** The type of a list's elements, or of a map's values. */
export const typeOfElement = (type: Type | undefined): Type | undefined => type?.params.at(-1);
