import { toJson } from '../../machinery/quote.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import type { LabelSelector } from '../../machinery/validation/labels.ts';
import { shownSelector } from '../apps-v1/template-rules.ts';
import { horizontalPodAutoscalers as second } from '../generated/autoscaling/v2/resources.ts';
import type {
  HorizontalPodAutoscalerStatus as AutoscalerStatus,
  MetricSpec,
  MetricStatus,
} from '../generated/autoscaling/v2/types.ts';
import { shapeOf } from '../shapes.ts';
import { decoded, shapeWithin, valueFrom } from './annotation-text.ts';

// The first version has one metric. The others travel in annotations, in a form of their own that is
// flat: what version 2 says of a metric and its amounts stands side by side there, in an order that
// clients have come to know.

const SPEC = shapeWithin(shapeOf(second), 'spec', 'metrics');
const STATUS = shapeWithin(shapeOf(second), 'status', 'currentMetrics');
const CONDITION = shapeWithin(shapeOf(second), 'status', 'conditions');

type Fields = Readonly<Record<string, unknown>>;

/** A member of the flat form, and where version 2 has it. */
interface Slot {
  readonly name: string;
  readonly at: readonly [part: string, member?: string];
  /** It is written as 0 when there is no amount. */
  readonly isAlways?: boolean;
}

type Side = 'target' | 'current';

const METRIC_NAME: Slot = { name: 'metricName', at: ['metric', 'name'] };
const SELECTOR: Slot = { name: 'selector', at: ['metric', 'selector'] };
const NAME: Slot = { name: 'name', at: ['name'] };
const CONTAINER: Slot = { name: 'container', at: ['container'] };

function slotsOf(side: Side): Readonly<Record<string, readonly Slot[]>> {
  const isAlways = side === 'current';
  const amount = (name: string, member: string, isZeroed = isAlways): Slot => ({
    name,
    at: [side, member],
    isAlways: isZeroed,
  });
  const value = (isZeroed?: boolean) => amount(`${side}Value`, 'value', isZeroed);
  const average = (isZeroed?: boolean) => amount(`${side}AverageValue`, 'averageValue', isZeroed);
  const share = amount(`${side}AverageUtilization`, 'averageUtilization', false);
  const about: Slot = { name: 'target', at: ['describedObject'] };
  return {
    object: [
      about,
      METRIC_NAME,
      value(true),
      SELECTOR,
      amount('averageValue', 'averageValue', false),
    ],
    pods: [METRIC_NAME, average(true), SELECTOR],
    resource: [NAME, share, average()],
    containerResource: [NAME, share, average(), CONTAINER],
    external: [METRIC_NAME, { ...SELECTOR, name: 'metricSelector' }, value(), average(false)],
  };
}

const SLOTS: Readonly<Record<Side, Readonly<Record<string, readonly Slot[]>>>> = {
  target: slotsOf('target'),
  current: slotsOf('current'),
};

const fieldOf = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1);

const present = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function read(source: Fields, [part, member]: Slot['at']): unknown {
  const value = source[part];
  return member === undefined ? value : isFields(value) ? value[member] : undefined;
}

const shown = (slot: Slot, value: unknown): unknown =>
  value !== undefined && slot.at[1] === 'selector'
    ? shownSelector(value as LabelSelector)
    : (value ?? (slot.isAlways ? '0' : undefined));

function flatten(metric: MetricSpec | MetricStatus, side: Side): Fields {
  const field = fieldOf(metric.type);
  const source = (metric as unknown as Fields)[field];
  if (!isFields(source)) return { type: metric.type };
  const slots = SLOTS[side][field] ?? [];
  const members = slots.map((slot) => [slot.name, shown(slot, read(source, slot.at))] as const);
  return { type: metric.type, [field]: present(Object.fromEntries(members)) };
}

function unflatten(flat: Fields, side: Side): Fields {
  const { type } = flat;
  const field = typeof type === 'string' ? fieldOf(type) : '';
  const source = flat[field];
  // Anybody may have written the annotation, and name as a type what every object has.
  if (!Object.hasOwn(SLOTS[side], field) || !isFields(source)) return { type };
  const parts: Record<string, unknown> = {};
  for (const { name, at } of SLOTS[side][field]!) {
    const [part, member] = at;
    const value = source[name] ?? undefined;
    if (value === undefined) continue;
    parts[part] = member === undefined ? value : { ...(parts[part] as Fields), [member]: value };
  }
  const amounts = (parts[side] ?? {}) as Fields;
  parts[side] = side === 'target' ? target(field, amounts) : amounts;
  return { type, [field]: parts };
}

/** What is aimed at, with its type, which the flat form doesn't tell. */
function target(field: string, amounts: Fields): Fields {
  const { value, averageValue, averageUtilization } = amounts;
  // An object's amount is written even where it isn't the one that is aimed at.
  if (field === 'object' && averageValue !== undefined)
    return { type: 'AverageValue', averageValue };
  if (averageUtilization !== undefined) return { type: 'Utilization', ...amounts };
  return { type: value === undefined ? 'AverageValue' : 'Value', ...amounts };
}

/** Metrics as the text of an annotation. */
export const metricsText = (metrics: readonly MetricSpec[]): string =>
  toJson(metrics.map((metric) => flatten(metric, 'target')));

/** What was measured as the text of an annotation. */
export const measuresText = (metrics: readonly MetricStatus[]): string =>
  toJson(metrics.map((metric) => flatten(metric, 'current')));

/** Metrics from an annotation; none from a text that isn't theirs. */
export const metricsFrom = (text: string | undefined): readonly MetricSpec[] =>
  (listFrom(SPEC, text, (flat) => unflatten(flat, 'target')) ?? []) as readonly MetricSpec[];

/** What was measured, from an annotation; undefined from a text that isn't its. */
export const measuresFrom = (text: string | undefined): readonly MetricStatus[] | undefined =>
  listFrom(STATUS, text, (flat) => unflatten(flat, 'current')) as
    | readonly MetricStatus[]
    | undefined;

/** Conditions from an annotation; undefined from a text that isn't theirs. */
export const conditionsFrom = (text: string | undefined): AutoscalerStatus['conditions'] =>
  listFrom(CONDITION, text) as unknown as AutoscalerStatus['conditions'];

/** The messages of a shape in an annotation's text, if it holds a list of them and of nothing else. */
function listFrom(
  shape: MessageShape,
  text: string | undefined,
  formOf: (value: Fields) => Fields = (value) => value,
): readonly unknown[] | undefined {
  const value = valueFrom(text);
  if (!Array.isArray(value) || !value.every(isFields)) return undefined;
  const messages = value.map((each) => decoded(shape, formOf(each)));
  return messages.includes(undefined) ? undefined : messages;
}
