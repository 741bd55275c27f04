import type { ClientRequest } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import type { Clock } from '../../base/clock.ts';
import { parseIp } from '../../base/ip.ts';
import { callFailure, postFailure, unexpectedAnswer } from './webhook-failures.ts';

/** Where a webhook listens, and by what it is known. */
export interface WebhookAddress {
  readonly host: string;
  readonly port: number;
  /** With the query, if it has any. */
  readonly path: string;
  /** The name that its certificate must have. */
  readonly serverName: string;
  /** Who has signed that, in PEM; those whom the system trusts unless said. */
  readonly ca?: string | undefined;
  /** How messages name it. */
  readonly url: string;
}

/** How long webhooks may take unless they say. */
const WEBHOOK_TIMEOUT_SECONDS = 30;
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;

const IDLE_MS = 90_000;

/** Connections stay for the next question: a handshake costs more than most answers. */
const kept = new Agent({ keepAlive: true, timeout: IDLE_MS });

type Sent = ClientRequest & { readonly reusedSocket: boolean };
type CodedError = Error & { readonly code?: string };

/**
 * Posts JSON and answers the JSON that comes back. Rejects with an Error that says why not, in the
 * words that Kubernetes has for it.
 */
export async function postJson(
  clock: Clock,
  address: WebhookAddress,
  body: object,
  timeoutSeconds: number = WEBHOOK_TIMEOUT_SECONDS,
): Promise<unknown> {
  const question = { address, timeoutSeconds, text: JSON.stringify(body) };
  try {
    return JSON.parse(await post(clock, { ...question, agent: kept }));
  } catch (error) {
    if (!(error instanceof Unasked)) throw error;
    return JSON.parse(await post(clock, { ...question, agent: false }));
  }
}

/** The other end closed a connection that had been kept, just as it was used again. */
class Unasked extends Error {
  override readonly name = 'Unasked';
}

interface Question {
  readonly address: WebhookAddress;
  readonly text: string;
  readonly timeoutSeconds: number;
  readonly agent: Agent | false;
}

function post(clock: Clock, question: Question): Promise<string> {
  const { address, timeoutSeconds } = question;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (error: Error) => reject(postFailure(address.url, timeoutSeconds, error));
  const sent = request(optionsOf(question), (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > ANSWER_MAX_BYTES) sent.destroy(new Error('the answer is too large'));
    });
    response.on('error', fail);
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { statusCode = 0, headers } = response;
      const answer = { statusCode, type: headers['content-type'] ?? '', text };
      const problem = unexpectedAnswer(answer);
      if (problem !== undefined) reject(new Error(problem));
      else resolve(text);
    });
  }) as Sent;
  const stop = clock.after(timeoutSeconds * 1000, () =>
    sent.destroy(new Error('context deadline exceeded')),
  );
  sent.on('error', (error: CodedError) => {
    if (sent.reusedSocket && error.code === 'ECONNRESET') reject(new Unasked());
    else fail(new Error(callFailure(error, address)));
  });
  sent.on('close', stop);
  sent.end(question.text);
  return promise;
}

const optionsOf = ({
  address: { host, port, path, serverName, ca },
  timeoutSeconds,
  agent,
}: Question): RequestOptions => ({
  method: 'POST',
  host,
  port,
  path: `${path}${path.includes('?') ? '&' : '?'}timeout=${timeoutSeconds}s`,
  // An address is no name to ask for, but what the certificate must be for.
  servername: parseIp(serverName) === undefined ? serverName : '',
  headers: { 'content-type': 'application/json', accept: 'application/json, */*' },
  agent,
  ...(ca && { ca }),
});
