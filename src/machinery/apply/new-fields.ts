import { isEqual } from '../equal.ts';
import { compare } from './compare.ts';
import { groupByStep, partOf, typeUnder } from './descend.ts';
import { commonKind, elementsOf, type Fields, fieldsOf, isEmptyMap, kindOf } from './kind-of.ts';
import { fieldStep, sortSteps, stepKey } from './step.ts';
import type { ApplyType, ListType, MapType } from './type.ts';

/**
 * The fields that a new object sets, as JSON. The same as the `changed` of `compare`, but objects
 * from one template set the same fields: their text finds the set that is there already, and no
 * set has to be built. `before` is the object in which nothing is set. Empty when nothing differs.
 */
export function newFields(type: ApplyType, before: unknown, after: unknown): string {
  if (before === after || after === undefined) return '';
  if (before === undefined) return allFields(type, after);
  const kind = commonKind(type, before, after);
  if (kind === 'map') return newInMap(type.map!, before, after);
  if (kind === 'list') return newInList(type.list!, before, after);
  if (kind === 'scalar') return newLeaf(before, after);
  return comparedText(type, before, after);
}

const LEAF_TEXT = '{}';
const SELF_TEXT = '".":{}';

const newLeaf = (before: unknown, after: unknown): string =>
  isEqual(before, after) ? '' : LEAF_TEXT;

function comparedText(type: ApplyType, before: unknown, after: unknown): string {
  const { changed } = compare(type, before, after);
  return changed === undefined ? '' : JSON.stringify(changed);
}

function newInMap(map: MapType, before: unknown, after: unknown): string {
  const [left, right] = [fieldsOf(before), fieldsOf(after)];
  if (map.atomic || (isEmptyMap(left) && isEmptyMap(right))) return newLeaf(before, after);
  const members = membersOf(map, right, (type, value, key) =>
    newFields(type, partOf(map, left, key), value),
  );
  return members && `{${members}}`;
}

function newInList(list: ListType, before: unknown, after: unknown): string {
  const elements = elementsOf(after);
  if (elementsOf(before).length > 0) return comparedText({ list }, before, after);
  if (list.kind === 'atomic' || elements.length === 0) return newLeaf(before, after);
  return `{${elementsText(list, elements)}}`;
}

/** All that is in a value which itself is new: its leaves, and what they stand in. */
function allFields(type: ApplyType, value: unknown): string {
  const kind = kindOf(type, value);
  if (kind === 'map') return type.map!.atomic ? LEAF_TEXT : asMember(allInMap(type.map!, value));
  if (kind !== 'list' || type.list!.kind === 'atomic') return LEAF_TEXT;
  return asMember(elementsText(type.list!, elementsOf(value)));
}

const allInMap = (map: MapType, value: unknown): string =>
  membersOf(map, fieldsOf(value), allFields);

const asMember = (members: string): string =>
  members === '' ? LEAF_TEXT : `{${SELF_TEXT},${members}}`;

type TextOf = (type: ApplyType, value: unknown, key: string) => string;

/** The members of a node in the order of their steps, without those that have no text. */
function membersOf(map: MapType, value: Fields, textOf: TextOf): string {
  let members = '';
  const add = (key: string, name: string, type: ApplyType) => {
    const part = value[name];
    const text = part === undefined ? '' : textOf(type, part, name);
    if (text !== '') members += members === '' ? key + text : `,${key}${text}`;
  };
  if (map.element === undefined) {
    for (const { key, name, type } of sortedFields(map)) add(key, name, type);
    return members;
  }
  for (const name of Object.keys(value).sort()) {
    add(stepKey(fieldStep(name)), name, typeUnder(map, name)!);
  }
  return members;
}

function elementsText(list: ListType, elements: readonly unknown[]): string {
  const groups = groupByStep(list, elements);
  const steps = [...groups.keys()];
  if (steps.length > 1) sortSteps(steps);
  const members = steps.map((step) => {
    const group = groups.get(step)!;
    return stepKey(step) + (group.length > 1 ? LEAF_TEXT : allFields(list.element, group[0]));
  });
  return members.join(',');
}

interface SortedField {
  readonly name: string;
  /** Its step as a key in JSON. */
  readonly key: string;
  readonly type: ApplyType;
}

const sorted = new WeakMap<MapType['fields'], readonly SortedField[]>();

function sortedFields({ fields }: MapType): readonly SortedField[] {
  let found = sorted.get(fields);
  if (found === undefined) {
    found = [...fields.values()]
      .sort((a, b) => (a.step < b.step ? -1 : 1))
      .map(({ name, step, type }) => ({ name, key: stepKey(step), type }));
    sorted.set(fields, found);
  }
  return found;
}
