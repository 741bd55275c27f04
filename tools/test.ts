import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

// `npm test`: every test there is. Arguments are passed on, such as a file to run alone.

const root = join(import.meta.dirname, '..');
const given = process.argv.slice(2);
const files = given.length > 0 ? given : ['{src,tools,test,bench}/**/*.test.ts'];

// A test that hangs is told of like any failure. Processes aren't forced to end: what they had still
// to tell of their last tests would be lost.
const TIMEOUT_MS = 15 * 60_000;
const runner = ['--test', `--test-timeout=${TIMEOUT_MS}`];

const { status } = spawnSync(process.execPath, [...runner, '--test-concurrency=2', ...files], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
