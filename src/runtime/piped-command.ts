import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RuntimeFailure } from './cri.ts';

const OUTPUT_MAX_BYTES = 64 << 20;

export interface PipedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** What the command reads from its standard input. */
  readonly input: string | AsyncIterable<Uint8Array>;
}

/**
 * Runs a command that reads from us, to its end, and answers its output. Throws RuntimeFailure with
 * what it said; a failure of the input comes first.
 */
export async function runPipedCommand({ command, args, input }: PipedCommand): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  const source = typeof input === 'string' ? [Buffer.from(input)] : input;
  const fed = pipeline(Readable.from(source), child.stdin);
  const [inputFailure, output, complaint, code] = await Promise.all([
    // Input that nobody reads any more may never come to its end.
    Promise.race([fed, ended.catch(() => undefined)]).then(
      () => undefined,
      (error: Error) => error,
    ),
    collect(child.stdout),
    collect(child.stderr),
    ended.catch((error: Error) => error),
  ]);
  if (code instanceof Error) {
    throw new RuntimeFailure('permanent', `${command} can't be started: is it installed?`, {
      cause: code,
    });
  }
  // A command that ends early closes its input: then what it said says more than EPIPE.
  if (inputFailure && !/EPIPE|ERR_STREAM_PREMATURE_CLOSE/.test(`${codeOf(inputFailure)}`)) {
    throw inputFailure;
  }
  if (code === 0) return output;
  const said = complaint.trim() || `it ended with ${code}`;
  throw new RuntimeFailure('transient', `${command} ${args.join(' ')}: ${said}`);
}

const codeOf = (error: Error): unknown => (error as { code?: unknown }).code;

async function collect(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size <= OUTPUT_MAX_BYTES) chunks.push(chunk); // Reads on, so that the command can end.
  }
  return Buffer.concat(chunks).toString('utf8');
}
