import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import type { Draft } from '../../machinery/object.ts';
import { validateNonNegative } from '../../machinery/validation/values.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { type Column, column, type ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { horizontalPodAutoscalers as resource } from '../generated/autoscaling/v2/resources.ts';
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
  MetricSpec,
} from '../generated/autoscaling/v2/types.ts';
import { shapeOf } from '../shapes.ts';
import { defaultBehavior, validateBehavior } from './behavior.ts';
import { targetsCell } from './metric-cells.ts';
import { validateMetrics } from './metric-rules.ts';
import { validateReference } from './reference-rules.ts';

/** A metric of how much of the CPU that pods asked for they use, in percent. */
export const cpuUtilization = (percent: number): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } },
});

const CPU_PERCENT = 80;

function setDefaults(spec: Draft<HorizontalPodAutoscalerSpec>): void {
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) spec.metrics = [cpuUtilization(CPU_PERCENT) as Draft<MetricSpec>];
  if (spec.behavior) defaultBehavior(spec.behavior);
}

/** How far to scale what, and by what. */
export function validateAutoscalerSpec(
  spec: HorizontalPodAutoscalerSpec,
  path: FieldPath,
): FieldError[] {
  const { minReplicas: min, maxReplicas: max } = spec;
  const at = path.at('maxReplicas');
  const errors: FieldError[] = [];
  if (min !== undefined && min < 1) {
    errors.push(invalid(path.at('minReplicas'), min, 'must be greater than or equal to 1'));
  }
  if (max === 0) errors.push(required(at, 'must be set and greater than 0'));
  else if (max < 0) errors.push(invalid(at, max, 'must be greater than 0'));
  if (min !== undefined && max < min) {
    errors.push(invalid(at, max, 'must be greater than or equal to `minReplicas`'));
  }
  const target = path.at('scaleTargetRef');
  return [
    ...errors,
    ...validateReference(spec.scaleTargetRef, { needsGroup: true }, target),
    ...validateMetrics(spec.metrics, min, path.at('metrics')),
    ...validateBehavior(spec.behavior, path.at('behavior')),
  ];
}

/** What was measured, and made of it. */
export const validateAutoscalerStatus = (
  { currentReplicas = 0, desiredReplicas }: HorizontalPodAutoscalerStatus,
  path: FieldPath,
): FieldError[] => [
  ...validateNonNegative(currentReplicas, path.at('currentReplicas')),
  ...validateNonNegative(desiredReplicas, path.at('desiredReplicas')),
];

/** What a table shows of an autoscaler, whatever the version it was asked in. */
export const autoscalerColumns: readonly Column<HorizontalPodAutoscaler>[] = [
  nameColumn,
  column('Reference', 'string', ({ spec }) => {
    const { kind, name } = spec.scaleTargetRef;
    return `${kind}/${name}`;
  }),
  column('Targets', 'string', targetsCell),
  column('MinPods', 'string', ({ spec }) => `${spec.minReplicas ?? '<unset>'}`),
  column('MaxPods', 'string', ({ spec }) => spec.maxReplicas),
  column('Replicas', 'string', ({ status }) => status.currentReplicas ?? 0),
  ageColumn,
];

/** Scales something by what is measured. */
export const horizontalPodAutoscalers: ResourceDefinition<HorizontalPodAutoscaler> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['hpa'],
  categories: ['all'],

  defaults: (draft) => setDefaults(part(draft, 'spec')),
  validate: ({ spec }, { path }) => validateAutoscalerSpec(spec, path.at('spec')),
  status: {
    validateUpdate: ({ status }, _previous, { path }) =>
      validateAutoscalerStatus(status, path.at('status')),
  },
  columns: autoscalerColumns,
};
