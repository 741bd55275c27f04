import { hasDirective } from './directives.ts';
import { isDeletion, keyOf, type List, placesByKey } from './elements.ts';
import { orderMismatch } from './errors.ts';

/** Throws unless the elements of a patch are named in the order given, and in that order. */
export function assertOrdered(patch: List, order: List, mergeKey: string): void {
  if (order.length === 0 || patch.length === 0) return;
  const kept = mergeKey === '' ? patch : patch.filter((each) => !isDeletion(each));
  let next = 0;
  for (let i = 0; next < kept.length && i < order.length; ) {
    if (hasDirective(kept[next])) next++;
    else if (keyOf(kept[next], mergeKey) === keyOf(order[i++], mergeKey)) next++;
  }
  if (next < kept.length) throw orderMismatch(patch, order);
}

/** Parts the elements that an order names from those that only the server has. */
export function splitByOrder(
  list: List,
  order: List,
  mergeKey: string,
): { readonly named: List; readonly others: List } {
  const names = mergeKey === '' ? new Set(order) : placesByKey(order, mergeKey);
  const marks = list.map((element) => names.has(keyOf(element, mergeKey)));
  return {
    named: list.filter((_, i) => marks[i]),
    others: list.filter((_, i) => !marks[i]),
  };
}

interface Ordering {
  readonly named: List;
  readonly others: List;
  /** In which the named ones are to be. */
  readonly order: List;
  /** In which the others were. */
  readonly original: List;
  readonly mergeKey: string;
}

/**
 * Named elements in the order given, and between them the others in theirs: each goes before the
 * first named one that it stood before in the original.
 */
export function inOrder({ named, others, order, original, mergeKey }: Ordering): List {
  const inOriginal = placesIn(original, mergeKey);
  const left = sortByPlace(others, inOriginal);
  const all: unknown[] = [];
  let next = 0;
  for (const element of sortByPlace(named, placesIn(order, mergeKey))) {
    const place = inOriginal(element);
    while (next < left.length && isBefore(inOriginal(left[next]), place)) all.push(left[next++]);
    all.push(element);
  }
  return [...all, ...left.slice(next)];
}

type PlaceOf = (element: unknown) => number;

/** Finds where an element first stands in a list; -1 where it doesn't. */
function placesIn(list: List, mergeKey: string): PlaceOf {
  const places = new Map<unknown, number>();
  list.forEach((element, i) => {
    const key = keyOf(element, mergeKey);
    if (!places.has(key)) places.set(key, i);
  });
  return (element) => places.get(keyOf(element, mergeKey)) ?? -1;
}

const isBefore = (place: number, other: number): boolean => place >= 0 && place < other;

const sortByPlace = (list: List, placeOf: PlaceOf): List =>
  list
    .map((element) => ({ element, place: placeOf(element) }))
    .sort((a, b) => a.place - b.place)
    .map(({ element }) => element);
