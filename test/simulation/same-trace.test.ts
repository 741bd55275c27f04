import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawConfiguration } from '../../src/sim/configuration.ts';
import { NO_DISTURBANCES, NO_FAULTS } from '../../src/sim/faults.ts';
import { shrink } from '../../src/sim/shrink.ts';
import { type Outcome, simulate } from '../../src/sim/simulation.ts';

// Goal: the same seed is the same history, and what is small enough isn't hidden by what isn't.

test('the same seed leaves the same trace, and another one another', async () => {
  const [first, second, other] = [await simulate(7), await simulate(7), await simulate(8)];
  assert.equal(first.failure, undefined);
  assert.equal(first.hash, second.hash);
  assert.notEqual(first.hash, other.hash);
});

test('what has nothing to do with a failure is left out of it', async () => {
  const configuration = drawConfiguration(1);
  const failed = { configuration, promised: 'surge', virtualMs: 60_000 } as Outcome;
  // Fails as long as replies get lost and somebody scales.
  const run = async (tried: typeof configuration): Promise<Outcome> => {
    const isBroken = tried.faults.lostReply > 0 && !tried.omitted.includes('scale');
    return { ...failed, configuration: tried, promised: isBroken ? 'surge' : undefined };
  };
  const faults = { ...configuration.faults, lostReply: 0.1 };
  const begin = { ...failed, configuration: { ...configuration, faults } };
  const smallest = (await shrink(begin, run, ['scale', 'delete a pod'])).configuration;
  assert.deepEqual(smallest.faults, { ...NO_FAULTS, lostReply: 0.1 });
  assert.deepEqual(smallest.disturbances, NO_DISTURBANCES);
  assert.deepEqual(smallest.omitted, ['delete a pod']);
  assert.equal(smallest.nodeCount, 1);
  assert.ok(smallest.troubleMs <= 10_000);
});
