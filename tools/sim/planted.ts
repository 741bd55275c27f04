import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BUGS, type PlantedBug } from '../../test/simulation/planted/bugs.ts';
import { loadPlanted } from '../../test/simulation/planted/planting.ts';
import {
  DOCUMENT,
  seedsInDocument,
  tableOf,
  withTable,
} from '../../test/simulation/planted/table.ts';

// `node tools/sim/planted.ts [NAME…]` looks for the first seed that catches each planted bug by the
// promise that was foretold to break, and tells what others broke before. `--write` puts it into the
// document.

const SEEDS_MAX = Number(process.env.SEEDS_MAX ?? 200);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false } },
});
const isWanted = ({ name }: PlantedBug) => positionals.length === 0 || positionals.includes(name);

for (const bug of BUGS.filter(isWanted)) {
  const { seed, others } = await firstSeed(bug);
  const before = JSON.stringify(Object.fromEntries(others));
  console.log(`${bug.name}: ${bug.promised} by seed ${seed ?? 'none'}; before: ${before}`);
  if (seed === undefined) process.exitCode = 1;
  else if (values.write) write(bug.name, seed);
}

async function firstSeed(bug: PlantedBug) {
  const { simulate } = await loadPlanted(bug.name, bug);
  const others = new Map<string, number>();
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const { promised = 'nothing' } = await simulate(seed, bug.options);
    if (promised === bug.promised) return { seed, others };
    others.set(promised, (others.get(promised) ?? 0) + 1);
  }
  return { seed: undefined, others };
}

function write(name: string, seed: number): void {
  const seeds = seedsInDocument().set(name, seed);
  writeFileSync(DOCUMENT, withTable(readFileSync(DOCUMENT, 'utf8'), tableOf(seeds)));
}
