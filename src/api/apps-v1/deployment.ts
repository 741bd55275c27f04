import { isSemanticallyEqual } from '../../machinery/equal.ts';
import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import {
  validateNonNegative,
  validateNonNegativeOrPercent,
  validateNotMoreThan100Percent,
} from '../../machinery/validation/values.ts';
import { ageColumn, containerColumns, nameColumn, selectorText } from '../columns.ts';
import { dropClosedTemplateFields } from '../core-v1/pod/closed-fields.ts';
import { defaultPodTemplate, templateWarnings } from '../core-v1/pod-template.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { deployments as resource } from '../generated/apps/v1/resources.ts';
import type {
  Deployment,
  DeploymentSpec,
  DeploymentStatus,
  DeploymentStrategy,
  RollingUpdateDeployment,
} from '../generated/apps/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateCollisionCount, validateCounts, validatePartsOfReplicas } from './count-rules.ts';
import { isZero } from './rolling-update.ts';
import { validateFixedSelector, validatePodMaker } from './template-rules.ts';

function setDefaults(spec: Draft<DeploymentSpec>): void {
  const strategy = part(spec, 'strategy');
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  defaultPodTemplate(part(spec, 'template'));
  strategy.type ||= 'RollingUpdate';
  if (strategy.type !== 'RollingUpdate') return;
  const rolling = part(strategy, 'rollingUpdate');
  rolling.maxUnavailable ??= '25%';
  rolling.maxSurge ??= '25%';
}

function validateSpec(spec: DeploymentSpec, path: FieldPath): FieldError[] {
  const { minReadySeconds = 0, progressDeadlineSeconds: deadline } = spec;
  const errors = [
    ...validateNonNegative(spec.replicas ?? 0, path.at('replicas')),
    ...validatePodMaker(spec, 'ReplicaSet', path),
    ...validateStrategy(spec.strategy ?? {}, path.at('strategy')),
    ...validateNonNegative(minReadySeconds, path.at('minReadySeconds')),
    ...validateNonNegative(spec.revisionHistoryLimit ?? 0, path.at('revisionHistoryLimit')),
  ];
  if (deadline === undefined) return errors;
  const at = path.at('progressDeadlineSeconds');
  errors.push(...validateNonNegative(deadline, at));
  if (deadline <= minReadySeconds) {
    errors.push(invalid(at, deadline, 'must be greater than minReadySeconds'));
  }
  return errors;
}

function validateStrategy(
  { type, rollingUpdate }: DeploymentStrategy,
  path: FieldPath,
): FieldError[] {
  const at = path.at('rollingUpdate');
  switch (type) {
    case 'Recreate':
      if (!rollingUpdate) return [];
      return [forbiddenField(at, "may not be specified when strategy `type` is 'Recreate'")];
    case 'RollingUpdate':
      return rollingUpdate ? validateRollingUpdate(rollingUpdate, at) : [required(at)];
    default: {
      const shown = { Type: type ?? '', RollingUpdate: rollingStruct(rollingUpdate) };
      return [notSupported(path, shown, ['Recreate', 'RollingUpdate'])];
    }
  }
}

const rollingStruct = (rolling: RollingUpdateDeployment | undefined): object | null =>
  rolling ? { MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 } : null;

function validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: RollingUpdateDeployment,
  path: FieldPath,
): FieldError[] {
  const at = path.at('maxUnavailable');
  const errors = [
    ...validateNonNegativeOrPercent(maxUnavailable, at),
    ...validateNonNegativeOrPercent(maxSurge, path.at('maxSurge')),
  ];
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    errors.push(invalid(at, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  return [...errors, ...validateNotMoreThan100Percent(maxUnavailable, at)];
}

const PARTS = ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const;

const validateStatus = (status: DeploymentStatus, path: FieldPath): FieldError[] => [
  ...validateCounts(
    status,
    [
      'observedGeneration',
      'replicas',
      ...PARTS,
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ],
    path,
  ),
  ...validatePartsOfReplicas(status, PARTS, path),
];

/** Moves from one generation of equal pods to the next, by ReplicaSets. */
export const deployments: ResourceDefinition<Deployment> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['deploy'],
  categories: ['all'],
  generation: true,

  defaults: (draft) => setDefaults(part(draft, 'spec')),
  validate: ({ spec }, { path }) => validateSpec(spec, path.at('spec')),
  prepareCreate: ({ spec }) => dropClosedTemplateFields(spec.template),
  prepareUpdate({ metadata, spec }, previous) {
    dropClosedTemplateFields(spec.template, previous.spec.template);
    // Annotations tell of revisions and changes' causes: controllers have to look at them again.
    if (isSemanticallyEqual(metadata.annotations, previous.metadata.annotations)) return;
    metadata.generation = (previous.metadata.generation ?? 0) + 1;
  },
  validateUpdate: (next, previous, { path }) =>
    validateFixedSelector(next.spec.selector, previous.spec.selector, path.at('spec', 'selector')),
  warnings: (next, previous) => templateWarnings(next, previous, next.spec.template),

  status: {
    keeps: ['metadata.labels'],
    prepareUpdate({ metadata }, previous) {
      const { labels } = previous.metadata as Draft<Deployment['metadata']>;
      if (labels) metadata.labels = labels;
      else delete metadata.labels;
    },
    validateUpdate: ({ status }, previous, { path }) => [
      ...validateStatus(status, path.at('status')),
      ...validateCollisionCount(status, previous.status, path.at('status')),
    ],
  },
  scale: {
    replicas: ({ spec }) => spec.replicas ?? 0,
    setReplicas({ spec }, replicas) {
      spec.replicas = replicas;
    },
    statusReplicas: ({ status }) => status.replicas ?? 0,
    selector: ({ spec }) => selectorText(spec.selector),
  },

  columns: [
    nameColumn,
    column(
      'Ready',
      'string',
      ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}`,
    ),
    column('Up-to-date', 'string', ({ status }) => status.updatedReplicas ?? 0),
    column('Available', 'string', ({ status }) => status.availableReplicas ?? 0),
    ageColumn,
    ...containerColumns(({ spec }: Deployment) => spec.template.spec),
    column('Selector', 'string', ({ spec }) => selectorText(spec.selector), { priority: 1 }),
  ],
};
