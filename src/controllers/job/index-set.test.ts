import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstInBoth } from '../../api/batch-v1/job/index-ranges.ts';
import {
  countCommon,
  firstMissing,
  hasIndex,
  indexesOf,
  readIndexes,
  withIndexes,
  writeIndexes,
} from './index-set.ts';

// Goal: pin how sets of indexes are written, joined and compared.

for (const { numbers, want } of [
  { numbers: [], want: '' },
  { numbers: [3], want: '3' },
  { numbers: [1, 0], want: '0,1' },
  { numbers: [4, 2, 3, 7, 8], want: '2-4,7,8' },
]) {
  test(`writes ${numbers} as "${want}"`, () => {
    assert.equal(writeIndexes(indexesOf(numbers)), want);
    assert.deepEqual(readIndexes(want, 9), indexesOf(numbers));
  });
}

test('reads only indexes that the job has', () => {
  assert.deepEqual(readIndexes('0,2-9,12', 5), [
    [0, 0],
    [2, 4],
  ]);
});

test('joins runs that touch', () => {
  const joined = withIndexes(readIndexes('0-2,6', 9), readIndexes('3,5', 9));
  assert.equal(writeIndexes(joined), '0-3,5,6');
});

test('finds the first that are missing', () => {
  assert.deepEqual(firstMissing(readIndexes('0,2,3', 9), 6, 9), [1, 4, 5]);
  assert.deepEqual(firstMissing(readIndexes('0,2,3', 9), 6, 2), [1, 4]);
});

test('reads indexes in any order, and what overlaps once', () => {
  assert.equal(writeIndexes(readIndexes('7,5-3,0-4,2-5', 9)), '0-5,7');
});

test('counts what two sets share', () => {
  assert.equal(countCommon(readIndexes('0-4,8', 9), readIndexes('3-8', 9)), 3);
  assert.equal(countCommon(readIndexes('0,2,4-6', 9), readIndexes('1,3-5,6', 9)), 3);
});

const everySecond = (from: number) =>
  indexesOf(Array.from({ length: 50_000 }, (_, i) => 2 * i + from));

test('compares the sets of a job that has half of 100,000 indexes without going over all pairs', () => {
  const [even, odd] = [everySecond(0), everySecond(1)];
  assert.equal(countCommon(even, odd), 0);
  assert.equal(firstInBoth(even, odd), undefined);
  assert.equal(even.filter(([index]) => hasIndex(odd, index)).length, 0);
  assert.ok(hasIndex(even, 99_998));
});
