// What policies say in expressions. Nobody here compiles them: only what is around them is checked.
import { duplicate, type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { checkQualifiedName, invalidFor } from '../../machinery/validation/labels.ts';
import { validateEach, validateOptionalChoice } from '../checks.ts';
import type {
  AuditAnnotation,
  Validation,
  Variable,
} from '../generated/admissionregistration/v1/types.ts';

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const ANNOTATIONS_MAX = 20;
const ANNOTATION_MAX_BYTES = 5 * 1024;
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED = new Set(
  `true false null in as break const continue else for function if import let loop package
   namespace return var void while`.split(/\s+/),
);

/** An expression has to be there. */
export const validateExpression = (
  expression: string | undefined,
  path: FieldPath,
): FieldError[] => (expression?.trim() ? [] : [required(path, 'expression is not specified')]);

/** What later expressions may call by name. */
export const validateVariables = (
  variables: readonly Variable[] | undefined,
  path: FieldPath,
): FieldError[] =>
  validateEach(variables, path, ({ name, expression }, at) => [
    ...validateIdentifier(name ?? '', at.at('name')),
    ...validateExpression(expression, at.at('expression')),
  ]);

function validateIdentifier(name: string, path: FieldPath): FieldError[] {
  if (!name.trim()) return [required(path, 'name is not specified')];
  if (IDENTIFIER.test(name) && !RESERVED.has(name)) return [];
  return [invalid(path, name, 'must be a valid CEL identifier')];
}

/** What has to be true of a request, and what to say when it isn't. */
export function validateValidation(
  { expression, message = '', messageExpression = '', reason }: Validation,
  path: FieldPath,
): FieldError[] {
  const errors = validateExpression(expression, path.at('expression'));
  const empty = 'must be non-empty if specified';
  if (messageExpression && !messageExpression.trim()) {
    errors.push(invalid(path.at('messageExpression'), messageExpression, empty));
  }
  if (message && !message.trim()) errors.push(invalid(path.at('message'), message, empty));
  else if (/[\n\r]/.test(message.trim())) {
    errors.push(invalid(path.at('message'), message, 'must not contain line breaks'));
  }
  return [...errors, ...validateOptionalChoice(reason, REASONS, path.at('reason'))];
}

/** What goes into the audit log of a request, under keys that begin with the policy's name. */
export function validateAuditAnnotations(
  annotations: readonly AuditAnnotation[],
  policy: string,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (annotations.length > ANNOTATIONS_MAX) {
    const detail = `must not have more than ${ANNOTATIONS_MAX} auditAnnotations`;
    errors.push(invalid(path, annotations, detail));
  }
  const seen = new Set<string>();
  errors.push(
    ...validateEach(annotations, path, ({ key = '', valueExpression = '' }, at) => {
      const found = validateKey(key, policy, at.at('key'));
      found.push(...validateValue(valueExpression.trim(), at.at('valueExpression')));
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

function validateValue(expression: string, path: FieldPath): FieldError[] {
  if (!expression) return [required(path, 'valueExpression is not specified')];
  if (Buffer.byteLength(expression) <= ANNOTATION_MAX_BYTES) return [];
  return [required(path, `must not exceed ${ANNOTATION_MAX_BYTES} bytes in length`)];
}
