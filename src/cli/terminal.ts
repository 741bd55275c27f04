import type { Io } from './io.ts';

/** The standard streams of a process. */
export function terminalIo({ stdin, stdout, stderr }: NodeJS.Process): Io {
  // A reader that has gone away, as in `tutti get pods | head -1`, is no failure of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    stdin,
    isTerminal: stdout.isTTY === true,
    width: stdout.columns ?? 80,
    write: (text) =>
      new Promise((resolve) => {
        if (stdout.write(text)) resolve();
        else stdout.once('drain', resolve);
      }),
    line: (text = '') => {
      stdout.write(`${text}\n`);
    },
    note: (text) => {
      stderr.write(`${text}\n`);
    },
  };
}
