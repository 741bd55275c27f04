import { createLogger, type Logger, type LogLevel } from '../base/logger.ts';

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Logs as lines of `key=value` pairs, with the time, from `least` up. */
export function lineLogger(
  write: (line: string) => void,
  { least, now }: { readonly least: LogLevel; readonly now: () => number },
): Logger {
  return createLogger(({ level, message, fields }) => {
    if (ORDER.indexOf(level) < ORDER.indexOf(least)) return;
    const facts = Object.entries(fields).map(([name, value]) => ` ${name}=${format(value)}`);
    write(`${new Date(now()).toISOString()} ${level} ${message}${facts.join('')}\n`);
  });
}

function format(value: unknown): string {
  const text = value instanceof Error ? describe(value) : value;
  return typeof text === 'string' && /^[\w./:@-]+$/.test(text)
    ? text
    : (JSON.stringify(text) ?? '');
}

/** An error with what caused it; the stack only of bugs. */
function describe(error: Error): string {
  const isBug = error instanceof TypeError || error instanceof ReferenceError;
  const text = isBug ? (error.stack ?? error.message) : error.message;
  return error.cause instanceof Error ? `${text} (${describe(error.cause)})` : text;
}
