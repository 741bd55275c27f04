import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchPlan } from './plan.bench.ts';

// Goal: the bench of plans still runs, and the same is planned each time.

test('the plan bench runs at a tiny size', async () => {
  const size = { rounds: 1, nodes: 2, deployments: 2, replicas: 2 };
  const [first, second] = [await benchPlan(size), await benchPlan(size)];
  assert.deepEqual(
    first.map(({ measure, hash }) => [measure, hash]),
    second.map(({ measure, hash }) => [measure, hash]),
  );
});
