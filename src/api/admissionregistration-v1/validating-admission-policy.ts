import { type FieldError, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { type Condition, validateConditions } from '../../machinery/validation/conditions.ts';
import { validateEach, validatePresent } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { validatingAdmissionPolicies as resource } from '../generated/admissionregistration/v1/resources.ts';
import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyStatus,
} from '../generated/admissionregistration/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { loadCompiler } from './compiling.ts';
import {
  type Understanding,
  validateAuditAnnotations,
  validateValidation,
} from './expression-rules.ts';
import { paramKindText } from './parameter-rules.ts';
import { setPolicyDefaults, understandingOf, validatePolicy } from './policy-rules.ts';

function validateChecks(
  understanding: Understanding,
  { metadata, spec }: ValidatingAdmissionPolicy,
  path: FieldPath,
): FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length + auditAnnotations.length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    return ['validations', 'auditAnnotations'].map((field) => required(path.at(field), detail));
  }
  return [
    ...validateEach(validations, path.at('validations'), (validation, at) =>
      validateValidation(understanding, validation, at),
    ),
    ...validateAuditAnnotations(
      understanding,
      auditAnnotations,
      metadata.name,
      path.at('auditAnnotations'),
    ),
  ];
}

function validateStatus(
  { typeChecking, conditions }: ValidatingAdmissionPolicyStatus,
  path: FieldPath,
): FieldError[] {
  const at = path.at('typeChecking', 'expressionWarnings');
  return [
    ...validateEach(typeChecking?.expressionWarnings, at, ({ warning, fieldRef }, each) => [
      ...validatePresent(warning, each.at('warning')),
      ...validatePresent(fieldRef?.trim(), each.at('fieldRef')),
    ]),
    ...validateConditions(conditions as readonly Condition[], path.at('conditions')),
  ];
}

/** What has to be true of requests, in expressions. */
export const validatingAdmissionPolicies: ResourceDefinition<ValidatingAdmissionPolicy> = {
  ...resource,
  shape: shapeOf(resource),
  plainFinalizers: true,
  categories: ['api-extensions'],
  generation: true,
  conditionalUpdateOnly: true,
  checksMetadataAgain: true,

  defaults(draft) {
    setPolicyDefaults(part(draft, 'spec'));
  },
  load: loadCompiler,
  validate(policy, { path }) {
    const understanding = understandingOf(policy.spec, { isMutating: false });
    return [
      ...validatePolicy(understanding, policy.spec, path.at('spec')),
      ...validateChecks(understanding, policy, path.at('spec')),
    ];
  },
  status: {
    keepsMetadata: true,
    validateUpdate: ({ status }, _previous, { path }) => validateStatus(status, path.at('status')),
  },

  columns: [
    nameColumn,
    column('Validations', 'integer', ({ spec }) => spec.validations?.length ?? 0),
    column('ParamKind', 'string', ({ spec }) => paramKindText(spec.paramKind)),
    ageColumn,
  ],
};
