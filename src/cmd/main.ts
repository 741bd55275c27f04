import manifest from '../../package.json' with { type: 'json' };
import { holdProcess, systemClock } from '../base/clock.ts';
import { systemRandom } from '../base/random.ts';
import { runProgram } from '../cli/program.ts';
import { terminalIo } from '../cli/terminal.ts';
import { program } from './commands.ts';
import { localClusters } from './local-clusters.ts';

// The `tutti` command: one process, one command, one exit code.

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupt.abort(new Error(signal));
    process.once(signal, () => process.exit(130)); // Asked twice: don't wait for anything.
  });
}

const release = holdProcess();
process.exitCode = await runProgram(program, process.argv.slice(2), {
  io: terminalIo(process, () => interrupt.abort(new Error('EPIPE'))),
  clock: systemClock,
  random: systemRandom,
  environment: process.env,
  signal: interrupt.signal,
  version: manifest.version,
  local: localClusters,
});
release();
// Whatever is still open (idle connections, a server that failed to start) has no work left.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
