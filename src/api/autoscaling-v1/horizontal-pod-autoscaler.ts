import { toJson } from '../../machinery/quote.ts';
import {
  autoscalerColumns,
  cpuUtilization,
  validateAutoscalerSpec,
  validateAutoscalerStatus,
} from '../autoscaling-v2/horizontal-pod-autoscaler.ts';
import type { ResourceDefinition, StoredAs } from '../definition.ts';
import { part } from '../drafts.ts';
import { horizontalPodAutoscalers as resource } from '../generated/autoscaling/v1/resources.ts';
import type { HorizontalPodAutoscaler } from '../generated/autoscaling/v1/types.ts';
import { horizontalPodAutoscalers as stored } from '../generated/autoscaling/v2/resources.ts';
import type {
  HorizontalPodAutoscaler as Autoscaler,
  HorizontalPodAutoscalerSpec as AutoscalerSpec,
  HorizontalPodAutoscalerStatus as AutoscalerStatus,
  MetricSpec,
  MetricStatus,
} from '../generated/autoscaling/v2/types.ts';
import { shapeOf } from '../shapes.ts';
import { behaviorFrom, behaviorText } from './behavior-annotation.ts';
import {
  conditionsFrom,
  measuresFrom,
  measuresText,
  metricsFrom,
  metricsText,
} from './metric-annotations.ts';

const PREFIX = 'autoscaling.alpha.kubernetes.io/';
const METRICS = `${PREFIX}metrics`;
const CURRENT = `${PREFIX}current-metrics`;
const CONDITIONS = `${PREFIX}conditions`;
const BEHAVIOR = `${PREFIX}behavior`;
const CARRIED = [METRICS, CURRENT, CONDITIONS, BEHAVIOR];

const CPU_PERCENT = 80;

type Annotations = Readonly<Record<string, string>>;

/** The same autoscaler as the second version says it. */
function toSecond(autoscaler: HorizontalPodAutoscaler): Autoscaler {
  const { annotations, ...metadata } = autoscaler.metadata;
  const others = Object.entries(annotations ?? {}).filter(([key]) => !CARRIED.includes(key));
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      ...metadata,
      ...(others.length > 0 && { annotations: Object.fromEntries(others) }),
    },
    spec: specToSecond(autoscaler.spec, annotations ?? {}),
    status: statusToSecond(autoscaler.status, annotations ?? {}),
  };
}

function specToSecond(
  spec: HorizontalPodAutoscaler['spec'],
  annotations: Annotations,
): AutoscalerSpec {
  const { targetCPUUtilizationPercentage: percent, ...same } = spec;
  const carried = metricsFrom(annotations[METRICS]);
  const cpu = percent ?? (carried.length === 0 ? CPU_PERCENT : undefined);
  const behavior = behaviorFrom(annotations[BEHAVIOR]);
  return {
    ...same,
    metrics: [...carried, ...(cpu === undefined ? [] : [cpuUtilization(cpu)])],
    ...(behavior && { behavior }),
  };
}

function statusToSecond(
  status: HorizontalPodAutoscaler['status'] | undefined,
  annotations: Annotations,
): AutoscalerStatus {
  const { currentCPUUtilizationPercentage: percent, ...same } = status ?? { desiredReplicas: 0 };
  const conditions = conditionsFrom(annotations[CONDITIONS]);
  // The annotation has what the field says, and more.
  const measures = measuresFrom(annotations[CURRENT]);
  const field = percent === undefined ? null : [cpuMeasure(percent)];
  return {
    ...same,
    currentMetrics: measures ?? field,
    ...(conditions?.length && { conditions }),
  };
}

const cpuMeasure = (percent: number): MetricStatus => ({
  type: 'Resource',
  resource: { name: 'cpu', current: { averageUtilization: percent } },
});

const isCpu = (type: string, source: { readonly name: string } | undefined): boolean =>
  type === 'Resource' && source?.name === 'cpu';

const isCpuTarget = ({ type, resource }: MetricSpec): boolean =>
  isCpu(type, resource) && resource?.target.averageUtilization !== undefined;

const isCpuMeasure = ({ type, resource }: MetricStatus): boolean =>
  isCpu(type, resource) && resource?.current.averageUtilization !== undefined;

const conditionsText = (conditions: NonNullable<AutoscalerStatus['conditions']>): string =>
  toJson(
    conditions.map(({ type, status, lastTransitionTime = null, reason, message }) => ({
      type,
      status,
      lastTransitionTime,
      reason,
      message,
    })),
  );

/** A stored autoscaler as the first version says it: what that has no fields for is annotated. */
function toFirst({ metadata, spec, status }: Autoscaler): HorizontalPodAutoscaler {
  const { metrics = [], behavior, ...sameSpec } = spec;
  const { currentMetrics, conditions, ...sameStatus } = status;
  const cpu = metrics.find(({ type, resource }) => isCpu(type, resource));
  const percent = cpu?.resource?.target.averageUtilization;
  const current = currentMetrics?.findLast(isCpuMeasure)?.resource?.current.averageUtilization;
  const otherMetrics = metrics.filter((metric) => !isCpuTarget(metric));
  const annotations = {
    ...metadata.annotations,
    ...(otherMetrics.length > 0 && { [METRICS]: metricsText(otherMetrics) }),
    ...(currentMetrics?.length && { [CURRENT]: measuresText(currentMetrics) }),
    ...(conditions?.length && { [CONDITIONS]: conditionsText(conditions) }),
    ...(behavior && { [BEHAVIOR]: behaviorText(behavior) }),
  };
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      ...metadata,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      ...sameSpec,
      ...(percent !== undefined && { targetCPUUtilizationPercentage: percent }),
    },
    status: {
      ...sameStatus,
      currentReplicas: status.currentReplicas ?? 0,
      ...(current !== undefined && { currentCPUUtilizationPercentage: current }),
    },
  };
}

const storedAs: StoredAs = {
  group: stored.group,
  version: stored.version,
  toStored: (object) => toSecond(object as HorizontalPodAutoscaler),
  fromStored: (object) => toFirst(object as Autoscaler),
};

/** Scales something by its use of the CPU: the first version, which knows no more of it. */
export const horizontalPodAutoscalers: ResourceDefinition<HorizontalPodAutoscaler> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['hpa'],
  categories: ['all'],
  storedAs,
  carriedAnnotations: CARRIED,

  defaults(draft) {
    const spec = part(draft, 'spec');
    spec.minReplicas ??= 1;
    if (metricsFrom(draft.metadata?.annotations?.[METRICS]).length > 0) return;
    spec.targetCPUUtilizationPercentage ??= CPU_PERCENT;
  },
  validate: (object, { path }) => validateAutoscalerSpec(toSecond(object).spec, path.at('spec')),
  status: {
    validateUpdate: (object, _previous, { path }) =>
      validateAutoscalerStatus(toSecond(object).status, path.at('status')),
  },
  columns: autoscalerColumns.map((column) => ({
    ...column,
    cell: (object, context) => column.cell(toSecond(object), context),
  })),
};
