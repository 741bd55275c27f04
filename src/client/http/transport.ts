import type { IncomingMessage } from 'node:http';
import {
  type ApiAnswer,
  type ApiRequest,
  PATCH_MEDIA_TYPES,
  type WatchEvent,
  type WatchSink,
} from '../../machinery/api-request.ts';
import { deepFreeze, type KubeObject } from '../../machinery/object.ts';
import { isStatusError, type Status, StatusError } from '../../machinery/status.ts';
import type { Transport } from '../client.ts';
import { type Connection, readText } from './connection.ts';
import { methodOf, pathOf } from './paths.ts';

/** Servers give up a request after a minute at the latest, and say so. */
const SILENCE_MAX_MS = 75_000;

/** Requests as HTTP with JSON bodies: works with any Kubernetes API server. */
export function createHttpTransport(connection: Connection): Transport {
  return {
    async send(request, signal): Promise<ApiAnswer> {
      const response = await connection.open({
        method: methodOf(request),
        path: pathOf(request),
        headers: headersOf(request),
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        signal,
        silenceMaxMs: SILENCE_MAX_MS,
      });
      const object = deepFreeze(JSON.parse(await readText(response, signal))) as KubeObject;
      const warnings = warningsOf(response);
      return { object, created: response.statusCode === 201, ...(warnings && { warnings }) };
    },

    watch(request, sink) {
      const controller = new AbortController();
      const { signal } = controller;
      void follow(connection, request, sink, signal);
      return () => controller.abort();
    },
  };
}

async function follow(
  connection: Connection,
  request: ApiRequest,
  sink: WatchSink,
  signal: AbortSignal,
): Promise<void> {
  try {
    const response = await connection.open({
      method: 'GET',
      path: pathOf(request),
      headers: { accept: 'application/json' },
      signal,
    });
    for await (const line of linesOf(response)) {
      if (signal.aborted) return;
      const event = deepFreeze(JSON.parse(line)) as WatchEvent | { type: 'ERROR'; object: Status };
      if (event.type === 'ERROR') return sink.end(StatusError.from(event.object as Status));
      sink.next(event as WatchEvent);
    }
    if (!signal.aborted) sink.end();
  } catch (error) {
    if (!signal.aborted) sink.end(isStatusError(error) ? error : broken(error));
  }
}

function broken(cause: unknown): StatusError {
  const failure = new StatusError('Timeout', `the watch broke: ${(cause as Error).message}`);
  failure.cause = cause;
  return failure;
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

function headersOf({ patchType, body }: ApiRequest): Record<string, string> {
  const accept = { accept: 'application/json' };
  if (body === undefined) return accept;
  const type = patchType ? PATCH_MEDIA_TYPES[patchType] : 'application/json';
  return { ...accept, 'content-type': type };
}

/** The texts of `Warning: 299 - "…"` headers (RFC 7234), if there are any. */
function warningsOf({ headers }: IncomingMessage): string[] | undefined {
  const { warning } = headers;
  if (!warning) return undefined;
  const texts = warning.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g);
  return [...texts].map(([, text]) => text!.replace(/\\(.)/g, '$1'));
}
