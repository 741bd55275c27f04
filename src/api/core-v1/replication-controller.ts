import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { sortedByKey } from '../../machinery/quote.ts';
import { LabelSelector } from '../../machinery/selector/label-selector.ts';
import { validateNonNegative } from '../../machinery/validation/values.ts';
import { validateCounts, validatePartsOfReplicas } from '../apps-v1/count-rules.ts';
import { validateRunsForever } from '../apps-v1/template-rules.ts';
import { ageColumn, containerColumns, labelsText, nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { replicationControllers as resource } from '../generated/core/v1/resources.ts';
import type {
  ReplicationController,
  ReplicationControllerSpec,
  ReplicationControllerStatus,
} from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { dropClosedTemplateFields } from './pod/closed-fields.ts';
import { defaultPodTemplate, templateWarnings, validatePodTemplate } from './pod-template.ts';

const isEmpty = (labels: Readonly<Record<string, string>> | undefined): boolean =>
  Object.keys(labels ?? {}).length === 0;

function setDefaults({ metadata, spec }: Draft<ReplicationController>): void {
  spec.replicas ??= 1;
  if (!spec.template) return;
  defaultPodTemplate(spec.template);
  const labels = spec.template.metadata?.labels;
  if (!labels) return;
  if (isEmpty(spec.selector)) spec.selector = { ...labels };
  if (isEmpty(metadata.labels)) metadata.labels = { ...labels };
}

function validateSpec(spec: ReplicationControllerSpec, path: FieldPath): FieldError[] {
  const errors = validateNonNegative(spec.minReadySeconds ?? 0, path.at('minReadySeconds'));
  if (isEmpty(spec.selector)) errors.push(required(path.at('selector')));
  errors.push(...validateNonNegative(spec.replicas ?? 0, path.at('replicas')));
  return [...errors, ...validateTemplate(spec, path.at('template'))];
}

function validateTemplate(
  { template, selector = {} }: ReplicationControllerSpec,
  path: FieldPath,
): FieldError[] {
  if (!template) return [required(path)];
  const labels = template.metadata?.labels;
  const errors: FieldError[] = [];
  if (!LabelSelector.ofLabels(selector).matches(labels)) {
    const detail = '`selector` does not match template `labels`';
    errors.push(invalid(path.at('metadata', 'labels'), sortedByKey(labels), detail));
  }
  return [
    ...errors,
    ...validatePodTemplate(template, path),
    ...validateRunsForever(template, 'ReplicationController', path),
  ];
}

const PARTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;

const validateStatus = (status: ReplicationControllerStatus, path: FieldPath): FieldError[] => [
  ...validateCounts(status, ['replicas', ...PARTS, 'observedGeneration'], path),
  ...validatePartsOfReplicas(status, PARTS, path),
];

/** What was there before ReplicaSets. */
export const replicationControllers: ResourceDefinition<ReplicationController> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['rc'],
  categories: ['all'],
  generation: true,
  deleteAnswersObject: true,
  defaultPropagation: 'orphan',

  defaults(draft) {
    part(draft, 'spec');
    setDefaults(draft);
  },
  prepareCreate: ({ spec }) => dropClosedTemplateFields(spec.template),
  prepareUpdate: ({ spec }, previous) =>
    dropClosedTemplateFields(spec.template, previous.spec.template),
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),
  // The spec's faults come twice among the causes of a refused update, as in Kubernetes.
  validateUpdate: ({ spec }, _previous, { path }) => validateSpec(spec, path.at('spec')),
  // Of a change, Kubernetes tells what was not good in the template that it replaces.
  warnings: (next, previous) => templateWarnings(next, previous, (previous ?? next).spec.template),

  status: {
    validateUpdate: ({ status }, _previous, { path }) => validateStatus(status, path.at('status')),
  },
  scale: {
    replicas: ({ spec }) => spec.replicas ?? 0,
    setReplicas({ spec }, replicas) {
      spec.replicas = replicas;
    },
    statusReplicas: ({ status }) => status.replicas,
    selector: ({ spec }) => LabelSelector.ofLabels(spec.selector ?? {}).toString(),
  },

  columns: [
    nameColumn,
    column('Desired', 'integer', ({ spec }) => spec.replicas ?? 0),
    column('Current', 'integer', ({ status }) => status.replicas),
    column('Ready', 'integer', ({ status }) => status.readyReplicas ?? 0),
    ageColumn,
    ...containerColumns(({ spec }: ReplicationController) => spec.template?.spec),
    column('Selector', 'string', ({ spec }) => labelsText(spec.selector), { priority: 1 }),
  ],
  selectableFields: { 'status.replicas': ({ status }) => `${status.replicas}` },
};
