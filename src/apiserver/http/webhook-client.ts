import { type RequestOptions, request } from 'node:https';
import type { Clock } from '../../base/clock.ts';

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

const TIMEOUT_MS = 30_000;
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;

/** Posts JSON and answers the JSON that comes back. Rejects with an Error that says why not. */
export function postJson(clock: Clock, address: WebhookAddress, body: object): Promise<unknown> {
  const { host, port, path, serverName, ca, url } = address;
  const options: RequestOptions = {
    method: 'POST',
    host,
    port,
    path: `${path}${path.includes('?') ? '&' : '?'}timeout=30s`,
    servername: serverName,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    agent: false,
    ...(ca && { ca }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const fail = (why: string) => reject(new Error(`Post "${url}?timeout=30s": ${why}`));
  const sent = request(options, (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > ANSWER_MAX_BYTES) sent.destroy(new Error('the answer is too large'));
    });
    response.on('error', (error) => fail(error.message));
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      if (response.statusCode !== 200) return fail(`status ${response.statusCode}`);
      try {
        resolve(JSON.parse(text));
      } catch {
        fail('the answer is no JSON');
      }
    });
  });
  const stop = clock.after(TIMEOUT_MS, () => sent.destroy(new Error('context deadline exceeded')));
  sent.on('error', (error) => fail(error.message));
  sent.on('close', stop);
  sent.end(JSON.stringify(body));
  return promise;
}
