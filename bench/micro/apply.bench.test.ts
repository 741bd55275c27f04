import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchApply } from './apply.bench.ts';

// Goal: the bench of apply still runs, and does the same work each time.

test('the apply bench runs at a tiny size', () => {
  const size = { rounds: 1, pods: 5 };
  const [first, second] = [benchApply(size), benchApply(size)];
  assert.deepEqual(
    first.map(({ measure, hash }) => [measure, hash]),
    second.map(({ measure, hash }) => [measure, hash]),
  );
});
