import { memberOf } from '../../member.ts';
import { DIRECTIVE, type Fields } from './directives.ts';
import { elementKind, keyOf, type List, placesByKey } from './elements.ts';
import { cannotMergeElement, listWithoutKey, unknownDirective } from './errors.ts';
import { inOrder, splitByOrder } from './order.ts';
import type { FieldMerge, PatchType } from './patch-type.ts';

/** Merges a patch into a map; given to `mergeList` for its elements. */
export type MergeMap = (original: Fields, patch: Fields, type: PatchType) => Fields;

export interface ListMerge extends FieldMerge {
  readonly mergeMap: MergeMap;
}

/**
 * Merges a patch into a list: maps by their merge key, all else by value. What the patch names
 * comes in its order. A list that isn't merged is replaced, directives and all.
 */
export function mergeList(original: List, patch: List, merge: ListMerge): List {
  if (merge.strategy !== 'merge') return patch;
  if (original.length === 0 && patch.length === 0) return original;
  return elementKind(original, patch) === 'map'
    ? mergeMaps(original, patch, merge)
    : mergeValues(original, patch);
}

/** Takes the values that a patch names out of a list. */
export function deleteValues(original: List, patch: List, merge: ListMerge): List {
  if (original.length === 0 && patch.length === 0) return original;
  if (elementKind(original, patch) === 'map') return mergeMaps(original, patch, merge);
  const gone = new Set(patch);
  return original.filter((each) => !gone.has(each));
}

function mergeValues(original: List, patch: List): List {
  const all = [...new Set([...original, ...patch])];
  const { named, others } = splitByOrder(all, patch, '');
  return inOrder({ named, others, order: patch, original, mergeKey: '' });
}

function mergeMaps(original: List, patch: List, merge: ListMerge): List {
  const { mergeKey, type } = merge;
  if (mergeKey === '') throw listWithoutKey(type.kind);
  const { list, rest } = applyElementDirectives(original, patch, mergeKey);
  const all = mergeElements(list, rest, merge);
  const { named, others } = splitByOrder(all, rest, mergeKey);
  return inOrder({ named, others, order: rest, original: list, mergeKey });
}

interface Directed {
  /** The list to merge into. */
  readonly list: List;
  /** What of the patch is left to merge. */
  readonly rest: List;
}

/** Does what the directives among a patch's elements say. */
function applyElementDirectives(original: List, patch: List, mergeKey: string): Directed {
  const rest: unknown[] = [];
  const gone = new Set<unknown>();
  let isReplaced = false;
  for (const element of patch as readonly Fields[]) {
    const directive = memberOf(element, DIRECTIVE);
    if (directive === undefined) rest.push(element);
    else if (directive === 'replace') isReplaced = true;
    else if (directive === 'delete') gone.add(keyOf(element, mergeKey));
    else if (directive === 'merge') throw cannotMergeElement();
    else throw unknownDirective(directive, element);
  }
  if (isReplaced) return { list: rest, rest: [] };
  return { list: original.filter((each) => !gone.has(memberOf(each as Fields, mergeKey))), rest };
}

function mergeElements(list: List, patch: List, { mergeKey, type, mergeMap }: ListMerge): List {
  const merged = [...list];
  const places = placesByKey(list, mergeKey);
  for (const element of patch as readonly Fields[]) {
    const key = keyOf(element, mergeKey);
    const at = places.get(key);
    if (at === undefined) places.set(key, merged.push(element) - 1);
    else merged[at] = mergeMap(merged[at] as Fields, element, type);
  }
  return merged;
}
