import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countIndexes, firstInBoth, IndexRangesError, parseIndexRanges } from './index-ranges.ts';

// Goal: texts of indexes are read, and refused, as Kubernetes does.

for (const { text, want, count } of [
  { text: '', want: [], count: 0 },
  { text: '4', want: [[4, 4]], count: 1 },
  {
    text: '0-2,5,7-9',
    want: [
      [0, 2],
      [5, 5],
      [7, 9],
    ],
    count: 7,
  },
]) {
  test(`reads "${text}"`, () => {
    const ranges = parseIndexRanges(text, 10);
    assert.deepEqual(ranges, want);
    assert.equal(countIndexes(ranges), count);
  });
}

for (const [text, message] of [
  ['10', 'too large index: "10"'],
  ['a', 'cannot convert string to integer for index: "a"'],
  ['1,1', 'non-increasing order, previous: 1, current: 1'],
  ['3-3', 'non-increasing order, previous: 3, current: 3'],
  [
    '1-2-3',
    `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
  ],
] as const) {
  test(`refuses "${text}"`, () =>
    assert.throws(() => parseIndexRanges(text, 10), new IndexRangesError(message)));
}

for (const { a, b, want } of [
  { a: '0-3', b: '2-5', want: 2 },
  { a: '4-9', b: '1,6', want: 6 },
  { a: '0-1', b: '2', want: undefined },
  { a: '', b: '2', want: undefined },
]) {
  test(`first in both of "${a}" and "${b}"`, () => {
    assert.equal(firstInBoth(parseIndexRanges(a, 10), parseIndexRanges(b, 10)), want);
  });
}
