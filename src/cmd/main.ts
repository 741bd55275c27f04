import { readFileSync } from 'node:fs';
import { holdProcess, systemClock } from '../base/clock.ts';
import { systemRandom } from '../base/random.ts';
import { createProgram } from '../cli/program.ts';
import { terminalIo } from '../cli/terminal.ts';
import { commands } from './commands.ts';

// The `tutti` command: one process, one command, one exit code.

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupt.abort(new Error(signal));
    process.once(signal, () => process.exit(130)); // Asked twice: don't wait for anything.
  });
}

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

const release = holdProcess();
process.exitCode = await createProgram(commands, {
  io: terminalIo(process),
  clock: systemClock,
  random: systemRandom,
  environment: process.env,
  signal: interrupt.signal,
  version,
}).run(process.argv.slice(2));
release();
// Whatever is still open (idle connections, a server that failed to start) has no work left.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
