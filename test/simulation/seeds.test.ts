import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';

// Goal: whatever is delayed, lost, refused, crashed, frozen, cut off or without power, nothing is
// ever made twice or beyond its bounds, and once the trouble is over everything settles and nobody
// writes any more. `npm run check` tries the first seeds; these are others, as many at a time as
// there are cores.

const ROOT = join(import.meta.dirname, '../..');
const FIRST = 1001;
const COUNT = 1000;
const PART = 125;

suite(`${COUNT} seeds from ${FIRST}`, { concurrency: availableParallelism() }, () => {
  for (let first = FIRST; first < FIRST + COUNT; first += PART) {
    test(`${PART} from ${first}`, async () => {
      const flags = ['--first', String(first), '--seeds', String(PART)];
      const run = promisify(execFile)(process.execPath, ['tools/sim/main.ts', ...flags], {
        cwd: ROOT,
      });
      // What failed, and how to play it again, is in what it has printed.
      await run.catch(({ stdout, stderr }) => assert.fail(`${stdout}${stderr}`));
    });
  }
});
