import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { type FieldError, invalid, notSupported, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import { invalidFor } from '../../machinery/validation/labels.ts';
import { checkDns1123Subdomain } from '../../machinery/validation/names.ts';
import { validateEach } from '../checks.ts';
import { ageColumn, NONE, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { flowSchemas as resource } from '../generated/flowcontrol/v1/resources.ts';
import type {
  FlowSchema,
  FlowSchemaSpec,
  PolicyRulesWithSubjects,
} from '../generated/flowcontrol/v1/types.ts';
import { goStruct } from '../go-struct.ts';
import { shapeOf } from '../shapes.ts';
import { validateConditionTypes } from './condition-rules.ts';
import { MANDATORY_SCHEMAS } from './mandatory.ts';
import { validateNonResourceRule, validateResourceRule } from './request-rules.ts';
import { validateFlowSubject } from './subject-rules.ts';

const PRECEDENCE = 1000;
const PRECEDENCE_MAX = 10_000;
const EXEMPT = 'exempt';
const METHODS = ['ByNamespace', 'ByUser'];
const shape = shapeOf(resource);
const specShape = shape.fieldsByName.get('spec')!.type as MessageShape;

function validateSpec({ metadata, spec }: FlowSchema, path: FieldPath): FieldError[] {
  const { distinguisherMethod: method, rules } = spec;
  const errors = validatePrecedence(metadata.name, spec, path.at('matchingPrecedence'));
  if (method && !METHODS.includes(method.type)) {
    const shown = { Type: method.type ?? '' };
    errors.push(notSupported(path.at('distinguisherMethod', 'type'), shown, METHODS));
  }
  const { name } = spec.priorityLevelConfiguration;
  const at = path.at('priorityLevelConfiguration', 'name');
  if (name) errors.push(...invalidFor(checkDns1123Subdomain(name), name, at));
  else errors.push(required(at, 'must reference a priority level'));
  return [...errors, ...validateEach(rules, path.at('rules'), validateRules)];
}

function validatePrecedence(
  name: string,
  { matchingPrecedence: precedence }: FlowSchemaSpec,
  path: FieldPath,
): FieldError[] {
  const errors: FieldError[] = [];
  if (precedence <= 0) errors.push(invalid(path, precedence, 'must be a positive value'));
  if (precedence > PRECEDENCE_MAX) {
    errors.push(invalid(path, precedence, `must not be greater than ${PRECEDENCE_MAX}`));
  }
  if (precedence === 1 && name !== EXEMPT) {
    const detail = "only the schema named 'exempt' may have matchingPrecedence 1";
    errors.push(invalid(path, precedence, detail));
  }
  return errors;
}

function validateRules(rules: PolicyRulesWithSubjects, path: FieldPath): FieldError[] {
  const { subjects, resourceRules = [], nonResourceRules = [] } = rules;
  const at = path.at('subjects');
  const errors = validateEach(subjects, at, validateFlowSubject);
  if (!subjects?.length) errors.push(required(at, 'subjects must contain at least one value'));
  if (resourceRules.length + nonResourceRules.length === 0) {
    const detail = 'at least one of resourceRules and nonResourceRules has to be non-empty';
    errors.push(required(path, detail));
  }
  return [
    ...errors,
    ...validateEach(resourceRules, path.at('resourceRules'), validateResourceRule),
    ...validateEach(nonResourceRules, path.at('nonResourceRules'), validateNonResourceRule),
  ];
}

function validateMandatory(
  { metadata: { name }, spec }: FlowSchema,
  path: FieldPath,
): FieldError[] {
  const fixed = MANDATORY_SCHEMAS[name];
  if (!fixed || isSemanticallyEqual(spec, fixed)) return [];
  return [invalid(path, goStruct(specShape, spec), `spec of '${name}' must equal the fixed value`)];
}

/** Whether the priority level that is named isn't there, as far as anybody has said. */
const missingLevelCell = ({ status }: FlowSchema): string =>
  status.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?';

/** Which requests to the API server belong together, and at which priority. */
export const flowSchemas: ResourceDefinition<FlowSchema> = {
  ...resource,
  shape,
  generation: true,
  checksMetadataAgain: true,
  plainFinalizers: true,

  defaults(draft) {
    const spec = part(draft, 'spec');
    part(spec, 'priorityLevelConfiguration');
    spec.matchingPrecedence ||= PRECEDENCE;
  },
  validate: (schema, { path }) => [
    ...validateSpec(schema, path.at('spec')),
    ...validateMandatory(schema, path.at('spec')),
  ],
  status: {
    keepsMetadata: true,
    validateUpdate: ({ status }, _previous, { path }) =>
      validateConditionTypes(status, path.at('status')),
  },

  columns: [
    nameColumn,
    column('PriorityLevel', 'string', ({ spec }) => spec.priorityLevelConfiguration.name),
    column('MatchingPrecedence', 'string', ({ spec }) => spec.matchingPrecedence),
    column('DistinguisherMethod', 'string', ({ spec }) => spec.distinguisherMethod?.type ?? NONE),
    ageColumn,
    column('MissingPL', 'string', missingLevelCell),
  ],
};
