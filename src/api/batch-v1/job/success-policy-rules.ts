import {
  type FieldError,
  invalid,
  required,
  tooLong,
  tooMany,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { validateNonNegative } from '../../../machinery/validation/values.ts';
import { validateEach } from '../../checks.ts';
import type { JobSpec, SuccessPolicy, SuccessPolicyRule } from '../../generated/batch/v1/types.ts';
import { countIndexes, IndexRangesError, parseIndexRanges } from './index-ranges.ts';

const RULES_MAX = 20;
const INDEXES_MAX_BYTES = 64 * 1024;

/** A success policy as messages show it. */
const policyStruct = ({ rules }: SuccessPolicy): object => ({
  Rules:
    rules?.map(({ succeededIndexes, succeededCount }) => ({
      SucceededIndexes: succeededIndexes ?? null,
      SucceededCount: succeededCount ?? null,
    })) ?? null,
});

/** Which pods have to succeed for an indexed job to be done. */
export function validateSuccessPolicy(spec: JobSpec, path: FieldPath): FieldError[] {
  const { successPolicy, completions = 0 } = spec;
  if (!successPolicy) return [];
  if (spec.completionMode !== 'Indexed') {
    return [invalid(path, policyStruct(successPolicy), 'requires indexed completion mode')];
  }
  const at = path.at('rules');
  const rules = successPolicy.rules ?? [];
  const errors: FieldError[] = [];
  if (rules.length === 0) {
    const detail = 'at least one rules must be specified when the successPolicy is specified';
    errors.push(required(at, detail));
  }
  if (rules.length > RULES_MAX) errors.push(tooMany(at, rules.length, RULES_MAX));
  const validate = (rule: SuccessPolicyRule, rulePath: FieldPath) =>
    validateRule(rule, completions, rulePath);
  return [...errors, ...validateEach(rules, at, validate)];
}

function validateRule(rule: SuccessPolicyRule, completions: number, path: FieldPath): FieldError[] {
  const { succeededIndexes: indexes, succeededCount: count } = rule;
  const errors: FieldError[] = [];
  if (count === undefined && indexes === undefined) {
    const detail = 'at least one of succeededCount or succeededIndexes must be specified';
    errors.push(required(path, detail));
  }
  let total = 0;
  if (indexes !== undefined) {
    const found = readIndexes(indexes, completions, path.at('succeededIndexes'));
    errors.push(...found.errors);
    total = found.total;
  }
  if (count === undefined) return errors;
  const at = path.at('succeededCount');
  errors.push(...validateNonNegative(count, at));
  const most = (max: number, what: string) => {
    if (count <= max) return;
    errors.push(invalid(at, count, `must be less than or equal to ${max} (the number of ${what})`));
  };
  most(completions, 'specified completions');
  if (indexes !== undefined) most(total, 'indexes in the specified succeededIndexes field');
  return errors;
}

function readIndexes(
  text: string,
  completions: number,
  path: FieldPath,
): { readonly total: number; readonly errors: FieldError[] } {
  const errors = text.length > INDEXES_MAX_BYTES ? [tooLong(path, INDEXES_MAX_BYTES)] : [];
  try {
    return { total: countIndexes(parseIndexRanges(text, completions)), errors };
  } catch (error) {
    if (!(error instanceof IndexRangesError)) throw error;
    const detail = `error parsing succeededIndexes: ${error.message}`;
    return { total: 0, errors: [...errors, invalid(path, text, detail)] };
  }
}
