// What policies say in expressions.
import { duplicate, type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { ExpressionCompiler } from '../../machinery/policy/expressions.ts';
import { checkQualifiedName, invalidFor } from '../../machinery/validation/labels.ts';
import { validateEach, validateOptionalChoice } from '../checks.ts';
import type {
  AuditAnnotation,
  Validation,
  Variable,
} from '../generated/admissionregistration/v1/types.ts';
import { compileErrors, expressionErrors } from './compiling.ts';

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const ANNOTATIONS_MAX = 20;
const ANNOTATION_MAX_BYTES = 5 * 1024;
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED = new Set(
  `true false null in as break const continue else for function if import let loop package
   namespace return var void while`.split(/\s+/),
);

/** How the expressions of one policy are understood. */
export interface Understanding {
  readonly compiler: ExpressionCompiler;
  /** Whether the policy has parameters. */
  readonly params: boolean;
  /** Whether it changes what is written. */
  readonly isMutating: boolean;
}

const missing = (path: FieldPath): FieldError => required(path, 'expression is not specified');

/** The expression of a mutation. */
export function validateMutationExpression(
  { compiler, params }: Understanding,
  purpose: 'applyConfiguration' | 'jsonPatch',
  expression: string | undefined,
  path: FieldPath,
): FieldError[] {
  const text = expression?.trim() ?? '';
  if (!text) return [missing(path)];
  const declarations = { params, authorizer: true, patches: true };
  return compileErrors(compiler, { text, purpose, ...declarations }, path);
}

/** What later expressions may call by name. */
export const validateVariables = (
  { compiler, params }: Understanding,
  variables: readonly Variable[] | undefined,
  path: FieldPath,
): FieldError[] =>
  validateEach(variables, path, ({ name = '', expression = '' }, each) => {
    const at = each.at('expression');
    const errors = validateIdentifier(name, each.at('name'));
    if (!expression.trim()) return [...errors, missing(at)];
    const compiled = compiler.addVariable(name, expression, { params, authorizer: true });
    return [...errors, ...expressionErrors(compiled, expression, at)];
  });

function validateIdentifier(name: string, path: FieldPath): FieldError[] {
  if (!name.trim()) return [required(path, 'name is not specified')];
  if (IDENTIFIER.test(name) && !RESERVED.has(name)) return [];
  return [invalid(path, name, 'must be a valid CEL identifier')];
}

/** What has to be true of a request, and what to say when it isn't. */
export function validateValidation(
  { compiler, params }: Understanding,
  { expression = '', message = '', messageExpression = '', reason }: Validation,
  path: FieldPath,
): FieldError[] {
  const at = path.at('expression');
  const condition = { text: expression, purpose: 'condition', params, authorizer: true } as const;
  const errors = expression.trim() ? compileErrors(compiler, condition, at) : [missing(at)];
  const empty = 'must be non-empty if specified';
  const messageAt = path.at('messageExpression');
  if (messageExpression.trim()) {
    const text = { text: messageExpression, purpose: 'message' } as const;
    errors.push(...compileErrors(compiler, { ...text, params, authorizer: false }, messageAt));
  } else if (messageExpression) errors.push(invalid(messageAt, messageExpression, empty));
  if (message && !message.trim()) errors.push(invalid(path.at('message'), message, empty));
  else if (/[\n\r]/.test(message.trim())) {
    errors.push(invalid(path.at('message'), message, 'must not contain line breaks'));
  }
  return [...errors, ...validateOptionalChoice(reason, REASONS, path.at('reason'))];
}

/** What goes into the audit log of a request, under keys that begin with the policy's name. */
export function validateAuditAnnotations(
  understanding: Understanding,
  annotations: readonly AuditAnnotation[],
  policy: string,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (annotations.length > ANNOTATIONS_MAX) {
    const detail = `must not have more than ${ANNOTATIONS_MAX} auditAnnotations`;
    const shown = annotations.map(({ key, valueExpression }) => ({
      ...{ Key: key, ValueExpression: valueExpression },
    }));
    errors.push(invalid(path, shown, detail));
  }
  const seen = new Set<string>();
  errors.push(
    ...validateEach(annotations, path, ({ key = '', valueExpression = '' }, at) => {
      const found = validateKey(key, policy, at.at('key'));
      found.push(...validateValue(understanding, valueExpression, at.at('valueExpression')));
      if (seen.has(key)) found.push(duplicate(at.at('key'), key));
      seen.add(key);
      return found;
    }),
  );
  return errors;
}

function validateKey(key: string, policy: string, path: FieldPath): FieldError[] {
  if (!policy) return [invalid(path, key, 'requires metadata.name be non-empty')];
  const whole = `${policy}/${key}`;
  return invalidFor(checkQualifiedName(whole), whole, path);
}

function validateValue(
  { compiler, params }: Understanding,
  shown: string,
  path: FieldPath,
): FieldError[] {
  const text = shown.trim();
  if (!text) return [required(path, 'valueExpression is not specified')];
  if (Buffer.byteLength(text) > ANNOTATION_MAX_BYTES) {
    return [required(path, `must not exceed ${ANNOTATION_MAX_BYTES} bytes in length`)];
  }
  const value = { text, shown, purpose: 'annotation', params, authorizer: true } as const;
  return compileErrors(compiler, value, path);
}
