import {
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import {
  validateDomainPrefixedPath,
  validateNonNegative,
} from '../../../machinery/validation/values.ts';
import { validatePodTemplate } from '../../core-v1/pod-template.ts';
import type { JobSpec } from '../../generated/batch/v1/types.ts';
import { validateFailurePolicy } from './failure-policy-rules.ts';
import { validateSuccessPolicy } from './success-policy-rules.ts';

// What keeps the texts of completed and failed indexes within bounds.
const INDEXES_MAX = 100_000;
const MANY_COMPLETIONS = 100_000;
const MANY_COMPLETIONS_MAX = 10_000;
const MANAGED_BY_MAX_BYTES = 63;

const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const satisfies readonly (keyof JobSpec)[];

/** All that is wrong with a job's spec but its selector, which a template of jobs has none of. */
export function validateJobSpec(spec: JobSpec, path: FieldPath): FieldError[] {
  const { managedBy, podFailurePolicy } = spec;
  const errors = COUNTS.flatMap((count) => validateNonNegative(spec[count] ?? 0, path.at(count)));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(path.at('backoffLimitPerIndex'), 'when maxFailedIndexes is specified'));
  }
  if (managedBy !== undefined) errors.push(...validateManagedBy(managedBy, path.at('managedBy')));
  errors.push(...validateCompletionMode(spec, path));
  if (podFailurePolicy) errors.push(...validateFailurePolicy(spec, path.at('podFailurePolicy')));
  return [
    ...errors,
    ...validateSuccessPolicy(spec, path.at('successPolicy')),
    ...validateReplacementPolicy(spec, path.at('podReplacementPolicy')),
    ...validatePodTemplate(spec.template, path.at('template')),
    ...validateRestartPolicy(spec, path.at('template', 'spec', 'restartPolicy')),
  ];
}

function validateManagedBy(managedBy: string, path: FieldPath): FieldError[] {
  const errors = validateDomainPrefixedPath(managedBy, path);
  if (managedBy.length > MANAGED_BY_MAX_BYTES) errors.push(tooLong(path, MANAGED_BY_MAX_BYTES));
  return errors;
}

function validateCompletionMode(spec: JobSpec, path: FieldPath): FieldError[] {
  const { completionMode: mode = 'NonIndexed' } = spec;
  if (mode === 'Indexed') return validateIndexed(spec, path);
  if (mode !== 'NonIndexed') {
    return [notSupported(path.at('completionMode'), mode, ['NonIndexed', 'Indexed'])];
  }
  return (['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
    .filter((field) => spec[field] !== undefined)
    .map((field) => invalid(path.at(field), spec[field], 'requires indexed completion mode'));
}

function validateIndexed(spec: JobSpec, path: FieldPath): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes: failures } = spec;
  const failuresPath = path.at('maxFailedIndexes');
  const errors: FieldError[] = [];
  if (completions === undefined) {
    errors.push(required(path.at('completions'), 'when completion mode is Indexed'));
  }
  if (parallelism > INDEXES_MAX) {
    const detail = `must be less than or equal to ${INDEXES_MAX} when completion mode is Indexed`;
    errors.push(invalid(path.at('parallelism'), parallelism, detail));
  }
  if (failures !== undefined) {
    const most = (max: number, detail: string) => {
      if (failures > max) errors.push(invalid(failuresPath, failures, detail));
    };
    most(completions ?? failures, 'must be less than or equal to completions');
    most(INDEXES_MAX, `must be less than or equal to ${INDEXES_MAX}`);
  }
  const isMany = (completions ?? 0) > MANY_COMPLETIONS && spec.backoffLimitPerIndex !== undefined;
  return isMany ? [...errors, ...validateManyCompletions(spec, path)] : errors;
}

function validateManyCompletions(spec: JobSpec, path: FieldPath): FieldError[] {
  const { parallelism = 0, maxFailedIndexes: failures } = spec;
  const errors: FieldError[] = [];
  if (failures === undefined) {
    const detail = `must be specified when completions is above ${MANY_COMPLETIONS}`;
    errors.push(required(path.at('maxFailedIndexes'), detail));
  }
  const limit = `must be less than or equal to ${MANY_COMPLETIONS_MAX} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  if (parallelism > MANY_COMPLETIONS_MAX) {
    errors.push(invalid(path.at('parallelism'), parallelism, limit));
  }
  if (failures !== undefined && failures > MANY_COMPLETIONS_MAX) {
    errors.push(invalid(path.at('maxFailedIndexes'), failures, limit));
  }
  return errors;
}

function validateReplacementPolicy(spec: JobSpec, path: FieldPath): FieldError[] {
  const { podReplacementPolicy: policy, podFailurePolicy } = spec;
  if (policy === undefined) return [];
  // A policy on failures needs to know how a pod ended before another takes its place.
  const supported = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return supported.includes(policy) ? [] : [notSupported(path, policy, supported)];
}

function validateRestartPolicy(spec: JobSpec, path: FieldPath): FieldError[] {
  const { restartPolicy: policy = '' } = spec.template.spec;
  if (policy === '' || policy === 'Always') {
    return [required(path, 'valid values: "OnFailure", "Never"')];
  }
  if (policy !== 'OnFailure' && policy !== 'Never') {
    return [notSupported(path, policy, ['OnFailure', 'Never'])];
  }
  if (!spec.podFailurePolicy || policy === 'Never') return [];
  return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')];
}
