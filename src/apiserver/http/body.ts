import type { IncomingMessage } from 'node:http';
import { badRequest, StatusError } from '../../machinery/status.ts';

/** The longest body taken, in bytes. */
const BODY_MAX_BYTES = 3 * 1024 * 1024;

const EMPTY = Buffer.alloc(0);

const tooLarge = (): StatusError =>
  new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${BODY_MAX_BYTES}`);

/**
 * Reads the whole body and hands it to `done`, or the StatusError that says why it can't be taken:
 * it is too large, or the client went away in the middle. Called once.
 */
export function readBody(
  request: IncomingMessage,
  done: (error: StatusError | undefined, body: Buffer) => void,
): void {
  const { headers } = request;
  const length = headers['content-length'];
  if (length === '0' || (length === undefined && headers['transfer-encoding'] === undefined)) {
    if (request.httpVersionMajor < 2) return done(undefined, EMPTY);
  }
  if (length !== undefined && Number(length) > BODY_MAX_BYTES) return done(tooLarge(), EMPTY);
  let first: Buffer | undefined;
  let chunks: Buffer[] | undefined;
  let size = 0;
  let isOver = false;
  const finish = (error: StatusError | undefined, body: Buffer): void => {
    if (isOver) return;
    isOver = true;
    done(error, body);
  };
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) {
      request.removeAllListeners('data').removeAllListeners('end').resume();
      return finish(tooLarge(), EMPTY);
    }
    if (first === undefined) first = chunk;
    else if (chunks === undefined) chunks = [first, chunk];
    else chunks.push(chunk);
  });
  request.on('end', () => finish(undefined, chunks ? Buffer.concat(chunks) : (first ?? EMPTY)));
  request.on('close', () => {
    if (!isOver) finish(badRequest('the body is cut off'), EMPTY); // Errors cost: none in vain.
  });
}
