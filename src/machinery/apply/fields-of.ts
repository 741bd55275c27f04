import { isMap } from '../member.ts';
import { groupByStep, stepInto, typeUnder } from './descend.ts';
import { type FieldSet, LEAF, NodeBuilder } from './field-set.ts';
import { type Fields, isEmptyMap, kindOf } from './kind-of.ts';
import type { ApplyType, ListType, MapType } from './type.ts';

/**
 * The fields that a configuration sets, all of which its manager wants to own: leaves, elements of
 * lists, and what is empty or null on purpose. Structures are not members, only what is in them.
 */
export function fieldsOfConfiguration(type: ApplyType, value: unknown): FieldSet {
  switch (kindOf(type, value)) {
    case 'scalar':
      return LEAF;
    case 'list':
      return fieldsOfList(type.list!, value);
    default:
      return fieldsOfMap(type.map!, value);
  }
}

function fieldsOfMap(map: MapType, value: unknown): FieldSet {
  if (map.atomic) return LEAF;
  if (!isMap(value)) return undefined;
  const builder = new NodeBuilder();
  for (const key in value) {
    const type = typeUnder(map, key);
    if (type === undefined || value[key] === undefined) continue;
    const node = fieldsOfConfiguration(type, value[key]);
    const isSet = isEmptyOnPurpose(value[key]) || !map.fields.has(key);
    if (isSet || node !== undefined)
      builder.add(stepInto(map, key), isSet ? asMember(node) : node!);
  }
  return builder.build(false);
}

const isEmptyOnPurpose = (value: unknown): boolean =>
  value === null || (isMap(value) && isEmptyMap(value as Fields));

const asMember = (node: FieldSet): NonNullable<FieldSet> =>
  node === undefined || node === LEAF ? LEAF : { '.': LEAF, ...node };

function fieldsOfList(list: ListType, value: unknown): FieldSet {
  if (list.kind === 'atomic') return LEAF;
  if (!Array.isArray(value)) return undefined;
  const builder = new NodeBuilder();
  for (const [step, group] of groupByStep(list, value)) {
    // Elements with the same key have one owner together.
    const node = group.length > 1 ? LEAF : fieldsOfConfiguration(list.element, group[0]);
    builder.add(step, asMember(node));
  }
  return builder.build(false);
}
