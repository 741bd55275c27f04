import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { request as httpRequest } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { drained } from './drained.ts';
import { type Translation, translationOf } from './streams/translation.ts';

/** A request that has been read as far as its line. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
}

export interface ServedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | AsyncIterable<Uint8Array>;
}

export interface NodeServerHandlers {
  handle(request: ServedRequest): Promise<ServedAnswer>;
  /** Where to lead a connection that asks to be upgraded, or why it isn't. */
  stream(request: ServedRequest): Promise<{ readonly url: string } | ServedAnswer>;
}

export interface NodeServerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** The authority of the certificates by which callers are known. */
  readonly clientCa: string;
  /** Whether who holds a certificate of this subject may ask anything of the node. */
  readonly allows: (caller: {
    readonly name: string;
    readonly groups: readonly string[];
  }) => boolean;
}

export interface NodeServer {
  readonly port: number;
  /** Shows another certificate to who comes from now on. */
  use(pair: { readonly cert: string; readonly key: string }): void;
  close(): Promise<void>;
}

/** A caller that lost its power says nothing: after so long the kernel asks whether it is there. */
const SILENCE_MS = 30_000;

/** Serves the node's own API over HTTPS to holders of a certificate. */
export async function startNodeServer(
  handlers: NodeServerHandlers,
  options: NodeServerOptions,
): Promise<NodeServer> {
  const { host, port, cert, key, clientCa, allows } = options;
  const trust = { ca: clientCa, minVersion: 'TLSv1.2' } as const;
  const asks = { requestCert: true, rejectUnauthorized: true };
  const probes = { keepAlive: true, keepAliveInitialDelay: SILENCE_MS };
  const server = createServer({ ...trust, ...asks, ...probes, cert, key });
  serveRequests(server, handlers, allows);
  serveUpgrades(server, handlers, allows);
  server.on('tlsClientError', () => {}); // Concerns that client alone.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await listening(server, host, port);
  server.on('error', () => {}); // A connection that couldn't be taken: its client will see.
  return {
    port: (server.address() as AddressInfo).port,
    use: (pair) => server.setSecureContext({ ...trust, ...pair }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy(); // Upgraded ones too.
      }),
  };
}

function serveRequests(
  server: Server,
  handlers: NodeServerHandlers,
  allows: NodeServerOptions['allows'],
): void {
  server.on('request', (request, response) => {
    if (!allows(callerOf(request))) return void answer(response, FORBIDDEN);
    const served = servedRequest(request, response);
    if (!served) return void answer(response, MALFORMED);
    handlers.handle(served).then(
      (found) => answer(response, found, served.signal),
      (error) => answer(response, { ...FORBIDDEN, status: 500, body: String(error) }),
    );
  });
}

function serveUpgrades(
  server: Server,
  handlers: NodeServerHandlers,
  allows: NodeServerOptions['allows'],
): void {
  server.on('upgrade', (request, socket: Socket, head) => {
    socket.on('error', () => socket.destroy());
    if (!allows(callerOf(request))) return refuse(socket, FORBIDDEN);
    const served = servedRequest(request, socket);
    if (!served) return refuse(socket, MALFORMED);
    handlers.stream(served).then(
      (found) => {
        if ('url' in found) lead(request, socket, head, found.url);
        else refuse(socket, found);
      },
      () => socket.destroy(),
    );
  });
}

const MALFORMED = { status: 400, contentType: 'text/plain', body: 'Bad Request\n' };
const FORBIDDEN = { status: 403, contentType: 'text/plain', body: 'Forbidden\n' };

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function callerOf({ socket }: IncomingMessage): { name: string; groups: readonly string[] } {
  const { CN = '', O = [] } = ((socket as TLSSocket).getPeerCertificate().subject ?? {}) as {
    CN?: string;
    O?: string | string[];
  };
  return { name: CN, groups: [O].flat() };
}

