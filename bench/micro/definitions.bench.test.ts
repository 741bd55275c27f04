import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchDefinitions } from './definitions.bench.ts';

// Goal: the bench of definitions still runs on valid objects, and does the same work each time.

test('the definitions bench runs at a tiny size', () => {
  const size = { rounds: 1, objects: 3 };
  const [first, second] = [benchDefinitions(size), benchDefinitions(size)];
  assert.equal(first.length, 6);
  for (const [i, { measure, value, hash }] of first.entries()) {
    assert.ok(value > 0, measure);
    assert.equal(second[i]!.measure, measure);
    assert.equal(second[i]!.hash, hash, measure);
  }
});
