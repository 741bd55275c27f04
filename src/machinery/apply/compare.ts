import { isEqual } from '../equal.ts';
import { groupByStep, partOf, stepInto, typeUnder } from './descend.ts';
import { type FieldSet, LEAF, NodeBuilder, union } from './field-set.ts';
import { commonKind, elementsOf, type Fields, fieldsOf, isEmptyMap, kindOf } from './kind-of.ts';
import type { Step } from './step.ts';
import type { ApplyType, ListType, MapType } from './type.ts';

/** How two values of a type differ. A field is in at most one of the sets. */
export interface Comparison {
  /** Fields that are new or have another value. */
  readonly changed: FieldSet;
  /** Fields that are gone. */
  readonly removed: FieldSet;
}

/** The difference of what doesn't differ. */
export const SAME: Comparison = { changed: undefined, removed: undefined };
const CHANGED: Comparison = { changed: LEAF, removed: undefined };

/**
 * Compares two values of a type. What they share costs nothing. Throws TypedValueError for lists
 * whose elements have no key.
 */
export function compare(type: ApplyType, before: unknown, after: unknown): Comparison {
  if (before === after) return SAME;
  if (before === undefined) return { changed: allFields(type, after), removed: undefined };
  if (after === undefined) return { changed: undefined, removed: allFields(type, before) };
  const kind = commonKind(type, before, after);
  if (kind === 'map') return compareMaps(type.map!, before, after);
  if (kind === 'list') return compareLists(type.list!, before, after);
  if (kind === 'scalar') return compareLeaves(before, after);
  return compareUnlike(type, before, after);
}

const compareLeaves = (before: unknown, after: unknown): Comparison =>
  isEqual(before, after) ? SAME : CHANGED;

/** All that is in a value which itself is new, or gone: its leaves, and what they stand in. */
function allFields(type: ApplyType, value: unknown): NonNullable<FieldSet> {
  const kind = kindOf(type, value);
  if (kind === 'map') return allOfMap(type.map!, fieldsOf(value));
  return kind === 'list' ? allOfList(type.list!, elementsOf(value)) : LEAF;
}

function allOfMap(map: MapType, value: Fields): NonNullable<FieldSet> {
  if (map.atomic) return LEAF;
  const builder = new NodeBuilder();
  for (const key in value) {
    const type = typeUnder(map, key);
    if (type === undefined || value[key] === undefined) continue;
    builder.add(stepInto(map, key), allFields(type, value[key]));
  }
  return builder.build(true)!;
}

function allOfList(list: ListType, elements: readonly unknown[]): NonNullable<FieldSet> {
  if (list.kind === 'atomic') return LEAF;
  const builder = new NodeBuilder();
  for (const [step, group] of groupByStep(list, elements)) {
    builder.add(step, group.length > 1 ? LEAF : allFields(list.element, group[0]));
  }
  return builder.build(true)!;
}

/** Gathers what differs among the parts of a value. */
class Differences {
  #changed: NodeBuilder | undefined;
  #removed: NodeBuilder | undefined;

  add(step: Step, { changed, removed }: Comparison): void {
    if (changed !== undefined) {
      this.#changed ??= new NodeBuilder();
      this.#changed.add(step, changed);
    }
    if (removed !== undefined) {
      this.#removed ??= new NodeBuilder();
      this.#removed.add(step, removed);
    }
  }

  get comparison(): Comparison {
    if (!this.#changed && !this.#removed) return SAME;
    return { changed: this.#changed?.build(false), removed: this.#removed?.build(false) };
  }
}

function compareMaps(map: MapType, before: unknown, after: unknown): Comparison {
  const [left, right] = [fieldsOf(before), fieldsOf(after)];
  // Null and empty differ, but have nothing in them that could be compared.
  if (map.atomic || (isEmptyMap(left) && isEmptyMap(right))) return compareLeaves(before, after);
  const differences = new Differences();
  for (const key in right) {
    compareField(map, key, partOf(map, left, key), right[key], differences);
  }
  // Not "in left": V8 takes this place for one that always reads the same key, and never learns.
  for (const key of Object.keys(left)) {
    if (partOf(map, right, key) !== undefined) continue;
    compareField(map, key, left[key], undefined, differences);
  }
  return differences.comparison;
}

function compareField(
  map: MapType,
  key: string,
  before: unknown,
  after: unknown,
  differences: Differences,
): void {
  if (before === after || (before === undefined && after === undefined)) return;
  const type = typeUnder(map, key);
  if (type === undefined) return;
  const comparison = compare(type, before, after);
  if (comparison !== SAME) differences.add(stepInto(map, key), comparison);
}

function compareLists(list: ListType, before: unknown, after: unknown): Comparison {
  const [left, right] = [elementsOf(before), elementsOf(after)];
  if (list.kind === 'atomic' || left.length + right.length === 0) {
    return compareLeaves(before, after);
  }
  // Most lists of an object stay, and telling so is cheaper than telling elements apart.
  if (isEqual(left, right)) return SAME;
  const differences = new Differences();
  const leftGroups = groupByStep(list, left);
  const rightGroups = groupByStep(list, right);
  for (const [step, group] of leftGroups) {
    const other = rightGroups.get(step) ?? [];
    differences.add(step, compareGroups(list.element, group, other));
  }
  for (const [step, group] of rightGroups) {
    if (!leftGroups.has(step)) differences.add(step, compareGroups(list.element, [], group));
  }
  return differences.comparison;
}

// Elements with the same key are owned together: what is said of one of them is said of all.
function compareGroups(
  element: ApplyType,
  before: readonly unknown[],
  after: readonly unknown[],
): Comparison {
  if (before.length <= 1 && after.length <= 1) return compare(element, before[0], after[0]);
  if (before.length > 1 && after.length > 1) return compareLeaves(before, after);
  if (before.length > 1) {
    const changed = after.length > 0 ? allFields(element, after[0]) : undefined;
    return { changed, removed: LEAF };
  }
  const removed = before.length > 0 ? allFields(element, before[0]) : undefined;
  return { changed: LEAF, removed };
}

// One is, say, a text and the other an object: the value changed, and what was in it is gone.
function compareUnlike(type: ApplyType, before: unknown, after: unknown): Comparison {
  const gone = compareAs(type, before, null);
  const come = compareAs(type, null, after);
  return { changed: union(gone.changed, come.changed), removed: gone.removed };
}

function compareAs(type: ApplyType, before: unknown, after: unknown): Comparison {
  const kind = kindOf(type, before ?? after);
  if (kind === 'map') return compareMaps(type.map!, before, after);
  return kind === 'list' ? compareLists(type.list!, before, after) : CHANGED;
}
