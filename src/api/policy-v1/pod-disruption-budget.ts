import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import { type Condition, validateConditions } from '../../machinery/validation/conditions.ts';
import { validateLabelSelector } from '../../machinery/validation/labels.ts';
import {
  validateNonNegative,
  validateNonNegativeOrPercent,
  validateNotMoreThan100Percent,
} from '../../machinery/validation/values.ts';
import { validateOptionalChoice } from '../checks.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { podDisruptionBudgets as resource } from '../generated/policy/v1/resources.ts';
import type {
  PodDisruptionBudget,
  PodDisruptionBudgetSpec,
  PodDisruptionBudgetStatus,
} from '../generated/policy/v1/types.ts';
import { goStruct } from '../go-struct.ts';
import { shapeOf } from '../shapes.ts';

const shape = shapeOf(resource);
const POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];
const NOT_SET = 'N/A';

function validateSpec(spec: PodDisruptionBudgetSpec, path: FieldPath): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = goStruct(shape.fieldsByName.get('spec')!.type as MessageShape, spec);
    errors.push(invalid(path, shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    const amount = spec[field];
    if (amount === undefined) continue;
    errors.push(...validateNonNegativeOrPercent(amount, path.at(field)));
    errors.push(...validateNotMoreThan100Percent(amount, path.at(field)));
  }
  return [
    ...errors,
    ...validateLabelSelector(selector, path.at('selector')),
    ...validateOptionalChoice(policy, POLICIES, path.at('unhealthyPodEvictionPolicy')),
  ];
}

const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

const validateStatus = (status: PodDisruptionBudgetStatus, path: FieldPath): FieldError[] => [
  ...validateConditions(status.conditions as readonly Condition[], path.at('conditions')),
  ...COUNTS.flatMap((count) => validateNonNegative(status[count], path.at(count))),
];

/** How many of some pods may be taken away at a time by those who ask first. */
export const podDisruptionBudgets: ResourceDefinition<PodDisruptionBudget> = {
  ...resource,
  shape,
  shortNames: ['pdb'],
  generation: true,
  checksMetadata: 'never',
  conditionalUpdateOnly: true,

  defaults(draft) {
    part(draft, 'spec');
  },
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),
  status: {
    validateUpdate: ({ status }, _previous, { path }) => validateStatus(status, path.at('status')),
  },

  columns: [
    nameColumn,
    column('Min Available', 'string', ({ spec }) => `${spec.minAvailable ?? NOT_SET}`),
    column('Max Unavailable', 'string', ({ spec }) => `${spec.maxUnavailable ?? NOT_SET}`),
    column('Allowed Disruptions', 'integer', ({ status }) => status.disruptionsAllowed),
    ageColumn,
  ],
};
