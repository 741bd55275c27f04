import { isMap, setMember } from '../member.ts';
import type { FieldsV1 } from '../object.ts';
import { stepInto, stepTo, typeUnder } from './descend.ts';
import { type FieldSet, isLeaf, isMember } from './field-set.ts';
import { isEmptyMap, kindOf } from './kind-of.ts';
import type { ApplyType, ListType, MapType } from './type.ts';

/**
 * The value without the fields and elements in the set. What loses all it held becomes null, and
 * is dropped or kept when the object is decoded. Shares what stays.
 */
export const removeFields = (type: ApplyType, value: unknown, fields: FieldSet): unknown =>
  fields === undefined ? value : removeUnder(type, value, fields);

function removeUnder(type: ApplyType, value: unknown, node: FieldsV1): unknown {
  const kind = kindOf(type, value);
  if (kind === 'map') return removeFromMap(type.map!, value, node);
  return kind === 'list' ? removeFromList(type.list!, value, node) : value;
}

function removeFromMap(map: MapType, value: unknown, node: FieldsV1): unknown {
  if (!isMap(value) || map.atomic || isEmptyMap(value)) return null;
  const kept: Record<string, unknown> = {};
  let changed = false;
  let isEmpty = true;
  for (const key in value) {
    const under = node[stepInto(map, key)];
    const left =
      under === undefined ? value[key] : removePart(typeUnder(map, key), value[key], under);
    if (left !== value[key]) changed = true;
    if (left === undefined) continue;
    setMember(kept, key, left);
    isEmpty = false;
  }
  if (isEmpty) return null;
  return changed ? kept : value;
}

/** What is left of a part; undefined when it goes as a whole. */
function removePart(type: ApplyType | undefined, value: unknown, node: FieldsV1): unknown {
  if (isMember(node)) return undefined;
  return type === undefined || isLeaf(node) ? value : removeUnder(type, value, node);
}

function removeFromList(list: ListType, value: unknown, node: FieldsV1): unknown {
  if (!Array.isArray(value) || value.length === 0 || list.kind === 'atomic') return null;
  const kept: unknown[] = [];
  for (const element of value) {
    const under = node[stepTo(list, element)];
    const left = under === undefined ? element : removePart(list.element, element, under);
    if (left !== undefined) kept.push(left);
  }
  if (kept.length === 0) return null;
  const isSame = kept.length === value.length && kept.every((each, i) => each === value[i]);
  return isSame ? value : kept;
}
