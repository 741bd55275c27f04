import { isTimeZone } from '../../base/time-zone.ts';
import { CronError, parseCron } from '../../machinery/cron.ts';
import { type FieldError, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { validateNonNegative } from '../../machinery/validation/values.ts';
import { shownSelector } from '../apps-v1/template-rules.ts';
import { validateChoice } from '../checks.ts';
import { age, ageColumn, containerColumns, NONE, nameColumn, selectorCell } from '../columns.ts';
import { dropClosedTemplateFields } from '../core-v1/pod/closed-fields.ts';
import { templateWarnings } from '../core-v1/pod-template.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { cronJobs as resource } from '../generated/batch/v1/resources.ts';
import type { CronJob, CronJobSpec, JobTemplateSpec } from '../generated/batch/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { defaultJobTemplate, jobSpecWarnings } from './job/job.ts';
import { validateJobSpec } from './job/spec-rules.ts';

// Names of jobs are at most 63 characters long, of which the time of a run takes eleven.
const NAME_MAX = 52;
const POLICIES = ['Allow', 'Forbid', 'Replace'];

function setDefaults(spec: Draft<CronJobSpec>): void {
  const template = part(spec, 'jobTemplate');
  part(template, 'metadata');
  defaultJobTemplate(part(template, 'spec'));
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
}

function validateSpec(
  spec: CronJobSpec,
  previous: CronJobSpec | undefined,
  path: FieldPath,
): FieldError[] {
  const { timeZone, startingDeadlineSeconds: deadline } = spec;
  const errors = validateSchedule(spec, previous, path.at('schedule'));
  errors.push(...validateNonNegative(deadline ?? 0, path.at('startingDeadlineSeconds')));
  if (timeZone !== undefined && timeZone !== previous?.timeZone) {
    errors.push(...validateTimeZone(timeZone, path.at('timeZone')));
  }
  errors.push(...validateChoice(spec.concurrencyPolicy, POLICIES, path.at('concurrencyPolicy')));
  errors.push(...validateJobTemplate(spec.jobTemplate, path.at('jobTemplate', 'spec')));
  for (const limit of ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const) {
    errors.push(...validateNonNegative(spec[limit] ?? 0, path.at(limit)));
  }
  return errors;
}

function validateSchedule(
  { schedule, timeZone }: CronJobSpec,
  previous: CronJobSpec | undefined,
  path: FieldPath,
): FieldError[] {
  if (!schedule) return [required(path)];
  const errors: FieldError[] = [];
  try {
    parseCron(schedule);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    errors.push(invalid(path, schedule, error.message));
  }
  if (!schedule.includes('TZ')) return errors;
  if (!previous?.schedule.includes('TZ')) {
    const detail = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    errors.push(invalid(path, schedule, detail));
  } else if (timeZone !== undefined) {
    const detail = 'cannot use both timeZone field and TZ or CRON_TZ in schedule';
    errors.push(invalid(path, schedule, detail));
  }
  return errors;
}

function validateTimeZone(zone: string, path: FieldPath): FieldError[] {
  if (zone === '') return [invalid(path, zone, 'timeZone must be nil or non-empty string')];
  const unknown = invalid(path, zone, `unknown time zone ${zone}`);
  if (!zone.split('/').every((part) => /^(?!-|\.{1,2}$)[A-Za-z.\-_0-9+]{1,14}$/.test(part))) {
    return [unknown];
  }
  if (zone.toLowerCase() === 'local') {
    const detail =
      'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return zone === 'Local'
      ? [invalid(path, zone, detail)]
      : [invalid(path, zone, detail), unknown];
  }
  return isTimeZone(zone) ? [] : [unknown];
}

function validateJobTemplate({ spec }: JobTemplateSpec, path: FieldPath): FieldError[] {
  if (!spec) return [];
  const { selector, manualSelector } = spec;
  const errors = validateJobSpec(spec, path);
  if (selector) {
    const detail = '`selector` will be auto-generated';
    errors.push(invalid(path.at('selector'), shownSelector(selector), detail));
  }
  if (!manualSelector) return errors;
  return [...errors, notSupported(path.at('manualSelector'), true, ['nil', 'false'])];
}

const TEMPLATE = FieldPath.root.at('spec', 'jobTemplate', 'spec');

// The path is Kubernetes' own slip.
const ZONE_IN_SCHEDULE =
  'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';

function warningsOf(next: CronJob, previous: CronJob | undefined): string[] {
  const { schedule, jobTemplate } = next.spec;
  const warnings = templateWarnings(
    next,
    previous,
    jobTemplate.spec?.template,
    `${TEMPLATE.at('template')}`,
  );
  if (previous?.metadata.generation !== next.metadata.generation && jobTemplate.spec) {
    warnings.push(...jobSpecWarnings(jobTemplate.spec, TEMPLATE));
  }
  if (schedule.includes('TZ')) {
    warnings.push(ZONE_IN_SCHEDULE);
  }
  return warnings;
}

/** Makes a Job each time that a schedule says. */
export const cronJobs: ResourceDefinition<CronJob> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['cj'],
  categories: ['all'],
  generation: true,

  defaults: (draft) => setDefaults(part(draft, 'spec')),
  prepareCreate: ({ spec }) => dropClosedTemplateFields(spec.jobTemplate?.spec?.template),
  prepareUpdate: ({ spec }, previous) =>
    dropClosedTemplateFields(
      spec.jobTemplate?.spec?.template,
      previous.spec.jobTemplate?.spec?.template,
    ),
  validate: ({ spec }, { path, previous }) => validateSpec(spec, previous?.spec, path.at('spec')),
  validateCreate: ({ metadata }, { path }) =>
    metadata.name.length > NAME_MAX
      ? [
          invalid(
            path.at('metadata', 'name'),
            metadata.name,
            `must be no more than ${NAME_MAX} characters`,
          ),
        ]
      : [],
  warnings: warningsOf,
  status: {},

  columns: [
    nameColumn,
    column('Schedule', 'string', ({ spec }) => spec.schedule),
    column('Timezone', 'string', ({ spec }) => spec.timeZone ?? NONE),
    column('Suspend', 'boolean', ({ spec }) =>
      spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
    ),
    column('Active', 'integer', ({ status }) => status.active?.length ?? 0),
    column('Last Schedule', 'string', ({ status }, { now }) =>
      status.lastScheduleTime ? age(status.lastScheduleTime, now) : NONE,
    ),
    ageColumn,
    ...containerColumns(({ spec }: CronJob) => spec.jobTemplate.spec?.template.spec),
    column(
      'Selector',
      'string',
      ({ spec }) => {
        const selector = spec.jobTemplate.spec?.selector;
        return selector ? selectorCell(selector) : NONE;
      },
      { priority: 1 },
    ),
  ],
};
