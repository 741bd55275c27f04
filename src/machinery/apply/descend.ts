import { memberOf } from '../member.ts';
import type { Fields } from './kind-of.ts';
import { fieldStep, keyStep, type Step, valueStep } from './step.ts';
import type { ApplyType, ListType, MapType } from './type.ts';

/** The type under a key of a map or structure; undefined where none is declared. */
export const typeUnder = (map: MapType, key: string): ApplyType | undefined =>
  map.fields.get(key)?.type ?? map.element;

/** What a map or structure has under a key. Keys that a client chose may be `constructor`. */
export const partOf = (map: MapType, value: Fields, key: string): unknown =>
  map.element === undefined ? value[key] : memberOf(value, key);

/** The step to a key of a map or structure. */
export const stepInto = (map: MapType, key: string): Step =>
  map.fields.get(key)?.step ?? fieldStep(key);

/** The step to an element of a list that isn't atomic. Throws TypedValueError if it has none. */
export const stepTo = (list: ListType, element: unknown): Step =>
  list.kind === 'set' ? valueStep(element) : keyStep(list.keys, element);

/** A list's elements by their step. More than one under a step are repeats. */
export function groupByStep(
  list: ListType,
  elements: readonly unknown[],
): ReadonlyMap<Step, readonly unknown[]> {
  const groups = new Map<Step, unknown[]>();
  for (const element of elements) {
    const step = stepTo(list, element);
    const group = groups.get(step);
    if (group) group.push(element);
    else groups.set(step, [element]);
  }
  return groups;
}
