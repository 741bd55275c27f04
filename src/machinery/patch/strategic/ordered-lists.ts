import { memberOf } from '../../member.ts';
import { type Fields, withoutDirectives } from './directives.ts';
import { elementKind, type List } from './elements.ts';
import { badElementOrder, wrongType } from './errors.ts';
import { type ListMerge, mergeList } from './merge-list.ts';
import { assertOrdered, inOrder, splitByOrder } from './order.ts';

/** `$setElementOrder/containers` says in what order the elements of `containers` are to be. */
export const ORDER_PREFIX = '$setElementOrder';

/**
 * Merges the lists for which the patch sets an order, and returns what is left of the patch. The
 * order given counts most, then that in the patch, then that of the original.
 */
export function mergeOrderedLists(
  merged: Record<string, unknown>,
  patch: Fields,
  mergeOf: (key: string) => ListMerge,
): Fields {
  const directives = Object.keys(patch).filter((key) => key.startsWith(ORDER_PREFIX));
  if (directives.length === 0) return patch;
  const rest = { ...patch };
  for (const directive of directives) {
    const order = patch[directive];
    delete rest[directive];
    if (!Array.isArray(order)) throw wrongType([], order);
    if (!directive.startsWith(`${ORDER_PREFIX}/`)) throw badElementOrder();
    const key = directive.slice(ORDER_PREFIX.length + 1);
    const [before, value] = [memberOf(merged, key), memberOf(rest, key)];
    if (before !== undefined && !Array.isArray(before)) throw wrongType([], before);
    if (value !== undefined && !Array.isArray(value)) throw wrongType([], value);
    const list = mergeInOrder({ before, value, order, merge: mergeOf(key) });
    if (list === undefined) continue;
    merged[key] = list;
    delete rest[key];
  }
  return rest;
}

interface OrderedMerge {
  readonly before: List | undefined;
  readonly value: List | undefined;
  readonly order: List;
  readonly merge: ListMerge;
}

function mergeInOrder({ before, value, order, merge }: OrderedMerge): List | undefined {
  const { mergeKey } = merge;
  assertOrdered(value ?? [], order, mergeKey);
  const all = contents(before, value, merge);
  if (all === undefined) return undefined;
  const { named, others } = splitByOrder(all, order, mergeKey);
  elementKind(before ?? [], value ?? []);
  return inOrder({ named, others, order, original: before ?? [], mergeKey });
}

function contents(
  before: List | undefined,
  value: List | undefined,
  merge: ListMerge,
): List | undefined {
  if (value === undefined) return before;
  if (before === undefined) return withoutDirectives(value) as List;
  return mergeList(before, value, merge);
}
