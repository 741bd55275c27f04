import { parseTime } from '../../../base/clock.ts';
import { type FieldError, invalid, required } from '../../../machinery/field-error.ts';
import { FieldPath } from '../../../machinery/field-path.ts';
import type { Draft } from '../../../machinery/object.ts';
import { quote, sortedByKey } from '../../../machinery/quote.ts';
import { LabelSelector } from '../../../machinery/selector/label-selector.ts';
import { validateLabelSelector } from '../../../machinery/validation/labels.ts';
import { checkDns1123Label } from '../../../machinery/validation/names.ts';
import { ageColumn, containerColumns, nameColumn, selectorCell } from '../../columns.ts';
import { dropClosedTemplateFields } from '../../core-v1/pod/closed-fields.ts';
import { defaultPodTemplate, templateWarnings } from '../../core-v1/pod-template.ts';
import { column, type ResourceDefinition } from '../../definition.ts';
import { part } from '../../drafts.ts';
import { jobs as resource } from '../../generated/batch/v1/resources.ts';
import type { Job, JobSpec } from '../../generated/batch/v1/types.ts';
import { humanDuration } from '../../human-duration.ts';
import { shapeOf } from '../../shapes.ts';
import { generateSelector, isReadable, validateGeneratedSelector } from './identity.ts';
import { validateJobSpec } from './spec-rules.ts';
import { holds, validateJobStatusUpdate } from './status-rules.ts';
import { validateJobUpdate } from './update-rules.ts';

const MAX_INT32 = 2 ** 31 - 1;

/** What is filled in of a job wherever it stands, a template of jobs included. */
export function defaultJobTemplate(spec: Draft<JobSpec>): void {
  defaultPodTemplate(part(spec, 'template'));
  for (const { onPodConditions } of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of onPodConditions ?? []) pattern.status ||= 'True';
  }
}

function setDefaults({ metadata, spec }: Draft<Job>): void {
  defaultJobTemplate(spec);
  const { completions, parallelism, template, podFailurePolicy } = spec;
  if (completions === undefined && parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : MAX_INT32;
  const labels = template.metadata?.labels;
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  spec.manualSelector ??= false;
}

function validateWithSelector(spec: JobSpec, path: FieldPath): FieldError[] {
  const { selector, template } = spec;
  const at = path.at('selector');
  const errors = validateJobSpec(spec, path);
  errors.push(...(selector ? validateLabelSelector(selector, at) : [required(at)]));
  const labels = template.metadata?.labels;
  if (!isReadable(selector) || LabelSelector.from(selector).matches(labels)) return errors;
  const detail = '`selector` does not match template `labels`';
  const labelsPath = path.at('template', 'metadata', 'labels');
  return [...errors, invalid(labelsPath, sortedByKey(labels), detail)];
}

/** The pods of an indexed job have host names of its name and their index. */
function validateHostNames({ metadata, spec }: Job, path: FieldPath): FieldError[] {
  const { completionMode, completions = 0 } = spec;
  if (completionMode !== 'Indexed' || completions <= 0) return [];
  const last = `${metadata.name}-${completions - 1}`;
  if (checkDns1123Label(last).length === 0) return [];
  const detail = `will not able to create pod with invalid DNS label: ${last}`;
  return [invalid(path.at('metadata', 'name'), metadata.name, detail)];
}

const validate = (job: Job, path: FieldPath): FieldError[] => [
  ...validateGeneratedSelector(job, path),
  ...validateWithSelector(job.spec, path.at('spec')),
  ...validateHostNames(job, path),
];

const MANY_COMPLETIONS = 100_000;
const MUCH_PARALLELISM = 10_000;

/** What is accepted in a job's spec and shouldn't be done. */
export function jobSpecWarnings(spec: JobSpec, path: FieldPath): string[] {
  const { completionMode, completions = 0, parallelism = 0 } = spec;
  if (completionMode !== 'Indexed') return [];
  if (completions <= MANY_COMPLETIONS || parallelism <= MUCH_PARALLELISM) return [];
  return [
    `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
  ];
}

function warningsOf(next: Job, previous: Job | undefined): string[] {
  const isChanged = previous?.metadata.generation !== next.metadata.generation;
  return [
    ...templateWarnings(next, previous, next.spec.template),
    ...(isChanged ? jobSpecWarnings(next.spec, FieldPath.root.at('spec')) : []),
  ];
}

const SHOWN_CONDITIONS = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'];

function statusCell(job: Job): string {
  if (holds(job, 'Complete')) return 'Complete';
  if (holds(job, 'Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  return SHOWN_CONDITIONS.find((type) => holds(job, type)) ?? 'Running';
}

function completionsCell({ spec, status }: Job): string {
  const { completions, parallelism = 0 } = spec;
  const succeeded = status.succeeded ?? 0;
  if (completions !== undefined) return `${succeeded}/${completions}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationCell({ status }: Job, now: number): string {
  const from = parseTime(status.startTime);
  if (from === undefined) return '';
  return humanDuration((parseTime(status.completionTime) ?? now) - from);
}

/** Runs pods until enough of them have succeeded. */
export const jobs: ResourceDefinition<Job> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  categories: ['all'],
  generation: true,
  // For clients of a time before garbage collection.
  defaultPropagation: 'orphan',
  defaultPropagationWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',

  defaults(draft) {
    part(draft, 'spec');
    setDefaults(draft);
  },
  prepareCreate(draft) {
    dropClosedTemplateFields(draft.spec.template);
    generateSelector(draft);
  },
  prepareUpdate: ({ spec }, previous) =>
    dropClosedTemplateFields(spec.template, previous.spec.template),
  validate: (job, { path }) => validate(job, path),
  // The spec's faults come twice among the causes of a refused update, as in Kubernetes.
  validateUpdate: (next, previous, { path }) => [
    ...validateWithSelector(next.spec, path.at('spec')),
    ...validateJobUpdate(next, previous, path.at('spec')),
  ],
  warnings: warningsOf,
  status: {
    validateUpdate: (next, previous, { path }) =>
      validateJobStatusUpdate(next, previous, path.at('status')),
  },

  columns: [
    nameColumn,
    column('Status', 'string', statusCell),
    column('Completions', 'string', completionsCell),
    column('Duration', 'string', (job, { now }) => durationCell(job, now)),
    ageColumn,
    ...containerColumns(({ spec }: Job) => spec.template.spec),
    column('Selector', 'string', ({ spec }) => selectorCell(spec.selector), { priority: 1 }),
  ],
  selectableFields: { 'status.successful': ({ status }) => `${status.succeeded ?? 0}` },
  unselectableField: (field) => `field label ${quote(field)} not supported for Job`,
};
