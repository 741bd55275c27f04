import { sortKeys } from '../equal.ts';
import { isMap, memberOf, setMember } from '../member.ts';
import type { JsonPatchOperation } from './json-patch-parser.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a JSON patch made of a document, with its keys in the order in which Kubernetes writes and
 * then reads it: maps that the patch looked into have them sorted, whether it changed anything
 * there or not; the rest stands as it was, or as the patch has it.
 */
export const writtenByOperations = (document: unknown, operations: unknown): unknown =>
  sortVisited(document, visitedBy(operations));

/** The same of a merge patch. What it adds has its keys sorted. */
export function writtenByMerge(document: unknown, before: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return isMap(before) ? document : sortKeys(document);
  if (!isMap(document) || !isMap(before)) return sortKeys(document);
  return sortEntries(document, (value, key) =>
    Object.hasOwn(patch, key)
      ? writtenByMerge(value, memberOf(before, key), memberOf(patch, key))
      : value,
  );
}

function sortEntries(map: Fields, written: (value: unknown, key: string) => unknown): Fields {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, written(value, key)]));
}

/** What was looked at: a tree by names and places. What was compared was looked at as a whole. */
type Visited = { readonly [key: string]: Visited } | typeof ALL;

const ALL = Symbol('all');

function sortVisited(value: unknown, visited: Visited | undefined): unknown {
  if (visited === ALL) return sortKeys(value);
  if (visited === undefined || typeof value !== 'object' || value === null) return value;
  const sorted = (each: unknown, key: string | number) =>
    sortVisited(each, memberOf(visited, `${key}`) as Visited | undefined);
  return Array.isArray(value) ? value.map(sorted) : sortEntries(value as Fields, sorted);
}

function visitedBy(operations: unknown): Visited {
  const visited: Record<string, Visited> = {};
  if (!Array.isArray(operations)) return visited;
  for (const operation of operations as readonly (JsonPatchOperation | null)[]) {
    const { op, path, from } = operation ?? {};
    visit(visited, path, op === 'test');
    visit(visited, from, false);
  }
  return visited;
}

function visit(visited: Record<string, Visited>, pointer: unknown, isCompared: boolean): void {
  if (typeof pointer !== 'string') return;
  const keys = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop();
  let at = visited;
  for (const key of keys) {
    const next = memberOf(at, key) ?? {};
    if (next === ALL) return;
    setMember(at, key, next);
    at = next as Record<string, Visited>;
  }
  if (isCompared && last !== undefined) setMember(at, last, ALL);
}
