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
  let members = '';
  for (const { key, name, type } of typedFields(map, right)) {
    const text = newFields(type, partOf(map, left, name), right[name]);
    if (text !== '') members += members === '' ? key + text : `,${key}${text}`;
  }
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
  if (kind === 'map')
    return type.map!.atomic ? LEAF_TEXT : asMember(allInMap(type.map!, fieldsOf(value)));
  if (kind !== 'list' || type.list!.kind === 'atomic') return LEAF_TEXT;
  return asMember(elementsText(type.list!, elementsOf(value)));
}

function allInMap(map: MapType, value: Fields): string {
  let members = '';
  for (const { key, name, type } of typedFields(map, value)) {
    const member = key + allFields(type, value[name]);
    members += members === '' ? member : `,${member}`;
  }
  return members;
}

const asMember = (members: string): string =>
  members === '' ? LEAF_TEXT : `{${SELF_TEXT},${members}}`;

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

interface TypedField {
  readonly name: string;
  /** Its step as a key in JSON. */
  readonly key: string;
  readonly type: ApplyType;
  /** Its place among the steps of the structure. */
  readonly rank: number;
}

/** The fields that a value has, in the order of their steps. */
function typedFields(map: MapType, value: Fields): readonly TypedField[] {
  if (map.element !== undefined) return mapFields(map, value);
  const declared = declaredFields(map);
  const found: TypedField[] = [];
  for (const name of Object.keys(value)) {
    const field = declared.get(name);
    if (field === undefined || value[name] === undefined) continue;
    let at = found.length;
    for (; at > 0 && found[at - 1]!.rank > field.rank; at--) found[at] = found[at - 1]!;
    found[at] = field;
  }
  return found;
}

function mapFields(map: MapType, value: Fields): readonly TypedField[] {
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  return names.sort().map((name, rank) => ({
    name,
    key: stepKey(fieldStep(name)),
    type: typeUnder(map, name)!,
    rank,
  }));
}

const declaredOf = new WeakMap<MapType['fields'], ReadonlyMap<string, TypedField>>();

function declaredFields({ fields }: MapType): ReadonlyMap<string, TypedField> {
  let declared = declaredOf.get(fields);
  if (declared === undefined) {
    const sorted = [...fields.values()].sort((a, b) => (a.step < b.step ? -1 : 1));
    declared = new Map(
      sorted.map(({ name, step, type }, rank) => [name, { name, key: stepKey(step), type, rank }]),
    );
    declaredOf.set(fields, declared);
  }
  return declared;
}
