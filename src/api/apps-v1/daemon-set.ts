import { isSemanticallyEqual } from '../../machinery/equal.ts';
import { type FieldError, invalid, notSupported, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { validateLabelSelector } from '../../machinery/validation/labels.ts';
import {
  validateNonNegative,
  validateNonNegativeOrPercent,
  validateNotMoreThan100Percent,
} from '../../machinery/validation/values.ts';
import { ageColumn, containerColumns, labelsText, nameColumn, selectorCell } from '../columns.ts';
import { dropClosedTemplateFields } from '../core-v1/pod/closed-fields.ts';
import {
  defaultPodTemplate,
  templateWarnings,
  validatePodTemplate,
} from '../core-v1/pod-template.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { daemonSets as resource } from '../generated/apps/v1/resources.ts';
import type {
  DaemonSet,
  DaemonSetSpec,
  DaemonSetUpdateStrategy,
  RollingUpdateDaemonSet,
} from '../generated/apps/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateCollisionCount, validateCounts } from './count-rules.ts';
import { isZero } from './rolling-update.ts';
import {
  isEmptySelector,
  shownSelector,
  validateFixedSelector,
  validateRunsForever,
  validateSelects,
} from './template-rules.ts';

function setDefaults(spec: Draft<DaemonSetSpec>): void {
  const strategy = part(spec, 'updateStrategy');
  spec.revisionHistoryLimit ??= 10;
  defaultPodTemplate(part(spec, 'template'));
  strategy.type ||= 'RollingUpdate';
  if (strategy.type !== 'RollingUpdate') return;
  const rolling = part(strategy, 'rollingUpdate');
  rolling.maxUnavailable ??= 1;
  rolling.maxSurge ??= 0;
}

/** Which generation of the template this is: a field of old versions, kept as an annotation. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function setTemplateGeneration({ metadata }: Draft<DaemonSet>, generation: number): void {
  part(metadata, 'annotations')[TEMPLATE_GENERATION] = `${generation}`;
}

const templateGeneration = ({ metadata }: DaemonSet): number =>
  Number(metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);

function validateSpec(spec: DaemonSetSpec, path: FieldPath): FieldError[] {
  const { selector, template } = spec;
  const at = path.at('template');
  const errors = validateLabelSelector(selector, path.at('selector'));
  if (errors.length === 0) errors.push(...validateSelects(selector, template, at));
  if (selector && isEmptySelector(selector)) {
    const detail = 'empty selector is invalid for daemonset';
    errors.push(invalid(path.at('selector'), shownSelector(selector), detail));
  }
  return [
    ...errors,
    ...validatePodTemplate(template, at),
    ...validateRunsForever(template, 'DaemonSet', at),
    ...validateNonNegative(spec.minReadySeconds ?? 0, path.at('minReadySeconds')),
    ...validateStrategy(spec.updateStrategy ?? {}, path.at('updateStrategy')),
    ...validateNonNegative(spec.revisionHistoryLimit ?? 0, path.at('revisionHistoryLimit')),
  ];
}

function validateStrategy(
  { type, rollingUpdate }: DaemonSetUpdateStrategy,
  path: FieldPath,
): FieldError[] {
  if (type === 'OnDelete') return [];
  const at = path.at('rollingUpdate');
  if (type === 'RollingUpdate') {
    return rollingUpdate ? validateRollingUpdate(rollingUpdate, at) : [required(at)];
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  const rolling = rollingUpdate ? { MaxUnavailable: maxUnavailable, MaxSurge: maxSurge } : null;
  const shown = { Type: type ?? '', RollingUpdate: rolling };
  return [notSupported(path, shown, ['RollingUpdate', 'OnDelete'])];
}

function validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: RollingUpdateDaemonSet,
  path: FieldPath,
): FieldError[] {
  const [unavailablePath, surgePath] = [path.at('maxUnavailable'), path.at('maxSurge')];
  const errors = [
    ...validateNonNegativeOrPercent(maxUnavailable, unavailablePath),
    ...validateNonNegativeOrPercent(maxSurge, surgePath),
    ...validateNotMoreThan100Percent(maxUnavailable, unavailablePath),
    ...validateNotMoreThan100Percent(maxSurge, surgePath),
  ];
  // A node either does without its pod for a moment or has two.
  if (!isZero(maxUnavailable) && !isZero(maxSurge)) {
    const detail = 'may not be set when maxUnavailable is non-zero';
    errors.push(invalid(surgePath, maxSurge, detail));
  } else if (isZero(maxUnavailable) && isZero(maxSurge)) {
    errors.push(required(unavailablePath, 'cannot be 0 when maxSurge is 0'));
  }
  return errors;
}

const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const;

/** Keeps one pod running on every node, or on those that are chosen. */
export const daemonSets: ResourceDefinition<DaemonSet> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['ds'],
  categories: ['all'],
  generation: true,
  carriedAnnotations: [TEMPLATE_GENERATION],

  defaults(draft) {
    setDefaults(part(draft, 'spec'));
    // Who sends the set owns the annotation with it, in `managedFields` too.
    part(draft.metadata, 'annotations')[TEMPLATE_GENERATION] ??= '0';
  },
  prepareCreate(draft) {
    dropClosedTemplateFields(draft.spec.template);
    setTemplateGeneration(draft, 1);
  },
  prepareUpdate(draft, previous) {
    dropClosedTemplateFields(draft.spec.template, previous.spec.template);
    const isSame = isSemanticallyEqual(draft.spec.template, previous.spec.template);
    setTemplateGeneration(draft, templateGeneration(previous) + (isSame ? 0 : 1));
  },
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),
  validateUpdate: (next, previous, { path }) =>
    validateFixedSelector(next.spec.selector, previous.spec.selector, path.at('spec', 'selector')),
  warnings: (next, previous) => templateWarnings(next, previous, next.spec.template),

  status: {
    prepareUpdate: (draft, previous) => setTemplateGeneration(draft, templateGeneration(previous)),
    validateUpdate: ({ status }, previous, { path }) => [
      ...validateCounts(status, COUNTS, path.at('status')),
      ...validateCollisionCount(status, previous.status, path.at('status')),
    ],
  },

  columns: [
    nameColumn,
    column('Desired', 'integer', ({ status }) => status.desiredNumberScheduled),
    column('Current', 'integer', ({ status }) => status.currentNumberScheduled),
    column('Ready', 'integer', ({ status }) => status.numberReady),
    column('Up-to-date', 'integer', ({ status }) => status.updatedNumberScheduled ?? 0),
    column('Available', 'integer', ({ status }) => status.numberAvailable ?? 0),
    column('Node Selector', 'string', ({ spec }) => labelsText(spec.template.spec.nodeSelector)),
    ageColumn,
    ...containerColumns(({ spec }: DaemonSet) => spec.template.spec),
    column('Selector', 'string', ({ spec }) => selectorCell(spec.selector), { priority: 1 }),
  ],
};
