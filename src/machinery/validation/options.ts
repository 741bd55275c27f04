import type { PatchType, RequestOptions } from '../api-request.ts';
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../field-error.ts';
import { FieldPath } from '../field-path.ts';
import { validateFieldManager } from './managed-fields.ts';

const at = (name: string): FieldPath => FieldPath.root.at(name);

function validateDryRun(dryRun: readonly string[] | undefined): FieldError[] {
  if (!dryRun || dryRun.every((each) => each === 'All')) return [];
  return [notSupported(at('dryRun'), dryRun, ['All'])];
}

const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

function validateFieldValidation(value: string | undefined): FieldError[] {
  if (FIELD_VALIDATIONS.includes(value ?? '')) return [];
  return [notSupported(at('fieldValidation'), value, FIELD_VALIDATIONS)];
}

/** The options of a create or an update. */
export const validateWriteOptions = (options: RequestOptions): FieldError[] => [
  ...validateFieldManager(options.fieldManager, at('fieldManager')),
  ...validateDryRun(options.dryRun),
  ...validateFieldValidation(options.fieldValidation),
];

/** The options of a patch: an apply needs a field manager, and only an apply may force. */
export function validatePatchOptions(options: RequestOptions, type: PatchType): FieldError[] {
  const errors = validateWriteOptions(options);
  if (type !== 'apply' && options.force !== undefined) {
    const detail = 'may not be specified for non-apply patch';
    return [forbiddenField(at('force'), detail), ...errors];
  }
  if (type === 'apply' && !options.fieldManager) {
    return [required(at('fieldManager'), 'is required for apply patch'), ...errors];
  }
  return errors;
}

/** `metav1.DeleteOptions`, from a query or a body. */
export interface DeletionOptions {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly orphanDependents?: boolean;
  readonly propagationPolicy?: string;
  readonly dryRun?: readonly string[];
}

const PROPAGATION_POLICIES = ['Foreground', 'Background', 'Orphan'];

/** The options of a delete. */
export function validateDeleteOptions(options: DeletionOptions): FieldError[] {
  const { orphanDependents, propagationPolicy, dryRun } = options;
  const path = at('propagationPolicy');
  const errors: FieldError[] = [];
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(invalid(path, propagationPolicy, detail));
  }
  if (propagationPolicy !== undefined && !PROPAGATION_POLICIES.includes(propagationPolicy)) {
    errors.push(notSupported(path, propagationPolicy, [...PROPAGATION_POLICIES, 'nil']));
  }
  return [...errors, ...validateDryRun(dryRun)];
}
