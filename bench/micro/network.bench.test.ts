import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchNetwork } from './network.bench.ts';

// Goal: the bench of the network still runs, and does the same work each time.

test('the network bench runs at a tiny size', () => {
  const size = { rounds: 1, services: 20, questions: 10 };
  const [first, second] = [benchNetwork(size), benchNetwork(size)];
  assert.equal(first.length, 4);
  assert.deepEqual(
    first.map(({ measure, hash }) => [measure, hash]),
    second.map(({ measure, hash }) => [measure, hash]),
  );
});
