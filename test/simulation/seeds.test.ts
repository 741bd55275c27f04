import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from '../../src/sim/simulation.ts';

// Goal: whatever is delayed, lost, refused, crashed or without power, nothing is ever made twice or
// beyond its bounds, and once the trouble is over everything settles and nobody writes any more.
// `npm run check` tries the first seeds; these are others.

const FIRST = 1001;
const COUNT = 150;

test(`${COUNT} seeds from ${FIRST}`, async () => {
  const failures: string[] = [];
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const { failure } = await simulate(seed);
    if (failure !== undefined) failures.push(`SEED=${seed} npm run sim: ${failure}`);
  }
  assert.deepEqual(failures, []);
});
