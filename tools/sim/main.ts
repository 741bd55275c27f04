import { parseArgs } from 'node:util';
import { type Outcome, simulate } from '../../src/sim/simulation.ts';

// `npm run sim -- --seeds N --first S` tries N seeds; `SEED=S npm run sim` plays one again, with the
// last that happened before it failed. `--crowded`: with many small nodes and pods that drive others
// away. `--severe`: five times as much goes wrong.

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '50' },
    first: { type: 'string', default: '1' },
    crowded: { type: 'boolean', default: false },
    severe: { type: 'boolean', default: false },
  },
});

const options = { isCrowded: values.crowded, isSevere: values.severe };
const only = process.env.SEED;
const first = Number(only ?? values.first);
const count = only === undefined ? Number(values.seeds) : 1;
const startedMs = performance.now();
const failures: Outcome[] = [];
let virtualMs = 0;

for (let seed = first; seed < first + count; seed++) {
  const outcome = await simulate(seed, options);
  virtualMs += outcome.virtualMs;
  if (outcome.failure === undefined) continue;
  failures.push(outcome);
  console.log(`seed ${seed} failed (replay: SEED=${seed} npm run sim)\n${outcome.failure}\n`);
}

if (only !== undefined) {
  const { recent = [] } = failures[0] ?? {};
  for (const line of recent) console.log(line);
  const { hash, failure } = failures[0] ?? (await simulate(first, options));
  console.log(`trace ${hash}, ${failure === undefined ? 'all well' : 'failed'}`);
}
const seconds = (performance.now() - startedMs) / 1000;
const speed = Math.round(virtualMs / 1000 / seconds);
console.log(
  `${count - failures.length} seeds passed, ${failures.length} failed, ${seconds.toFixed(1)} s, ${speed} times real time`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
