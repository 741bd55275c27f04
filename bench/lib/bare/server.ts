import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

// The least that a server on Node can do: it reads what it is sent, and answers ready bytes. What
// an API server reaches of that is its own cost, whatever the machine.

/** What to answer, told over the process's channel. All texts are UTF-8. */
export interface BareOrders {
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Bodies by method and path: `GET /a`. */
  readonly bodies?: Readonly<Record<string, string>>;
  /** What each POST sends to everyone who watches; `{i}` stands for its number. */
  readonly frame?: string;
}

const bodies = new Map<string, Buffer>();
const watchers = new Set<ServerResponse>();
let frame: string | undefined;
let frames = 0;

function handle(request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  if (query.includes('watch=true')) return watch(response);
  const body = bodies.get(`${request.method} ${path}`);
  if (body === undefined) {
    response.writeHead(404, { 'Content-Length': 0 }).end();
    return;
  }
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length)];
  if (request.method === 'GET') {
    response.writeHead(200, headers).end(body);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    Buffer.concat(chunks);
    response.writeHead(201, headers).end(body);
    if (frame !== undefined) fanOut(frame.replaceAll('{i}', String(frames++)));
  });
}

function watch(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
  watchers.add(response);
  response.on('close', () => watchers.delete(response));
}

/** The chunk is made once and goes to each connection as it is: nothing cheaper is known. */
function fanOut(text: string): void {
  const size = Buffer.byteLength(text).toString(16);
  const chunk = Buffer.from(`${size}\r\n${text}\r\n`);
  for (const { socket } of watchers) socket?.write(chunk);
}

function start(tls: NonNullable<BareOrders['tls']>): void {
  const server = createServer({ ...tls, requestCert: true }, handle);
  server.on('secureConnection', (socket) => socket.setNoDelay(true));
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port });
  });
}

process.on('message', (orders: BareOrders) => {
  if (orders.tls) return start(orders.tls);
  for (const [route, body] of Object.entries(orders.bodies ?? {})) {
    bodies.set(route, Buffer.from(body));
  }
  frame = orders.frame;
  frames = 0;
  process.send?.({ done: true });
});
process.on('disconnect', () => process.exit(0));
