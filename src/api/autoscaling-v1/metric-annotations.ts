import type { MetricSpec, MetricStatus } from '../generated/autoscaling/v2/types.ts';

// The first version has one metric. The others travel in annotations, in a form of their own that is
// flat: what version 2 says of a metric and its target stands side by side there.

type Fields = Readonly<Record<string, unknown>>;

interface Source {
  readonly metric?: { readonly name: string; readonly selector?: unknown };
  readonly describedObject?: unknown;
  readonly name?: string;
  readonly container?: string;
  readonly target?: Fields;
  readonly current?: Fields;
}

/** The names of a source's amounts in the flat form: of targets, and of what was measured. */
interface Names {
  readonly value?: string;
  readonly averageValue: string;
  readonly averageUtilization?: string;
}

const namesFor = (side: 'target' | 'current'): Readonly<Record<string, Names>> => ({
  object: { value: `${side}Value`, averageValue: 'averageValue' },
  pods: { averageValue: `${side}AverageValue` },
  resource: {
    averageValue: `${side}AverageValue`,
    averageUtilization: `${side}AverageUtilization`,
  },
  containerResource: {
    averageValue: `${side}AverageValue`,
    averageUtilization: `${side}AverageUtilization`,
  },
  external: { value: `${side}Value`, averageValue: `${side}AverageValue` },
});

const NAMES = { target: namesFor('target'), current: namesFor('current') };

const fieldOf = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1);

const present = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function flatten(metric: MetricSpec | MetricStatus, side: 'target' | 'current'): Fields {
  const field = fieldOf(metric.type);
  const source = (metric as unknown as Readonly<Record<string, Source>>)[field] ?? {};
  const { metric: identifier, describedObject, name, container } = source;
  const selector = field === 'external' ? 'metricSelector' : 'selector';
  const flat: Record<string, unknown> = {
    target: describedObject,
    metricName: identifier?.name,
    [selector]: identifier?.selector,
    name,
    container,
  };
  for (const [amount, flatName] of Object.entries(NAMES[side][field] ?? {})) {
    flat[flatName] = source[side]?.[amount];
  }
  return { type: metric.type, [field]: present(flat) };
}

function unflatten(flat: Fields, side: 'target' | 'current'): Fields {
  const type = `${flat.type}`;
  const field = fieldOf(type);
  const source = (flat[field] ?? {}) as Fields;
  const { target: describedObject, metricName, selector, metricSelector, name, container } = source;
  const amounts: Record<string, unknown> = {};
  for (const [amount, flatName] of Object.entries(NAMES[side][field] ?? {})) {
    if (source[flatName] !== undefined) amounts[amount] = source[flatName];
  }
  if (side === 'target') amounts.type = targetType(amounts);
  const metric =
    metricName === undefined
      ? undefined
      : present({ name: metricName, selector: selector ?? metricSelector });
  return {
    type,
    [field]: present({ describedObject, metric, name, container, [side]: amounts }),
  };
}

function targetType(amounts: Fields): string {
  if (amounts.averageUtilization !== undefined) return 'Utilization';
  return amounts.averageValue !== undefined ? 'AverageValue' : 'Value';
}

/** Metrics as the text of an annotation. */
export const metricsText = (metrics: readonly MetricSpec[]): string =>
  JSON.stringify(metrics.map((metric) => flatten(metric, 'target')));

/** What was measured as the text of an annotation. */
export const measuresText = (metrics: readonly MetricStatus[]): string =>
  JSON.stringify(metrics.map((metric) => flatten(metric, 'current')));

/** Metrics from an annotation; none from a text that isn't theirs. */
export const metricsFrom = (text: string | undefined): readonly MetricSpec[] =>
  listFrom(text).map((flat) => unflatten(flat, 'target') as unknown as MetricSpec);

/** What was measured, from an annotation. */
export const measuresFrom = (text: string | undefined): readonly MetricStatus[] =>
  listFrom(text).map((flat) => unflatten(flat, 'current') as unknown as MetricStatus);

/** The list in an annotation's text; empty when it holds none. */
export function listFrom(text: string | undefined): readonly Fields[] {
  const value = valueFrom(text);
  return Array.isArray(value) ? value : [];
}

/** The value in an annotation's text, if it is JSON. */
export function valueFrom(text: string | undefined): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
