import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchApiServer } from './apiserver.bench.ts';

// Goal: the bench of the API server still runs, and does the same work each time.

test('the API server bench runs at a tiny size', async () => {
  const size = { rounds: 1, requests: 5, pods: 5, watchers: 3 };
  const [first, second] = [await benchApiServer(size), await benchApiServer(size)];
  assert.deepEqual(
    first.map(({ measure, hash }) => [measure, hash]),
    second.map(({ measure, hash }) => [measure, hash]),
  );
});
