import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atLeast, atMost, median, percentile, Samples } from './result.ts';

// Goal: what is made of the rounds is what it is called.

for (const { name, values, want } of [
  { name: 'the middle one', values: [9, 1, 5], want: 5 },
  { name: 'between the two in the middle', values: [1, 2, 4, 100], want: 3 },
  { name: 'the only one', values: [7], want: 7 },
]) {
  test(`the median is ${name}`, () => assert.equal(median(values), want));
}

for (const { q, want } of [
  { q: 0, want: 1 },
  { q: 0.5, want: 51 },
  { q: 0.99, want: 100 },
  { q: 1, want: 100 },
]) {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  test(`percentile ${q} of 1 to 100`, () => assert.equal(percentile(values, q), want));
}

test('figures keep the order in which they were noted, and all rounds', () => {
  const samples = new Samples();
  for (const value of [3, 1, 2]) {
    samples.add('b', 'ms', value);
    samples.add('a', 'MB', value * 10);
  }
  assert.deepEqual(samples.figures, [
    { name: 'b', unit: 'ms', value: 2, rounds: [3, 1, 2] },
    { name: 'a', unit: 'MB', value: 20, rounds: [30, 10, 20] },
  ]);
  assert.throws(() => samples.median('c'), /nothing was measured as "c"/);
});

test('a bound itself is within the bound', () => {
  assert.equal(atLeast('x', 0.6, 0.6).met, true);
  assert.equal(atLeast('x', 0.59, 0.6).met, false);
  assert.equal(atMost('x', 5, 5).met, true);
  assert.equal(atMost('x', 5.1, 5).met, false);
});
