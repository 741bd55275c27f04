import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../field-error.ts';
import type { FieldPath } from '../field-path.ts';
import { invalidFor, validateLabelName } from './labels.ts';
import { isLongerThan, patternCheck } from './text-format.ts';

/** `metav1.Condition`. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

const REASON_MAX_BYTES = 1024;
const MESSAGE_MAX_BYTES = 32 * 1024;

const checkReason = patternCheck(
  '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?',
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  ['my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB'],
);

function validateReason(reason: string | undefined, path: FieldPath): FieldError[] {
  if (!reason) return [required(path)];
  const errors = invalidFor(checkReason(reason), reason, path);
  if (isLongerThan(reason, REASON_MAX_BYTES)) errors.push(tooLong(path, REASON_MAX_BYTES));
  return errors;
}

/** One condition of a status. */
function validateCondition(condition: Condition, path: FieldPath): FieldError[] {
  const { type, status, observedGeneration = 0, lastTransitionTime, reason, message } = condition;
  const errors = validateLabelName(type ?? '', path.at('type'));
  if (!['True', 'False', 'Unknown'].includes(status)) {
    errors.push(notSupported(path.at('status'), status ?? '', ['False', 'True', 'Unknown']));
  }
  if (observedGeneration < 0) {
    const detail = 'must be greater than or equal to zero';
    errors.push(invalid(path.at('observedGeneration'), observedGeneration, detail));
  }
  if (!lastTransitionTime) errors.push(required(path.at('lastTransitionTime')));
  errors.push(...validateReason(reason, path.at('reason')));
  if (message && isLongerThan(message, MESSAGE_MAX_BYTES)) {
    errors.push(tooLong(path.at('message'), MESSAGE_MAX_BYTES));
  }
  return errors;
}

/** The conditions of a status, of which each type stands once. */
export function validateConditions(
  conditions: readonly Condition[] | undefined,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return (conditions ?? []).flatMap((condition, i) => {
    const at = path.index(i);
    const repeated = seen.has(condition.type) ? [duplicate(at.at('type'), condition.type)] : [];
    seen.add(condition.type);
    return [...repeated, ...validateCondition(condition, at)];
  });
}
