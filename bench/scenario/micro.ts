import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../lib/machine.ts';
import type { Result } from '../lib/result.ts';
import { type Scenario, SkippedError } from '../lib/scenario.ts';

const TIMEOUT_MS = 120_000;

/** What a bench of one part prints, a line of JSON for each figure. */
interface Measurement {
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  /** Of what was computed: equal work gives an equal hash. */
  readonly hash: string;
}

/** Parts alone: each file of `bench/micro` in a process of its own, so that none warms another up. */
export const micro: Scenario = {
  name: 'micro',
  summary: 'Parts alone: what is in bench/micro',
  async run(_lab, size) {
    if (size === 'quick') throw new SkippedError('each has a test of its own');
    const results: Result[] = [];
    for (const file of globSync('bench/micro/*.bench.ts', { cwd: ROOT }).toSorted()) {
      results.push(await measure(file));
    }
    return results;
  },
};

async function measure(file: string): Promise<Result> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, file)], {
    timeout: TIMEOUT_MS,
  });
  const lines = stdout.trim().split('\n');
  return {
    scenario: `micro ${basename(file, '.bench.ts')}`,
    parameters: {},
    figures: lines.map((line) => {
      const { measure: name, value, unit } = JSON.parse(line) as Measurement;
      return { name, unit, value, rounds: [value] };
    }),
    limits: [],
    goals: [],
  };
}
