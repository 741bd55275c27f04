import { toJson } from '../../machinery/quote.ts';
import { isMessage, type MessageShape } from '../../machinery/shape.ts';
import { horizontalPodAutoscalers as second } from '../generated/autoscaling/v2/resources.ts';
import type { HorizontalPodAutoscalerBehavior } from '../generated/autoscaling/v2/types.ts';
import { goStruct } from '../go-struct.ts';
import { shapeOf } from '../shapes.ts';
import { decoded, shapeWithin, valueFrom } from './annotation-text.ts';

// Kubernetes writes its inner type into this annotation, by Go's names of the fields.

const SHAPE = shapeWithin(shapeOf(second), 'spec', 'behavior');

/** How fast to scale as the text of an annotation. */
export const behaviorText = (behavior: HorizontalPodAutoscalerBehavior): string =>
  toJson(goStruct(SHAPE, behavior));

/** How fast to scale, from an annotation; undefined from a text that doesn't say. */
export function behaviorFrom(
  text: string | undefined,
): HorizontalPodAutoscalerBehavior | undefined {
  const value = valueFrom(text);
  if (value === undefined) return undefined;
  const object = decoded(SHAPE, renamed(SHAPE, value)) ?? {};
  return Object.keys(object).length > 0 ? (object as HorizontalPodAutoscalerBehavior) : undefined;
}

/** A value with the members of a message by their own names; what is read may have them in any case. */
function renamed(shape: MessageShape, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => renamed(shape, each));
  const fields = new Map(shape.fields.map((field) => [field.name.toLowerCase(), field]));
  const members = Object.entries(value).flatMap(([name, member]) => {
    const field = fields.get(name.toLowerCase());
    if (!field) return [];
    return [[field.name, isMessage(field.type) ? renamed(field.type, member) : member] as const];
  });
  return Object.fromEntries(members);
}
