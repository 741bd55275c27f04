import type {
  AuditAnnotation,
  ValidatingAdmissionPolicy,
  Validation,
} from '../../../api/generated/admissionregistration/v1/types.ts';
import {
  allHold,
  CONDITIONS_COST_MAX,
  type Evaluated,
  Evaluation,
  OutOfBudget,
  type Subject,
} from '../../../machinery/policy/evaluation.ts';
import type { Expression } from '../../../machinery/policy/expressions.ts';
import type { StatusReason } from '../../../machinery/status.ts';
import { type CompiledValidation, compiledValidation } from './compiled.ts';

/** Why a write is not to be let through. */
export interface Refusal {
  readonly message: string;
  readonly reason: StatusReason;
  /** What the binding says is done about it; what can't be recorded is always refused. */
  readonly isUnconditional?: boolean;
}

const MESSAGE_MAX_BYTES = 5 * 1024;
const NOTHING: readonly Refusal[] = [];

/** What a policy finds wrong with a write, with one object of parameters. */
export function refusalsBy(
  policy: ValidatingAdmissionPolicy,
  subject: Subject,
): readonly Refusal[] {
  const { spec } = policy;
  const compiled = compiledValidation(policy);
  const failed = (message: string): readonly Refusal[] =>
    spec.failurePolicy === 'Ignore' ? NOTHING : [{ message, reason: 'Invalid' }];
  const { conditions, variables } = compiled;
  const conditionSubject = { ...subject, namespaceObject: null };
  const evaluation = new Evaluation(conditionSubject, variables, CONDITIONS_COST_MAX);
  const isMatch = conditions.length === 0 || allHold(conditions, evaluation);
  if (typeof isMatch === 'object') return failed(isMatch.error);
  if (!isMatch) return NOTHING;
  try {
    return [
      ...validationRefusals(spec.validations ?? [], compiled, subject, failed),
      ...annotationRefusals(spec.auditAnnotations ?? [], compiled, subject, failed),
    ];
  } catch (error) {
    if (error instanceof OutOfBudget) return failed(error.message);
    throw error;
  }
}

type Failed = (message: string) => readonly Refusal[];

function validationRefusals(
  validations: readonly Validation[],
  compiled: CompiledValidation,
  subject: Subject,
  failed: Failed,
): Refusal[] {
  const evaluation = new Evaluation(subject, compiled.variables);
  const results = compiled.validations.map((each) => evaluation.evaluate(each));
  if (results.every(({ value }) => value === true)) return [];
  const messages = messagesOf(compiled, subject, evaluation.budget);
  return results.flatMap((result, i): readonly Refusal[] => {
    if (result.error !== undefined) return failed(result.error);
    if (messages instanceof OutOfBudget) {
      return failed(`failed messageExpression: ${messages.message}`);
    }
    if (result.value === true) return NOTHING;
    const validation = validations[i]!;
    const reason = (validation.reason ?? 'Invalid') as StatusReason;
    return [{ message: messageOf(validation, messages[i]), reason }];
  });
}

/** What the expressions say that make messages, or that there was no more budget for them. */
function messagesOf(
  { messages, variables }: CompiledValidation,
  { access: _, ...subject }: Subject,
  budget: number,
): readonly (Evaluated | undefined)[] | OutOfBudget {
  const evaluation = new Evaluation(subject, variables, budget);
  try {
    return messages.map((each) => each && evaluation.evaluate(each));
  } catch (error) {
    if (error instanceof OutOfBudget) return error;
    throw error;
  }
}

function messageOf(
  { message = '', expression = '' }: Validation,
  evaluated: Evaluated | undefined,
): string {
  const made = typeof evaluated?.value === 'string' ? evaluated.value.trim() : '';
  const isGood = Buffer.byteLength(made) <= MESSAGE_MAX_BYTES && !made.includes('\n');
  return (isGood && made) || message.trim() || `failed expression: ${expression.trim()}`;
}

/** There is no audit log that annotations go to, but what can't be annotated is refused. */
function annotationRefusals(
  annotations: readonly AuditAnnotation[],
  compiled: CompiledValidation,
  { access: _, ...subject }: Subject,
  failed: Failed,
): Refusal[] {
  if (annotations.length === 0) return [];
  const evaluation = new Evaluation(subject, compiled.variables);
  const refused = (each: Expression): readonly Refusal[] => {
    const { error } = evaluation.evaluate(each);
    if (error === undefined) return NOTHING;
    return failed(error).map((refusal) => ({ ...refusal, isUnconditional: true }));
  };
  return compiled.annotations.flatMap(refused);
}
