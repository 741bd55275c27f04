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

let lost: NodeJS.ErrnoException | undefined;
const release = holdProcess();
process.exitCode = await runProgram(program, process.argv.slice(2), {
  io: terminalIo(process, (error) => {
    lost ??= error;
    interrupt.abort(error);
  }),
  clock: systemClock,
  random: systemRandom,
  environment: process.env,
  signal: interrupt.signal,
  version: manifest.version,
  local: localClusters,
});
release();
// Whatever is still open (idle connections, a server that failed to start) has no work left.
process.stdout.write('', (error) => {
  lost ??= error ?? undefined; // That of the last line may come no sooner.
  process.stderr.write('', end);
});

function end(): void {
  if (lost === undefined || lost.code === 'EPIPE') process.exit(); // Nobody minds who reads no more.
  process.exitCode = 1;
  const text = `error: the output can't be written: ${plainMessage(lost)}\n`;
  process.stderr.write(text, () => process.exit());
}

/** `ENOSPC: no space left on device, write` as `no space left on device`. */
function plainMessage({ message }: Error): string {
  return message.replace(/^\w+: /, '').replace(/, \w+$/, '');
}
