import type { IndexRanges } from '../../api/batch-v1/job/index-ranges.ts';

// Completion indexes, as runs of neighbours: a job may have a hundred thousand of them.

const NONE: IndexRanges = [];

/** Reads the indexes of a status that are below `completions`; what can't be read is skipped. */
export function readIndexes(text: string | undefined, completions: number): IndexRanges {
  if (!text) return NONE;
  const runs = text.split(',').flatMap((run): [number, number][] => {
    const [first = Number.NaN, last = first] = run.split('-').map(Number);
    if (!Number.isInteger(first) || !Number.isInteger(last)) return [];
    if (first > last || first >= completions) return [];
    return [[first, Math.min(last, completions - 1)]];
  });
  return withIndexes(NONE, runs);
}

/** In the form of a Job's status: `0,3-5`. Two neighbours are told one by one. */
export const writeIndexes = (indexes: IndexRanges): string =>
  indexes
    .map(([first, last]) => {
      if (first === last) return String(first);
      return first + 1 === last ? `${first},${last}` : `${first}-${last}`;
    })
    .join(',');

export function hasIndex(indexes: IndexRanges, index: number): boolean {
  let [from, to] = [0, indexes.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (indexes[middle]![1] < index) from = middle + 1;
    else to = middle;
  }
  const run = indexes[from];
  return run !== undefined && run[0] <= index;
}

/** These and those. */
export function withIndexes(indexes: IndexRanges, more: IndexRanges): IndexRanges {
  if (more.length === 0) return indexes;
  const merged: [number, number][] = [];
  for (const [first, last] of [...indexes, ...more].toSorted((a, b) => a[0] - b[0])) {
    const before = merged.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** Single indexes, in any order. */
export const indexesOf = (numbers: Iterable<number>): IndexRanges =>
  withIndexes(
    NONE,
    Array.from(numbers, (each): [number, number] => [each, each]),
  );

/** The first indexes below `completions` that aren't among these, `count` at the most. */
export function firstMissing(indexes: IndexRanges, completions: number, count: number): number[] {
  const missing: number[] = [];
  let next = 0;
  for (const [first, last] of [...indexes, [completions, completions] as const]) {
    while (next < Math.min(first, completions) && missing.length < count) missing.push(next++);
    next = Math.max(next, last + 1);
  }
  return missing;
}

/** How many indexes are in both. */
export function countCommon(a: IndexRanges, b: IndexRanges): number {
  let [count, i, j] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const [[first, last], [from, to]] = [a[i]!, b[j]!];
    count += Math.max(0, Math.min(last, to) - Math.max(first, from) + 1);
    if (last < to) i++;
    else j++;
  }
  return count;
}
