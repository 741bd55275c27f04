import { isMap, memberOf, setMember } from '../../member.ts';
import {
  applyDirective,
  DIRECTIVE,
  discardNulls,
  type Fields,
  withoutDirectives,
} from './directives.ts';
import { badPrimitiveList, badRetainKeys } from './errors.ts';
import { deleteValues, type ListMerge, mergeList } from './merge-list.ts';
import { mergeOrderedLists, ORDER_PREFIX } from './ordered-lists.ts';
import { mergeOfList, mergeOfMap, type PatchType } from './patch-type.ts';

const RETAIN_KEYS = '$retainKeys';
const DELETE_PREFIX = '$deleteFromPrimitiveList';

/**
 * Merges a patch into a map or structure. The original isn't changed; the result shares what
 * stays.
 */
export function mergeMap(original: Fields, patch: Fields, type: PatchType): Fields {
  if (Object.hasOwn(patch, DIRECTIVE)) return applyDirective(patch);
  const listMerge = (key: string): ListMerge => ({ ...mergeOfList(type, key), mergeMap });
  const merged: Record<string, unknown> = { ...retainKeys(original, patch) };
  const rest = mergeOrderedLists(merged, patch, listMerge);
  for (const key of Object.keys(rest)) {
    if (key === RETAIN_KEYS) continue;
    if (key.startsWith(DELETE_PREFIX)) deleteFromList(merged, key, rest[key], listMerge);
    else mergeMember(merged, key, rest[key], type);
  }
  return merged;
}

/** Without what `$retainKeys` doesn't list, if the patch has it. */
function retainKeys(original: Fields, patch: Fields): Fields {
  const keys = memberOf(patch, RETAIN_KEYS);
  if (keys === undefined) return original;
  if (!Array.isArray(keys)) throw badRetainKeys();
  const retained = new Set<unknown>(keys);
  for (const key of Object.keys(patch)) {
    const isOther = key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX);
    if (key === RETAIN_KEYS || isOther || patch[key] === null) continue;
    if (!retained.has(key)) throw badRetainKeys();
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => retained.has(key)));
}

function mergeMember(
  merged: Record<string, unknown>,
  key: string,
  value: unknown,
  type: PatchType,
): void {
  const before = memberOf(merged, key);
  if (value === null) delete merged[key];
  else if (isMap(before) && isMap(value)) {
    const { strategy, type: inner } = mergeOfMap(type, key);
    merged[key] = strategy === 'replace' ? value : mergeMap(before, value, inner);
  } else if (Array.isArray(before) && Array.isArray(value)) {
    merged[key] = mergeList(before, value, { ...mergeOfList(type, key), mergeMap });
  } else setNew(merged, key, value);
}

function setNew(merged: Record<string, unknown>, key: string, value: unknown): void {
  const after = withoutDirectives(discardNulls(value));
  if (after === undefined) delete merged[key];
  else setMember(merged, key, after);
}

function deleteFromList(
  merged: Record<string, unknown>,
  directive: string,
  value: unknown,
  listMerge: (key: string) => ListMerge,
): void {
  if (!directive.startsWith(`${DELETE_PREFIX}/`)) throw badPrimitiveList();
  const key = directive.slice(DELETE_PREFIX.length + 1);
  const before = memberOf(merged, key);
  // A null there removes the list as a whole.
  if (value === null) delete merged[key];
  if (!Array.isArray(before) || !Array.isArray(value)) return;
  merged[key] = deleteValues(before, value, listMerge(key));
}
