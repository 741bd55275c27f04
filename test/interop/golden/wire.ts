import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import type { Step } from './recording.ts';
import { TOKEN } from './server.ts';

const TIMEOUT_MS = 10_000;

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends the requests of recordings to a server, as its administrator. */
export class Wire {
  readonly host: string;
  readonly #base: URL;
  readonly #agent: Agent;

  constructor(url: string, ca: string) {
    this.#base = new URL(url);
    this.host = this.#base.host;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 64, ca });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Rejects when there is no answer in time. Of a watch, the events that were asked for. */
  async send(step: Step): Promise<RawAnswer> {
    const body = encode(step);
    const url = new URL(step.path, this.#base);
    for (const [key, values] of Object.entries(step.query ?? {})) {
      for (const value of [values].flat()) url.searchParams.append(key, value);
    }
    const headers = headersOf(step, body);
    const options = { method: step.method ?? 'GET', headers, agent: this.#agent };
    return new Promise((resolve, reject) => {
      const sent = request(url, options, (response) => {
        clearTimeout(timer);
        receive(response, step, resolve);
      });
      const late = () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`));
      const timer = setTimeout(late, TIMEOUT_MS);
      sent.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        // The server closed an idle connection.
        if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(this.send(step));
        else reject(error);
      });
      sent.end(body);
    });
  }
}

function receive(
  response: IncomingMessage,
  { watch }: Step,
  resolve: (answer: RawAnswer) => void,
): void {
  const chunks: Buffer[] = [];
  const done = () => {
    clearTimeout(timer);
    const { statusCode: status = 0, headers } = response;
    resolve({ status, headers, body: Buffer.concat(chunks) });
  };
  const stop = () => {
    done();
    response.destroy();
  };
  const timer = setTimeout(stop, watch ? (watch.timeoutSeconds ?? 5) * 1000 : TIMEOUT_MS);
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    const lines = watch?.events ? Buffer.concat(chunks).toString().split('\n').length - 1 : 0;
    if (watch?.events && lines >= watch.events) stop();
  });
  response.on('end', done);
  response.on('error', done);
}

function encode({ body, base64 }: Step): Buffer | undefined {
  if (body === undefined) return undefined;
  if (base64) return Buffer.from(body as string, 'base64');
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function headersOf({ as, headers: given = {} }: Step, body: Buffer | undefined) {
  const headers: OutgoingHttpHeaders = {
    accept: 'application/json',
    'user-agent': 'golden/1.0',
    authorization: `Bearer ${TOKEN}`,
  };
  const user = typeof as === 'string' ? { user: as } : as;
  if (user) {
    headers['impersonate-user'] = user.user;
    if (user.groups) headers['impersonate-group'] = [...user.groups];
    if (user.uid) headers['impersonate-uid'] = user.uid;
    for (const [key, value] of Object.entries(user.extra ?? {})) {
      headers[`impersonate-extra-${key}`] = value;
    }
  }
  if (body) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = String(body.length);
  }
  for (const [key, value] of Object.entries(given)) {
    if (value === null) delete headers[key.toLowerCase()];
    else headers[key.toLowerCase()] = value;
  }
  return headers;
}

/** A body as a value: JSON parsed, watch streams as the list of their events, all else as text. */
export function bodyOf({ body, headers, status }: RawAnswer, { watch }: Step): unknown {
  const text = body.toString();
  const type = headers['content-type'] ?? '';
  if (type.includes('protobuf')) return { protobuf: envelopeOf(body) };
  if (!type.includes('json')) return text;
  try {
    if (!watch || status !== 200) return JSON.parse(text);
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  } catch {
    return text;
  }
}

/** Of protobuf only the envelope: after the magic bytes, what group-version and kind is in it. */
function envelopeOf(bytes: Buffer): string {
  if (bytes.subarray(0, 4).toString('latin1') !== 'k8s\0' || bytes[4] !== 0x0a) {
    return 'no k8s envelope';
  }
  const text = (at: number) => bytes.subarray(at + 2, at + 2 + bytes[at + 1]!).toString();
  return `${text(6)} ${text(8 + bytes[7]!)}`;
}
