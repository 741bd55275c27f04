import { isStatusError, type StatusError } from '../machinery/status.ts';
import { RuntimeFailure } from '../runtime/cri.ts';
import { CommandError } from './command.ts';

/** What a failed command exits with: 1, or 2 when it was not understood. */
const EXIT_FAILED = 1;
export const EXIT_MISUSED = 2;
/** As shells have it: 128 and the number of SIGINT. */
export const EXIT_INTERRUPTED = 130;

/** A command line that can't be understood. `program` is the part of it that can: `tutti get`. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly program: string;
  readonly suggestion: string | undefined;

  constructor(message: string, program: string, suggestion?: string) {
    super(message);
    this.program = program;
    this.suggestion = suggestion;
  }
}

/** What to tell the user of an error, line by line: what is wrong, then what to do about it. */
export interface Failure {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** Words for an error that a command ended with. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) return misused(error);
  if (error instanceof CommandError) {
    const exitCode = error.isMisuse ? EXIT_MISUSED : EXIT_FAILED;
    return { ...failed(`error: ${error.message}`, error.advice), exitCode };
  }
  if (isStatusError(error)) {
    const reason = error.reason ? ` (${error.reason})` : '';
    return failed(`Error from server${reason}: ${error.message}`, adviceOn(error));
  }
  if (error instanceof RuntimeFailure) return failed(`error: ${error.message}`, RUNTIME_ADVICE);
  if (isSystemError(error)) return failed(`error: ${plain(error)}`, SYSTEM_ADVICE[error.code]);
  const text = (error as Error)?.stack ?? String(error);
  return failed(`internal error: ${text}`, 'This is a mistake in Tutti, not yours.');
}

/** The same as a message and advice, to be told by another process. */
export function explainFailure(error: unknown): { message: string; advice: string | undefined } {
  const [line = '', advice] = failureOf(error).lines;
  const message = isStatusError(error) ? error.message : line.replace(/^error: /, '');
  return { message, advice };
}

const failed = (message: string, advice: string | undefined): Failure => ({
  lines: [message, ...(advice ? [advice] : [])],
  exitCode: EXIT_FAILED,
});

function misused({ message, program, suggestion }: UsageError): Failure {
  const help = `See "${program} --help".`;
  return {
    lines: [`error: ${message}`, suggestion ? `Did you mean ${suggestion}? ${help}` : help],
    exitCode: EXIT_MISUSED,
  };
}

const RUNTIME_ADVICE = 'Do the system parts work by themselves: containerd, nft, ip?';

function adviceOn({ reason, details }: StatusError): string | undefined {
  const isMissing = reason === 'NotFound' && details?.kind && details.name;
  return isMissing ? `"tutti get ${details.kind} -A" shows what there is.` : STATUS_ADVICE[reason];
}

const STATUS_ADVICE: Readonly<Record<string, string | undefined>> = {
  Unauthorized:
    'The server knows nobody with this certificate or token; is the kubeconfig its own?',
  TooManyRequests: 'The server has too much to do; try again in a moment.',
};

/** A failed system call, as Node tells of it. */
export type SystemError = Error & {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
};

/** Whether the operating system refused something. */
export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error &&
  typeof (error as Partial<SystemError>).code === 'string' &&
  typeof (error as Partial<SystemError>).syscall === 'string';

/** `ENOSPC: no space left on device, write` without the code, and with the file. */
const plain = ({ code, message, path }: SystemError): string => {
  const text = message.replace(`${code}: `, '');
  return path && !text.includes(path) ? `${text} '${path}'` : text;
};

const SYSTEM_ADVICE: Readonly<Record<string, string | undefined>> = {
  EACCES: 'Run it as root, or as the owner of that file.',
  EPERM: 'Run it as root, or as the owner of that file.',
  ENOSPC: 'Make room there, then try again.',
  EDQUOT: 'Make room there, then try again.',
  EROFS: 'Choose a place that can be written to.',
  EMFILE: 'Raise the limit of open files ("ulimit -n"), then try again.',
};
