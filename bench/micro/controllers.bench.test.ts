import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchControllers } from './controllers.bench.ts';

// Goal: the bench of the controllers still runs, and does the same work each time.

test('the controllers bench runs at a tiny size', async () => {
  const size = { rounds: 2, pods: 6 };
  const [first, second] = [await benchControllers(size), await benchControllers(size)];
  assert.deepEqual(
    first.map(({ measure, hash }) => [measure, hash]),
    second.map(({ measure, hash }) => [measure, hash]),
  );
});
