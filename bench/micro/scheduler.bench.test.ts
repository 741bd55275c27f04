import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchScheduler } from './scheduler.bench.ts';

// Goal: the bench of the scheduler still runs, and does the same work each time.

test('the scheduler bench runs at a tiny size', () => {
  const size = { rounds: 1, nodes: [20], pods: 10 };
  const [first, second] = [benchScheduler(size), benchScheduler(size)];
  assert.deepEqual(
    first.map(({ measure, hash }) => [measure, hash]),
    second.map(({ measure, hash }) => [measure, hash]),
  );
});
