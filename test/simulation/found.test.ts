import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulationOptions } from '../../src/sim/configuration.ts';
import { simulate } from '../../src/sim/simulation.ts';

// Goal: what once went wrong under a seed stays right. Seeds move when what components write changes,
// so each mistake is also planted again, where it can be: see `planted.test.ts`.

/** Seeds under which something of ours was wrong once, and what. */
const FOUND: readonly {
  readonly seed: number;
  readonly what: string;
  readonly options?: SimulationOptions;
}[] = [
  { seed: 2, what: 'a watch that still catches up ends with the server that it is of' },
  { seed: 20, what: 'and so it is where nobody else breaks watches' },
  { seed: 104, what: "a pod is available at once though its node's clock is ahead" },
  { seed: 127, what: 'and so it is in a StatefulSet, whose other pods wait for it' },
  {
    seed: 205,
    what: 'an unanswered create, refused unheard when repeated, is repeated until it is answered',
  },
  { seed: 344, what: 'and so it is where less goes wrong' },
  { seed: 800, what: 'a pod that has ended is removed by a node that comes back, if it is to go' },
  { seed: 841, what: 'a create that comes late, after its pod has gone, is made good for' },
  { seed: 1077, what: 'nodes that were taken for dead by mistake take pods again' },
  {
    seed: 59,
    what: 'a binding that comes late takes no room of another',
    options: { isCrowded: true, isSevere: true },
  },
  {
    seed: 1,
    what: 'where pods drive others away, nothing is promised twice',
    options: { isCrowded: true },
  },
];

for (const { seed, what, options } of FOUND) {
  test(`seed ${seed}: ${what}`, async () => {
    const { failure } = await simulate(seed, options);
    assert.equal(failure, undefined);
  });
}
