import type { Io } from './io.ts';

/**
 * The standard streams of a process, and what its environment says of the terminal.
 * `onLost` is called when the output can't be written any more: with EPIPE when nobody reads it, as
 * in `tutti logs -f | head -1`.
 */
export function terminalIo(
  { stdin, stdout, stderr, env }: NodeJS.Process,
  onLost: (error: NodeJS.ErrnoException) => void,
): Io {
  const isTerminal = stdout.isTTY === true && env.TERM !== 'dumb';
  let waiting: (() => void)[] = [];
  let isGone = false;
  const goOn = () => {
    for (const resume of waiting) resume();
    waiting = [];
  };
  stdout.on('drain', goOn);
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    isGone = true;
    goOn();
    onLost(error);
  });
  stderr.on('error', () => {}); // There is no one left to tell.
  return {
    stdin,
    isTerminal,
    hasColours: isTerminal && !env.NO_COLOR,
    get width() {
      return stdout.columns || 80;
    },
    get height() {
      return stdout.rows || 24;
    },
    write: (text) =>
      new Promise((resolve) => {
        if (isGone || stdout.write(text)) resolve();
        else waiting.push(resolve);
      }),
    line: (text = '') => {
      if (!isGone) stdout.write(`${text}\n`);
    },
    note: (text) => {
      stderr.write(`${text}\n`);
    },
  };
}
