import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchAuthorization } from './authorization.bench.ts';

// Goal: the bench of authorization still runs, and does the same work each time.

test('the authorization bench runs at a tiny size', async () => {
  const size = { rounds: 1, requests: 20, namespaces: 3 };
  const [first, second] = [await benchAuthorization(size), await benchAuthorization(size)];
  assert.deepEqual(
    first.map(({ measure, hash }) => [measure, hash]),
    second.map(({ measure, hash }) => [measure, hash]),
  );
});
