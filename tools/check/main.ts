import { spawn } from 'node:child_process';
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
  {
    name: 'tables',
    run: () =>
      command(
        process.execPath,
        '--test',
        '--test-reporter=dot',
        'src/**/*.test.ts',
        'tools/**/*.test.ts',
      ),
  },
  { name: 'seeds', run: () => command(process.execPath, 'tools/sim/main.ts', '--seeds', '50') },
];

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
