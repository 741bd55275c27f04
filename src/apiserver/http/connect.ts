import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { badRequest, StatusError } from '../../machinery/status.ts';
import type { Location } from '../connect/location.ts';
import { type NodeCredentials, requestBackend } from './backend.ts';
import type { Exchange } from './exchange.ts';
import { forwardedHeaders, returnedHeaders } from './forwarded-headers.ts';

/** The longest text of an error of a node that is repeated to the client. */
const ERROR_TEXT_MAX = 50_000;

/** Leads a request on to where it is answered, and what comes back to the client. */
export function connect(
  exchange: Exchange,
  location: Location | undefined,
  credentials: NodeCredentials | undefined,
): void {
  if (location === undefined) return exchange.sendNothing();
  if (location.mode === 'text') return sendText(exchange, location, credentials);
  if (exchange.upgrade !== undefined) return joinStreams(exchange, location, credentials);
  if (location.mode === 'stream') throw badRequest('Upgrade request required');
  proxy(exchange, location, credentials);
}

/** Sends what the node says as text, piece by piece. Its errors become a Status. */
function sendText(
  exchange: Exchange,
  location: Location,
  credentials: NodeCredentials | undefined,
): void {
  const { response } = exchange;
  const onward = requestBackend(location, credentials, { method: 'GET' });
  response.on('close', () => onward.destroy());
  onward.on('error', (error) => exchange.fail(unreached(location, error)));
  onward.on('response', (answer) => {
    const { statusCode = 0 } = answer;
    if (statusCode < 200 || statusCode > 206) return failWith(exchange, statusCode, answer);
    exchange.sendStream(200, ['Content-Type', 'text/plain']);
    response.flushHeaders();
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  onward.end();
}

function failWith(exchange: Exchange, code: number, answer: IncomingMessage): void {
  const chunks: Buffer[] = [];
  let size = 0;
  answer.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= ERROR_TEXT_MAX) chunks.push(chunk);
    else answer.destroy();
  });
  answer.on('close', () =>
    exchange.fail(answeredError(exchange, code, `${Buffer.concat(chunks)}`)),
  );
}

/** What a node's refusal is to the client of the API. */
function answeredError({ path }: Exchange, code: number, text: string): StatusError {
  if (code === 400) return badRequest(text);
  if (code === 500) {
    const message = `Internal error occurred: ${text}`;
    return new StatusError('InternalError', message, { causes: [{ message: text }] });
  }
  const name = path.split('/').at(-2) ?? '';
  const details = {
    name,
    kind: 'pods/log',
    causes: [{ reason: 'UnexpectedServerResponse', message: text }],
  };
  if (code === 404) {
    const message = `the server could not find the requested resource ( pods/log ${name})`;
    return new StatusError('NotFound', message, details);
  }
  const told = `the server responded with the status code ${code} but did not return more information`;
  return new StatusError('', `${told} ( pods/log ${name})`, details, code);
}

/** Sends the request itself on, and the answer back. */
function proxy(
  exchange: Exchange,
  location: Location,
  credentials: NodeCredentials | undefined,
): void {
  const { request, response, path, query } = exchange;
  if (!location.path.startsWith('/') && (request.method === 'GET' || request.method === 'HEAD')) {
    const target = query.text ? `${path}/?${query.text}` : `${path}/`;
    return exchange.sendRedirect(target);
  }
  const onward = requestBackend(location, credentials, {
    method: request.method,
    headers: forwardedHeaders(exchange, location),
  });
  response.on('close', () => onward.destroy());
  onward.on('error', (error) => exchange.fail(notReached(location, error)));
  onward.on('response', (answer) => {
    exchange.sendStream(answer.statusCode ?? 502, returnedHeaders(exchange, location, answer));
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  request.pipe(onward);
}

/** Hands the connection over: what both ends say passes through from now on, unread. */
function joinStreams(
  exchange: Exchange,
  location: Location,
  credentials: NodeCredentials | undefined,
): void {
  const { request, upgrade } = exchange;
  const { socket, head } = upgrade!;
  const onward = requestBackend(location, credentials, {
    method: request.method,
    headers: { ...forwardedHeaders(exchange, location), ...upgradeHeaders(request) },
  });
  const abandon = () => onward.destroy();
  socket.on('close', abandon);
  onward.on('error', (error) => exchange.fail(unreached(location, error)));
  onward.on('response', (answer) => {
    // Refused: the client is told as the node says it.
    exchange.sendStream(answer.statusCode ?? 502, returnedHeaders(exchange, location, answer));
    answer.pipe(exchange.response);
  });
  onward.on('upgrade', (answer, inner, innerHead) => {
    exchange.letGo();
    socket.write(headOf(answer));
    if (innerHead.length > 0) socket.write(innerHead);
    if (head.length > 0) inner.write(head);
    pipeBoth(socket, inner as Socket);
  });
  onward.end();
}

function upgradeHeaders({ headers }: IncomingMessage): Record<string, string> {
  return { connection: 'Upgrade', upgrade: headers.upgrade ?? '' };
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let i = 0; i < rawHeaders.length; i += 2)
    lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Until one of them is closed. Either may end what it says and go on listening. */
function pipeBoth(one: Socket, other: Socket): void {
  const end = (): void => {
    one.destroy();
    other.destroy();
  };
  for (const each of [one, other]) {
    each.setNoDelay(true);
    each.on('error', end);
    each.on('close', end);
  }
  one.pipe(other);
  other.pipe(one);
}

/** Nobody there, in the words in which Kubernetes says so. */
function unreached({ scheme, host, port, path }: Location, error: Error): StatusError {
  const url = `${scheme}://${hostAndPort(host, port)}${path}`;
  const message = `Get ${JSON.stringify(url)}: ${reasonOf(host, port, error)}`;
  return new StatusError('', message, undefined, 500);
}

function notReached({ host, port }: Location, error: Error): StatusError {
  const message = `error trying to reach service: ${reasonOf(host, port, error)}`;
  return new StatusError('ServiceUnavailable', message);
}

const DIAL_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
};

function reasonOf(host: string, port: number, error: NodeJS.ErrnoException): string {
  const reason = DIAL_REASONS[error.code ?? ''];
  return reason ? `dial tcp ${hostAndPort(host, port)}: ${reason}` : error.message;
}

const hostAndPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
