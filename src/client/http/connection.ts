import type { IncomingMessage } from 'node:http';
import { Agent, request as startRequest } from 'node:https';
import { StatusError } from '../../machinery/status.ts';
import { failureOf, unreachable } from './failures.ts';

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
  /** After so long without a byte the other end is taken to be gone. */
  readonly silenceMaxMs?: number;
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

  function exchange({ method, path, headers, body, signal, silenceMaxMs }: HttpRequest) {
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
        if (signal?.aborted) return reject(signal.reason);
        const failure = unreachable(endpoint.server, error, sent);
        reject(outgoing.reusedSocket ? new StaleError(failure) : failure);
      });
      if (silenceMaxMs !== undefined) {
        outgoing.setTimeout(silenceMaxMs, () =>
          outgoing.destroy(new Error(`nothing was heard for ${silenceMaxMs / 1000} s`)),
        );
      }
      outgoing.end(body);
    });
  }

  return {
    async open(request) {
      const response = await persistently(() => exchange(request), request.method);
      if ((response.statusCode ?? 0) < 400) return response;
      throw failureOf(response, await readText(response));
    },
    close: () => agent.destroy(),
  };
}

/** The whole body as text. Rejects with StatusError `Timeout` when it breaks off. */
export async function readText(response: IncomingMessage, signal?: AbortSignal): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  } catch (cause) {
    signal?.throwIfAborted();
    const failure = new StatusError('Timeout', 'the connection broke in the middle of an answer');
    failure.cause = cause;
    throw failure;
  }
}

/** A kept connection broke when it was used again: the server may have closed it meanwhile. */
class StaleError extends Error {
  override readonly cause: StatusError;

  constructor(cause: StatusError) {
    super(cause.message);
    this.cause = cause;
  }
}

const ATTEMPTS_MAX = 3;

/** Reads are tried again on other connections; who writes has to know that it may have landed. */
async function persistently(
  exchange: () => Promise<IncomingMessage>,
  method: string,
): Promise<IncomingMessage> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await exchange();
    } catch (error) {
      if (!(error instanceof StaleError)) throw error;
      if (method !== 'GET' || attempt === ATTEMPTS_MAX) throw error.cause;
    }
  }
}
