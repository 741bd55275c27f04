import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { layerFaults } from './layers.ts';
import { sourceFaults } from './sources.ts';
import { unusedFaults } from './unused.ts';

// `npm run check`: everything that is quick enough to run before each commit.

const root = join(import.meta.dirname, '../..');

interface Check {
  readonly name: string;
  /** Resolves to what is wrong; empty when nothing is. */
  readonly run: () => Promise<string>;
}

const command = (file: string, ...args: string[]): Promise<string> =>
  new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => (output += text));
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? '' : output || `${file} exited with ${code}`));
  });

const bin = (name: string) => join(root, 'node_modules/.bin', name);
const checks: readonly Check[] = [
  { name: 'layers', run: async () => layerFaults(root).join('\n') },
  { name: 'sources', run: async () => sourceFaults(root).join('\n') },
  { name: 'unused', run: async () => unusedFaults(root).join('\n') },
  { name: 'types', run: () => command(bin('tsc'), '--noEmit') },
  { name: 'lint', run: () => command(bin('biome'), 'check', '.') },
  { name: 'tables', run: tableFaults },
  { name: 'seeds', run: seedFaults },
];

/** Hooks outside of any suite, which would run for the tests of other files in the same process. */
const HOOKS = /^(after|before)(Each)?\(/m;

/**
 * Runs the tests that stand beside what they test. Some hundred files share a process, as many
 * processes as there are cores: most of a file's time goes by with loading what it imports.
 * `npm test` gives each a process of its own.
 */
async function tableFaults(): Promise<string> {
  const files = globSync(['src/**/*.test.ts', 'tools/**/*.test.ts'], { cwd: root }).sort();
  const hasHooks = (file: string) => HOOKS.test(readFileSync(join(root, file), 'utf8'));
  const lone = files.filter(hasHooks);
  const shared = files.filter((file) => !lone.includes(file));
  const groups = Array.from({ length: availableParallelism() }, (_, group) =>
    shared.filter((_file, i) => i % availableParallelism() === group),
  );
  const node = (isolation: 'none' | 'process', group: readonly string[]) =>
    command(
      process.execPath,
      '--test',
      `--test-isolation=${isolation}`,
      '--test-reporter=dot',
      `--test-concurrency=${availableParallelism()}`,
      ...group,
    );
  const faults = await Promise.all(groups.map((group) => node('none', group)));
  return faults.join('') + (await node('process', lone));
}

const SEEDS = 50;

/** Simulates clusters of the first seeds, as many at a time as there are cores. */
async function seedFaults(): Promise<string> {
  const cores = availableParallelism();
  const count = Math.ceil(SEEDS / cores);
  const runs = Array.from({ length: cores }, (_, i) =>
    command(
      process.execPath,
      'tools/sim/main.ts',
      ...['--first', String(1 + i * count), '--seeds', String(count)],
    ),
  );
  return (await Promise.all(runs)).join('');
}

let failed = 0;
for (const { name, run } of checks) {
  const startedAt = performance.now();
  const faults = await run();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${faults ? 'FAILED' : 'ok    '} ${name} (${seconds} s)`);
  if (faults) {
    failed++;
    console.log(faults.trimEnd());
  }
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
