import type { FieldError } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { validateNonNegative } from '../../machinery/validation/values.ts';
import { ageColumn, containerColumns, nameColumn, selectorCell, selectorText } from '../columns.ts';
import { dropClosedTemplateFields } from '../core-v1/pod/closed-fields.ts';
import { defaultPodTemplate, templateWarnings } from '../core-v1/pod-template.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { replicaSets as resource } from '../generated/apps/v1/resources.ts';
import type { ReplicaSet, ReplicaSetSpec, ReplicaSetStatus } from '../generated/apps/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateCounts, validatePartsOfReplicas } from './count-rules.ts';
import { validateFixedSelector, validatePodMaker } from './template-rules.ts';

const validateSpec = (spec: ReplicaSetSpec, path: FieldPath): FieldError[] => [
  ...validateNonNegative(spec.replicas ?? 0, path.at('replicas')),
  ...validateNonNegative(spec.minReadySeconds ?? 0, path.at('minReadySeconds')),
  ...validatePodMaker(spec, 'ReplicaSet', path),
];

const PARTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;

const validateStatus = (status: ReplicaSetStatus, path: FieldPath): FieldError[] => [
  ...validateCounts(status, ['replicas', ...PARTS, 'observedGeneration'], path),
  ...validatePartsOfReplicas(status, PARTS, path),
];

/** Keeps a number of equal pods running. The model for definitions: read this one first. */
export const replicaSets: ResourceDefinition<ReplicaSet> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['rs'],
  categories: ['all'],
  generation: true,

  defaults(draft) {
    const spec = part(draft, 'spec');
    spec.replicas ??= 1;
    defaultPodTemplate(part(spec, 'template'));
  },
  prepareCreate: ({ spec }) => dropClosedTemplateFields(spec.template),
  prepareUpdate: ({ spec }, previous) =>
    dropClosedTemplateFields(spec.template, previous.spec.template),
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),
  validateUpdate: (next, previous, { path }) =>
    validateFixedSelector(next.spec.selector, previous.spec.selector, path.at('spec', 'selector')),
  warnings: (next, previous) => templateWarnings(next, previous, next.spec.template),

  status: {
    validateUpdate: ({ status }, _previous, { path }) => validateStatus(status, path.at('status')),
  },
  scale: {
    replicas: ({ spec }) => spec.replicas ?? 0,
    setReplicas({ spec }, replicas) {
      spec.replicas = replicas;
    },
    statusReplicas: ({ status }) => status.replicas,
    selector: ({ spec }) => selectorText(spec.selector),
  },

  columns: [
    nameColumn,
    column('Desired', 'integer', ({ spec }) => spec.replicas ?? 0),
    column('Current', 'integer', ({ status }) => status.replicas),
    column('Ready', 'integer', ({ status }) => status.readyReplicas ?? 0),
    ageColumn,
    ...containerColumns(({ spec }: ReplicaSet) => spec.template?.spec),
    column('Selector', 'string', ({ spec }) => selectorCell(spec.selector), { priority: 1 }),
  ],
};
