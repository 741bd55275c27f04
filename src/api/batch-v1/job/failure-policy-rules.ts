import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  OMITTED,
  required,
  tooMany,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { quote } from '../../../machinery/quote.ts';
import { validateEach, validateQualifiedName } from '../../checks.ts';
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from '../../generated/batch/v1/types.ts';

const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;
const PATTERNS_MAX = 20;

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];

/** What a job makes of the ways in which its pods fail. */
export function validateFailurePolicy(spec: JobSpec, path: FieldPath): FieldError[] {
  const at = path.at('rules');
  const rules = spec.podFailurePolicy?.rules ?? [];
  return [
    ...validateCount(rules, RULES_MAX, at),
    ...validateEach(rules, at, (rule, rulePath) => validateRule(rule, spec, rulePath)),
  ];
}

const validateCount = (list: readonly unknown[], max: number, path: FieldPath): FieldError[] =>
  list.length > max ? [tooMany(path, list.length, max)] : [];

/** As a choice; a missing one is told what there is. */
function validateListed(
  value: string | undefined,
  supported: readonly string[],
  path: FieldPath,
): FieldError[] {
  if (!value) return [required(path, `valid values: [${supported.map(quote).join(' ')}]`)];
  return supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

function validateRule(rule: PodFailurePolicyRule, spec: JobSpec, path: FieldPath): FieldError[] {
  const { action, onExitCodes } = rule;
  const onPodConditions = rule.onPodConditions ?? [];
  const errors = validateListed(action, ACTIONS, path.at('action'));
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    const detail = 'requires the backoffLimitPerIndex to be set';
    errors.push(invalid(path.at('action'), action, detail));
  }
  if (onExitCodes) errors.push(...validateExitCodes(onExitCodes, spec, path.at('onExitCodes')));
  const at = path.at('onPodConditions');
  errors.push(...validateCount(onPodConditions, PATTERNS_MAX, at));
  errors.push(...validateEach(onPodConditions, at, validatePattern));
  if (onExitCodes && onPodConditions.length > 0) {
    const detail = 'specifying both OnExitCodes and OnPodConditions is not supported';
    errors.push(invalid(path, OMITTED, detail));
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    const detail = 'specifying one of OnExitCodes and OnPodConditions is required';
    errors.push(invalid(path, OMITTED, detail));
  }
  return errors;
}

const validatePattern = (
  { type, status }: PodFailurePolicyOnPodConditionsPattern,
  path: FieldPath,
): FieldError[] => [
  ...validateQualifiedName(type ?? '', path.at('type')),
  ...validateListed(status, STATUSES, path.at('status')),
];

function validateExitCodes(
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  { template }: JobSpec,
  path: FieldPath,
): FieldError[] {
  const errors = validateListed(operator, OPERATORS, path.at('operator'));
  const { containers, initContainers } = template.spec;
  const isThere = [...(containers ?? []), ...(initContainers ?? [])].some(
    ({ name }) => name === containerName,
  );
  if (containerName !== undefined && !isThere) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(path.at('containerName'), containerName, detail));
  }
  return [...errors, ...validateCodes(values ?? [], operator, path.at('values'))];
}

function validateCodes(
  codes: readonly number[],
  operator: string | undefined,
  path: FieldPath,
): FieldError[] {
  if (codes.length === 0) return [invalid(path, codes, 'at least one value is required')];
  const errors = validateCount(codes, EXIT_CODES_MAX, path);
  for (const [i, code] of codes.entries()) {
    const at = path.index(i);
    if (operator === 'In' && code === 0) {
      errors.push(invalid(at, code, 'must not be 0 for the In operator'));
    }
    if (codes.indexOf(code) < i) errors.push(duplicate(at, code));
  }
  const isOrdered = codes.every((code, i) => i === 0 || codes[i - 1]! <= code);
  return isOrdered ? errors : [...errors, invalid(path, codes, 'must be ordered')];
}
