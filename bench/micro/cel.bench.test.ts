import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchCel } from './cel.bench.ts';

// Goal: the bench of CEL still runs, and does the same work each time.

test('the CEL bench runs at a tiny size', () => {
  const size = { rounds: 1, runs: 5 };
  const [first, second] = [benchCel(size), benchCel(size)];
  assert.deepEqual(
    first.map(({ measure, hash }) => [measure, hash]),
    second.map(({ measure, hash }) => [measure, hash]),
  );
});
