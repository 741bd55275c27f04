import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulationOptions } from '../../src/sim/configuration.ts';
import { simulate } from '../../src/sim/simulation.ts';
import { BUGS } from './planted/bugs.ts';
import { seedsInDocument } from './planted/table.ts';

// Goal: what once went wrong under a seed stays right. Seeds move when what components write changes,
// and then show nothing any more. So where the mistake is planted again, the seed that is tried here
// is one under which it shows today: see `planted.test.ts`.

/** Mistakes of ours that can be planted again, by that name, and what is right since. */
const PLANTED: readonly (readonly [name: string, what: string])[] = [
  ['end-of-catching-up', 'a watch that still catches up ends with the server that it is of'],
  ['skewed-clocks', "a pod is available at once though its node's clock is ahead"],
  ['ask-again', 'an unanswered create, refused unheard when repeated, is repeated again'],
  ['lost-between-failures', 'and so is one that got lost between failures'],
  ['bind-again', 'a binding that comes late takes no room of another'],
  ['unnoted-start', "a job that couldn't be noted isn't run beside the next one"],
  ['unseen-dependents', 'nobody goes before dependents that a lagging cache does not know'],
];

/** Seeds under which something else was wrong, and those that mistakes were first found by. */
const FOUND: readonly {
  readonly seed: number;
  readonly what: string;
  readonly options?: SimulationOptions;
}[] = [
  { seed: 1, what: 'a Deployment rolls on though the clocks of nodes are ahead' },
  { seed: 800, what: 'a pod that has ended is removed by a node that comes back, if it is to go' },
  { seed: 841, what: 'a create that comes late, after its pod has gone, is made good for' },
  { seed: 1077, what: 'nodes that were taken for dead by mistake take pods again' },
  {
    seed: 22,
    what: 'a job that is made when the disk is full is noted later',
    options: { hasDaemonSets: false, hasCronJobs: true },
  },
  { seed: 3161, what: 'daemons that are adopted are replaced where their template is another' },
  { seed: 3176, what: 'and so they are where fewer nodes have any' },
  {
    seed: 5106,
    what: 'a daemon that is asked for in vain comes once',
    options: { isSevere: true, hasDaemonSets: true, hasCronJobs: true },
  },
  {
    seed: 1,
    what: 'where pods drive others away, nothing is promised twice',
    options: { isCrowded: true },
  },
];

const seeds = seedsInDocument();

for (const [name, what] of PLANTED) {
  const seed = seeds.get(name) ?? 0;
  test(`seed ${seed}: ${what}`, async () => {
    const { failure } = await simulate(seed, BUGS.find((bug) => bug.name === name)!.options);
    assert.equal(failure, undefined);
  });
}

for (const { seed, what, options } of FOUND) {
  test(`seed ${seed}: ${what}`, async () => {
    const { failure } = await simulate(seed, options);
    assert.equal(failure, undefined);
  });
}
