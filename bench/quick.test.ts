import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Lab } from './lib/lab.ts';
import { SkippedError } from './lib/scenario.ts';
import { scenarios } from './scenarios.ts';

// Goal: every scenario still runs against the real thing, and measures what it says it does. The
// numbers of such a tiny run mean nothing.

// Micro benches have tests of their own; "pods" is long in starting, and "pod-start" does the same.
const ELSEWHERE = ['micro', 'pods'];

const lab = new Lab();
after(() => lab.close());

for (const { name, run } of scenarios.filter(({ name }) => !ELSEWHERE.includes(name))) {
  test(`the scenario "${name}" runs at a tiny size`, { timeout: 60_000 }, async (t) => {
    try {
      for (const { figures, limits } of await run(lab, 'quick')) {
        assert.ok(figures.length > 0);
        for (const { name: figure, value } of [...figures, ...limits]) {
          assert.ok(Number.isFinite(value), figure);
        }
      }
    } catch (error) {
      if (!(error instanceof SkippedError)) throw error;
      t.skip(error.message);
    }
  });
}
