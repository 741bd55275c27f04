import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchStore } from './store.bench.ts';

// Goal: the bench of the store still runs, and does the same work each time.

test('the store bench runs at a tiny size', async () => {
  const size = { rounds: 1, commits: 100, entries: 300 };
  const [first, second] = [await benchStore(size), await benchStore(size)];
  for (const [i, { measure, value, hash }] of first.entries()) {
    assert.ok(value > 0, measure);
    assert.equal(second[i]!.measure, measure);
    assert.equal(second[i]!.hash, hash, measure);
  }
});
