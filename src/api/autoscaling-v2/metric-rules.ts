import {
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { memberOf } from '../../machinery/member.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { invalidFor } from '../../machinery/validation/labels.ts';
import { checkPathSegmentName } from '../../machinery/validation/names.ts';
import { validateDnsLabel, validateEach } from '../checks.ts';
import { validateContainerResourceName } from '../core-v1/resource-rules.ts';
import type {
  ContainerResourceMetricSource,
  ExternalMetricSource,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from '../generated/autoscaling/v2/types.ts';
import { validateNamed, validateReference } from './reference-rules.ts';

/** Where metrics come from: the field that tells, by the type that is declared. */
const SOURCES = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const satisfies Readonly<Record<string, keyof MetricSpec>>;

type SourceField = (typeof SOURCES)[keyof typeof SOURCES];

const TYPES = Object.keys(SOURCES).sort();

/** What to scale by; without replicas nothing can be measured but what is elsewhere. */
export function validateMetrics(
  metrics: readonly MetricSpec[] | undefined,
  minReplicas: number | undefined,
  path: FieldPath,
): FieldError[] {
  const errors = validateEach(metrics, path, validateMetric);
  const isElsewhere = metrics?.some(({ type }) => type === 'Object' || type === 'External');
  if (minReplicas !== 0 || isElsewhere) return errors;
  const detail =
    'must specify at least one Object or External metric to support scaling to zero replicas';
  return [...errors, forbiddenField(path, detail)];
}

function validateMetric(metric: MetricSpec, path: FieldPath): FieldError[] {
  const { type } = metric;
  const errors: FieldError[] = [];
  if (!type) errors.push(required(path.at('type'), 'must specify a metric source type'));
  const expected = memberOf(SOURCES, type) as SourceField | undefined;
  const unknown = notSupported(path.at('type'), type ?? '', TYPES);
  if (!expected) errors.push(unknown);
  const present = Object.values(SOURCES).filter((field) => metric[field] !== undefined);
  if (present[0]) errors.push(...validateSource(metric, present[0], path.at(present[0])));
  if (!expected) errors.push(unknown);
  else if (metric[expected] === undefined) {
    const detail = 'must populate information for the given metric source';
    errors.push(required(path.at(expected), detail));
  }
  if (present.length === 1) return errors;
  const others = present.filter((field) => field !== expected);
  const detail = 'must populate the given metric source only';
  return [...errors, ...others.map((field) => forbiddenField(path.at(field), detail))];
}

function validateSource(metric: MetricSpec, field: SourceField, path: FieldPath): FieldError[] {
  switch (field) {
    case 'object':
      return validateObjectSource(metric.object!, path);
    case 'external':
      return validateExternalSource(metric.external!, path);
    case 'pods':
      return validatePodsSource(metric.pods!, path);
    case 'resource':
      return validateResourceSource(metric.resource!, path);
    case 'containerResource':
      return validateContainerSource(metric.containerResource!, path);
  }
}

function validateObjectSource(source: ObjectMetricSource, path: FieldPath): FieldError[] {
  const { describedObject, metric, target } = source;
  const at = path.at('target');
  const errors = [
    ...validateReference(describedObject, { needsGroup: false }, path.at('describedObject')),
    ...validateIdentifier(metric, path.at('metric')),
    ...validateTarget(target, at),
  ];
  if (target.value !== undefined || target.averageValue !== undefined) return errors;
  const detail = 'must set either a target value or averageValue';
  return [...errors, required(at.at('averageValue'), detail)];
}

function validateExternalSource(
  { metric, target }: ExternalMetricSource,
  path: FieldPath,
): FieldError[] {
  const at = path.at('target');
  const errors = [...validateIdentifier(metric, path.at('metric')), ...validateTarget(target, at)];
  const { value, averageValue } = target;
  if (value === undefined && averageValue === undefined) {
    const detail = 'must set either a target value for metric or a per-pod target';
    errors.push(required(at.at('averageValue'), detail));
  }
  if (value !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target value for metric and a per-pod target';
    errors.push(forbiddenField(at.at('value'), detail));
  }
  return errors;
}

function validatePodsSource({ metric, target }: PodsMetricSource, path: FieldPath): FieldError[] {
  const at = path.at('target');
  const errors = [...validateIdentifier(metric, path.at('metric')), ...validateTarget(target, at)];
  if (target.averageValue !== undefined) return errors;
  const detail = 'must specify a positive target averageValue';
  return [...errors, required(at.at('averageValue'), detail)];
}

function validateResourceSource(
  { name, target }: ResourceMetricSource,
  path: FieldPath,
): FieldError[] {
  return [
    ...validateNamed(name, path.at('name'), 'must specify a resource name'),
    ...validateResourceTarget(target, path.at('target')),
  ];
}

function validateContainerSource(
  { name, container, target }: ContainerResourceMetricSource,
  path: FieldPath,
): FieldError[] {
  const [at, namePath] = [path.at('container'), path.at('name')];
  return [
    ...validateNamed(name, namePath, 'must specify a resource name'),
    ...(name ? validateContainerResourceName(name, namePath) : []),
    ...(container ? validateDnsLabel(container, at) : [required(at, 'must specify a container')]),
    ...validateResourceTarget(target, path.at('target')),
  ];
}

function validateResourceTarget(target: MetricTarget, path: FieldPath): FieldError[] {
  const errors = validateTarget(target, path);
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization';
    errors.push(required(path.at('averageUtilization'), detail));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization';
    errors.push(forbiddenField(path.at('averageValue'), detail));
  }
  return errors;
}

const TARGET_TYPES = ['Utilization', 'Value', 'AverageValue'];

function validateTarget(target: MetricTarget, path: FieldPath): FieldError[] {
  const { type = '', averageUtilization } = target;
  const at = path.at('type');
  const errors: FieldError[] = [];
  if (!type) errors.push(required(at, 'must specify a metric target type'));
  if (!TARGET_TYPES.includes(type)) {
    errors.push(invalid(at, type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const field of ['value', 'averageValue'] as const) {
    const amount = target[field];
    if (amount === undefined || parseQuantity(amount).nanos > 0n) continue;
    errors.push(invalid(path.at(field), amount, 'must be positive'));
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    const detail = 'must be greater than 0';
    errors.push(invalid(path.at('averageUtilization'), averageUtilization, detail));
  }
  return errors;
}

function validateIdentifier({ name }: MetricIdentifier, path: FieldPath): FieldError[] {
  const at = path.at('name');
  if (!name) return [required(at, 'must specify a metric name')];
  return invalidFor(checkPathSegmentName(name), name, at);
}
