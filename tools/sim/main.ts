import { parseArgs } from 'node:util';
import { drawConfiguration } from '../../src/sim/configuration.ts';
import { describe, shrink } from '../../src/sim/shrink.ts';
import { type Outcome, run, simulate } from '../../src/sim/simulation.ts';
import { CROWDED_STEPS, DAEMON_STEPS, SCHEDULE_STEPS, STEPS } from '../../src/sim/workload.ts';

// `npm run sim -- --seeds N --first S` tries N seeds. `SEED=S npm run sim` plays one again: prints the
// last that happened before it failed, and the smallest configuration that was found to fail in the
// same way (`--no-shrink` leaves that out). `--crowded`: with many small nodes and pods that drive
// others away. `--bad-watches`: watches break, stall and fall silent, in every run. `--severe`: five times as many calls meet with something. `--show pods/shop/` prints
// the objects that are stored there in the end of a run that is played again.

const { values } = parseArgs({
  allowNegative: true,
  options: {
    seeds: { type: 'string', default: '50' },
    first: { type: 'string', default: '1' },
    crowded: { type: 'boolean', default: false },
    severe: { type: 'boolean', default: false },
    'bad-watches': { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: true },
    show: { type: 'string', multiple: true, default: [] },
  },
});

const options = {
  isCrowded: values.crowded,
  isSevere: values.severe,
  hasBadWatches: values['bad-watches'],
};
const flags = (['crowded', 'severe', 'bad-watches'] as const)
  .filter((name) => values[name])
  .map((name) => `--${name}`);
const only = process.env.SEED;
const isGood = only === undefined ? await trySeeds() : await replay(Number(only));
process.exitCode = isGood ? 0 : 1;

async function trySeeds(): Promise<boolean> {
  const [first, count] = [Number(values.first), Number(values.seeds)];
  const startedMs = performance.now();
  let [virtualMs, failed] = [0, 0];
  for (let seed = first; seed < first + count; seed++) {
    const outcome = await simulate(seed, options);
    virtualMs += outcome.virtualMs;
    if (outcome.failure === undefined) continue;
    failed++;
    const again = [`SEED=${seed} npm run sim`, ...(flags.length > 0 ? ['--', ...flags] : [])].join(
      ' ',
    );
    console.log(`seed ${seed} failed (replay: ${again})\n${outcome.failure}\n`);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const speed = Math.round(virtualMs / 1000 / seconds);
  const took = `${seconds.toFixed(1)} s, ${speed} times real time`;
  console.log(`${count - failed} seeds passed, ${failed} failed, ${took}`);
  return failed === 0;
}

async function replay(seed: number): Promise<boolean> {
  const outcome = await simulate(seed, options);
  for (const line of outcome.recent) console.log(line);
  for (const prefix of values.show) {
    for (const { value } of outcome.objects?.list(`/registry/${prefix}`) ?? []) {
      const { managedFields: _, ...metadata } = value.metadata;
      console.log(JSON.stringify({ ...value, metadata }, null, 2));
    }
  }
  console.log(`\n${describe(drawConfiguration(seed, options))}`);
  console.log(`trace         ${outcome.hash}`);
  console.log(`outcome       ${outcome.failure ?? 'all well'}`);
  if (outcome.failure !== undefined && values.shrink) await tellSmallest(outcome);
  return outcome.failure === undefined;
}

async function tellSmallest(failed: Outcome): Promise<void> {
  console.log('\nlooking for a smaller one that fails in the same way');
  const steps = [...STEPS, ...CROWDED_STEPS, ...DAEMON_STEPS, ...SCHEDULE_STEPS];
  const smallest = await shrink(
    failed,
    run,
    steps.map(([, name]) => name),
  );
  console.log(describe(smallest.configuration));
  console.log(`outcome       ${smallest.failure}`);
}
