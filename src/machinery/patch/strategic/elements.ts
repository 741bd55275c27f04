import { isMap, memberOf } from '../../member.ts';
import { DIRECTIVE } from './directives.ts';
import {
  mixedElements,
  noElements,
  noMergeKey,
  notAMap,
  unprocessable,
  wrongType,
} from './errors.ts';

export type List = readonly unknown[];

/** What the elements of all lists are. Throws when they differ, are lists, or there are none. */
export function elementKind(...lists: readonly List[]): 'map' | 'string' | 'number' | 'boolean' {
  let kind: string | undefined;
  for (const element of lists.flat()) {
    if (kind === undefined && Array.isArray(element)) throw unprocessable();
    const own = isMap(element) ? 'map' : typeof element;
    kind ??= own;
    if (own !== kind || own === 'object') throw mixedElements(...lists);
  }
  if (kind === undefined) throw noElements();
  return kind as ReturnType<typeof elementKind>;
}

/** The place of the first element with each key. Elements without one have no place. */
export function placesByKey(list: List, mergeKey: string): Map<unknown, number> {
  const places = new Map<unknown, number>();
  list.forEach((element, i) => {
    if (!isMap(element)) throw notAMap(i);
    const key = memberOf(element, mergeKey);
    if (key !== undefined && !places.has(key)) places.set(key, i);
  });
  return places;
}

/** What tells an element apart: its merge key, or where there is none the element itself. */
export function keyOf(element: unknown, mergeKey: string): unknown {
  if (mergeKey === '') return element;
  if (!isMap(element)) throw wrongType({}, element);
  const key = memberOf(element, mergeKey);
  if (key === undefined) throw noMergeKey(element, mergeKey);
  return key;
}

/** Whether an element of a patch only says which one is to go. */
export function isDeletion(element: unknown): boolean {
  if (!isMap(element)) throw wrongType({}, element);
  return memberOf(element, DIRECTIVE) === 'delete';
}
