import { NONE, UNKNOWN } from '../columns.ts';
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../generated/autoscaling/v2/types.ts';

const SHOWN_MAX = 2;
/** What Kubernetes shows of an amount that was measured otherwise. */
const NIL = '<nil>';

const percent = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : `${value}%`;

const known = (current: MetricValueStatus | undefined, amount: 'value' | 'averageValue'): string =>
  current ? (current[amount] ?? NIL) : UNKNOWN;

/** Of two amounts, the one that the target is about. */
function amounts(target: MetricTarget, current: MetricValueStatus | undefined): string {
  const { averageValue, value } = target;
  if (averageValue === undefined) return `${known(current, 'value')}/${value ?? NIL}`;
  return `${current?.averageValue ?? UNKNOWN}/${averageValue} (avg)`;
}

function share(target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined) {
    return `${known(current, 'averageValue')}/${target.averageValue}`;
  }
  const now = percent(current?.averageUtilization) ?? UNKNOWN;
  return `${now}/${percent(target.averageUtilization) ?? '<auto>'}`;
}

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  const { external, pods, object, resource, containerResource: container } = spec;
  switch (spec.type) {
    case 'External':
      return amounts(external!.target, status?.external?.current);
    case 'Pods':
      return share(pods!.target, status?.pods?.current);
    case 'Object':
      return amounts(object!.target, status?.object?.current);
    case 'Resource':
      return `${resource!.name}: ${share(resource!.target, status?.resource?.current)}`;
    case 'ContainerResource':
      return `${container!.name}: ${share(container!.target, status?.containerResource?.current)}`;
    default:
      return '<unknown type>';
  }
}

/** What is measured, and what it should be: `cpu: 20%/80%`. */
export function targetsCell({ spec, status }: HorizontalPodAutoscaler): string {
  const texts = (spec.metrics ?? []).map((metric, i) =>
    metricText(metric, status.currentMetrics?.[i]),
  );
  if (texts.length === 0) return NONE;
  const shown = texts.slice(0, SHOWN_MAX).join(', ');
  return texts.length > SHOWN_MAX ? `${shown} + ${texts.length - SHOWN_MAX} more...` : shown;
}