/** What is asked; undefined when its path isn't one. */
function servedRequest(
  request: IncomingMessage,
  end: { on(event: 'close', listener: () => void): unknown },
): ServedRequest | undefined {
  const gone = new AbortController();
  end.on('close', () => gone.abort());
  const url = URL.parse(request.url ?? '/', 'https://node');
  if (!url) return undefined;
  const { pathname, searchParams } = url;
  const path = pathname.split('/').map(decoded).join('/');
  return { method: request.method ?? 'GET', path, query: searchParams, signal: gone.signal };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function answer(
  response: ServerResponse,
  { status, contentType, body }: ServedAnswer,
  signal?: AbortSignal,
): Promise<void> {
  response.writeHead(status, { 'content-type': contentType });
  if (typeof body === 'string') return void response.end(body);
  response.flushHeaders(); // A log that is followed may be silent for long.
  try {
    for await (const chunk of body) {
      if (signal?.aborted) break;
      if (!response.write(chunk)) await drained(response);
    }
    response.end();
  } catch {
    response.destroy(); // Too late to say so in any other way.
  }
}

function refuse(socket: Socket, { status, contentType, body }: ServedAnswer): void {
  const text = typeof body === 'string' ? body : '';
  const head = [
    `HTTP/1.1 ${status} ${status === 404 ? 'Not Found' : 'Error'}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}

/** Leads a connection to the runtime's streaming server, translated where it only speaks SPDY. */
function lead(request: IncomingMessage, socket: Socket, head: Buffer, url: string): void {
  const translation = translationOf(request);
  if (translation) translate(request, { socket, head }, url, translation);
  else passOn(request, socket, head, url);
}

/** Asks the runtime for SPDY, and takes the client's WebSocket once it agrees. */
function translate(
  request: IncomingMessage,
  client: { readonly socket: Socket; readonly head: Buffer },
  url: string,
  { protocol, onward: version, join }: Translation,
): void {
  const { socket } = client;
  const headers = {
    connection: 'Upgrade',
    upgrade: 'SPDY/3.1',
    'x-stream-protocol-version': version,
  };
  const onward = httpRequest(url, { method: 'POST', headers });
  const abandon = () => onward.destroy();
  socket.on('close', abandon);
  onward.on('upgrade', async (_response, runtime, head) => {
    const end = () => runtime.destroy();
    runtime.on('error', end);
    socket.on('close', end); // However the handshake goes; nobody else knows of the runtime's half.
    if (socket.destroyed) return end();
    // Seldom used, so not loaded before.
    const { acceptWebSocket } = await import('./streams/websocket.ts');
    join(await acceptWebSocket(request, client, protocol), runtime, head);
  });
  refuseAsToldBy(onward, socket);
  onward.end();
}

/** Joins a connection with one to the runtime's streaming server, which takes the upgrade. */
function passOn(request: IncomingMessage, socket: Socket, head: Buffer, url: string): void {
  const onward = httpRequest(url, { method: request.method, headers: onwardHeaders(request) });
  socket.on('close', () => onward.destroy()); // Also before the runtime has answered.
  onward.on('upgrade', (response, inner, innerHead) => {
    if (socket.destroyed) return void inner.destroy();
    const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`];
    for (let at = 0; at < response.rawHeaders.length; at += 2) {
      lines.push(`${response.rawHeaders[at]}: ${response.rawHeaders[at + 1]}`);
    }
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    socket.write(innerHead);
    inner.write(head);
    inner.pipe(socket).pipe(inner);
    const end = (): void => {
      inner.destroy();
      socket.destroy();
    };
    for (const each of [inner, socket]) each.on('error', end).on('close', end);
  });
  refuseAsToldBy(onward, socket);
  onward.end();
}

/** The runtime won't: its answer is the client's. */
function refuseAsToldBy(onward: ClientRequest, socket: Socket): void {
  onward.on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      refuse(socket, { status: response.statusCode ?? 502, contentType: 'text/plain', body });
    });
  });
  onward.on('error', (error) => {
    refuse(socket, { status: 502, contentType: 'text/plain', body: error.message });
  });
}

/** All headers but those that name the caller's own way here. */
function onwardHeaders({ headers }: IncomingMessage): Record<string, string | string[]> {
  const left = Object.entries(headers).filter(([name, value]) => {
    return value !== undefined && !['host', 'authorization', 'content-length'].includes(name);
  });
  return Object.fromEntries(left) as Record<string, string | string[]>;
}
