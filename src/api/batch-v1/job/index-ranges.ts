import { quote } from '../../../machinery/quote.ts';

/** Indexes in their text form: `0,3-5,9`. The bounds of each run, both included. */
export type IndexRanges = readonly (readonly [first: number, last: number])[];

/** What is wrong with a text of indexes, in the words of Kubernetes. */
export class IndexRangesError extends Error {
  override readonly name = 'IndexRangesError';
}

/** Reads indexes below `completions`, in increasing order. Throws IndexRangesError. */
export function parseIndexRanges(text: string, completions: number): IndexRanges {
  if (text === '') return [];
  const ranges: (readonly [number, number])[] = [];
  let last: number | undefined;
  for (const range of text.split(',').map((each) => parseRange(each, completions))) {
    if (last !== undefined && last >= range[0]) throw nonIncreasing(last, range[0]);
    ranges.push(range);
    last = range[1];
  }
  return ranges;
}

/** How many indexes there are. */
export const countIndexes = (ranges: IndexRanges): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);

/** The lowest index that is in both, if any is. */
export function firstInBoth(a: IndexRanges, b: IndexRanges): number | undefined {
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    const [[first, last], [from, to]] = [a[i]!, b[j]!];
    if (first <= to && from <= last) return Math.max(first, from);
    if (last < from) i++;
    else j++;
  }
  return undefined;
}

function parseRange(text: string, completions: number): readonly [number, number] {
  const limits = text.split('-');
  if (limits.length > 2) {
    throw new IndexRangesError(
      `the fragment ${quote(text)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    );
  }
  const [first, last = first] = limits.map((limit) => parseIndex(limit, completions));
  if (limits.length === 2 && first! >= last!) throw nonIncreasing(first!, last!);
  return [first!, last!];
}

function parseIndex(text: string, completions: number): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new IndexRangesError(`cannot convert string to integer for index: ${quote(text)}`);
  }
  const index = Number(text);
  if (index >= completions) throw new IndexRangesError(`too large index: ${quote(text)}`);
  return index;
}

const nonIncreasing = (previous: number, current: number): IndexRangesError =>
  new IndexRangesError(`non-increasing order, previous: ${previous}, current: ${current}`);
