import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Lab } from './lib/lab.ts';
import { scenarios } from './scenarios.ts';

// Goal: every scenario still runs against the real thing, and measures what it says it does. The
// numbers of such a tiny run mean nothing.

const lab = new Lab();
after(() => lab.close());

for (const { name, run } of scenarios) {
  if (name === 'micro') continue; // Each of them has a test of its own.
  test(`the scenario "${name}" runs at a tiny size`, { timeout: 60_000 }, async () => {
    for (const { figures, limits } of await run(lab, 'quick')) {
      assert.ok(figures.length > 0);
      for (const { name: figure, value } of [...figures, ...limits]) {
        assert.ok(Number.isFinite(value), figure);
      }
    }
  });
}
