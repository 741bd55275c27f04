import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BUGS } from './planted/bugs.ts';
import { loadPlanted } from './planted/planting.ts';
import { DOCUMENT, seedsInDocument, tableOf } from './planted/table.ts';

// Goal: no mechanism that keeps the cluster right can be lost without the simulator telling, and by
// the promise that was foretold to be broken. Each is taken away, and the seed that the document
// names has to catch it. Seeds move when what components write changes: then one of the first
// `SEEDS_MAX` has to, and `node tools/sim/planted.ts --write` names it.

const SEEDS_MAX = 200;
const seeds = seedsInDocument();

test('the document tells of each planted bug', () => {
  assert.ok(BUGS.length >= 25);
  const text = readFileSync(DOCUMENT, 'utf8');
  for (const row of tableOf(seeds).split('\n')) assert.ok(text.includes(row), row);
});

for (const bug of BUGS) {
  test(`${bug.name} is missed: ${bug.mechanism}`, async (t) => {
    const { simulate } = await loadPlanted(bug.name, bug);
    const named = seeds.get(bug.name) ?? 1;
    const { promised } = await simulate(named, bug.options);
    if (promised === bug.promised) return;
    t.diagnostic(`seed ${named} broke ${promised ?? 'nothing'}; looking for another one`);
    for (let seed = 1; seed <= SEEDS_MAX; seed++) {
      const outcome = await simulate(seed, bug.options);
      if (outcome.promised === bug.promised) return t.diagnostic(`seed ${seed} catches it`);
    }
    assert.fail(`no seed up to ${SEEDS_MAX} breaks ${bug.promised}`);
  });
}
