import type { IncomingMessage } from 'node:http';
import { Agent, request as startRequest } from 'node:https';
import { type Status, StatusError } from '../../machinery/status.ts';

/** How to reach an API server and who to be there. All certificates and keys are PEM text. */
export interface Endpoint {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
  /** Skips the check of the server's certificate. */
  readonly insecure?: boolean;
  /** The name that the server's certificate must bear, where it isn't the address. */
  readonly serverName?: string;
  readonly userAgent: string;
}

export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** Kept-alive connections to one API server. */
export interface Connection {
  /**
   * The answer's head, with the body still to be read. Rejects with StatusError for answers of 400
   * and above, `ServiceUnavailable` when the server can't be reached, and `Timeout` when the
   * connection broke after the request went out: then it may have been carried out.
   */
  open(request: HttpRequest): Promise<IncomingMessage>;
  /** Ends idle connections. */
  close(): void;
}

export function connect(endpoint: Endpoint): Connection {
  const url = new URL(endpoint.server);
  const base = url.pathname.replace(/\/$/, '');
  const agent = new Agent({
    keepAlive: true,
    ca: endpoint.ca,
    cert: endpoint.certificate,
    key: endpoint.key,
    rejectUnauthorized: !endpoint.insecure,
    ...(endpoint.serverName && { servername: endpoint.serverName }),
  });
  const common = {
    'user-agent': endpoint.userAgent,
    ...(endpoint.token && { authorization: `Bearer ${endpoint.token}` }),
  };

  function exchange({ method, path, headers, body, signal }: HttpRequest) {
    return new Promise<IncomingMessage>((resolve, reject) => {
      let sent = false;
      const outgoing = startRequest(
        {
          host: url.hostname.replace(/^\[|\]$/g, ''),
          port: url.port || 443,
          method,
          path: base + path,
          agent,
          signal,
          headers: {
            ...common,
            ...headers,
            ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
          },
        },
        resolve,
      );
      outgoing.on('finish', () => {
        sent = true;
      });
      outgoing.on('error', (error) => {
        reject(signal?.aborted ? signal.reason : unreachable(endpoint.server, error, sent));
      });
      outgoing.end(body);
    });
  }

  return {
    async open(request) {
      const response = await exchange(request);
      if ((response.statusCode ?? 0) < 400) return response;
      throw failureOf(response, await readText(response));
    },
    close: () => agent.destroy(),
  };
}

function unreachable(server: string, error: Error & { code?: string }, sent: boolean): StatusError {
  const why = error.message || error.code;
  const lost = sent && error.code !== 'ECONNREFUSED';
  const failure = lost
    ? new StatusError('Timeout', `${server} closed the connection before it answered: ${why}`)
    : new StatusError('ServiceUnavailable', `can't reach ${server}: ${why}`);
  failure.cause = error;
  return failure;
}

/** The failure that a server told of: its Status, or what can be made of another kind of answer. */
function failureOf({ statusCode = 500 }: IncomingMessage, text: string): StatusError {
  try {
    const status = JSON.parse(text) as Partial<Status>;
    if (status.kind === 'Status') return StatusError.from(status as Status);
  } catch {
    // Not JSON, so not a Status: a proxy's page, or plain text.
  }
  return new StatusError('', text.trim() || `HTTP ${statusCode}`, undefined, statusCode);
}

/** The whole body as text. Rejects with StatusError `Timeout` when it breaks off. */
export async function readText(response: IncomingMessage): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  } catch (cause) {
    const failure = new StatusError('Timeout', 'the connection broke in the middle of an answer');
    failure.cause = cause;
    throw failure;
  }
}
