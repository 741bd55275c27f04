import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Cancel, Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { RuntimeFailure } from './cri.ts';
import { drained } from './drained.ts';

export type DnsTransport = 'udp' | 'tcp';

/** Answers one message; undefined sends nothing. */
export type DnsHandler = (
  message: Uint8Array,
  transport: DnsTransport,
) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

export interface DnsSocketOptions {
  readonly addresses: readonly string[];
  /** 53 unless said; 0 takes any that is free, for one address. */
  readonly port?: number;
}

/** Open DNS sockets. */
export interface DnsSockets {
  readonly port: number;
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 256;
const IDLE_MS = 10_000;
// Of one connection, being answered at a time; the rest waits in its socket.
const PIPELINED_MAX = 64;
// Of all of UDP. More means that upstream hangs; then new ones are dropped, as UDP does.
const PENDING_MAX = 2048;

/**
 * Listens for DNS on UDP and TCP. Throws RuntimeFailure when an address isn't the machine's, or the
 * port is taken.
 */
export async function listenForDns(
  clock: Clock,
  logger: Logger,
  handle: DnsHandler,
  { addresses, port = 53 }: DnsSocketOptions,
): Promise<DnsSockets> {
  const open: { close(): Promise<void> }[] = [];
  let bound = port;
  try {
    for (const address of addresses) {
      const udp = await listenUdp(logger, handle, address, bound);
      open.push(udp);
      bound = udp.port;
      open.push(await listenTcp(clock, logger, handle, address, bound));
    }
  } catch (error) {
    await Promise.all(open.map((socket) => socket.close()));
    const { message } = error as Error;
    throw new RuntimeFailure('permanent', `can't listen for DNS: ${message}`, { cause: error });
  }
  return { port: bound, close: async () => void (await Promise.all(open.map((s) => s.close()))) };
}

async function listenUdp(logger: Logger, handle: DnsHandler, address: string, port: number) {
  const socket: UdpSocket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  let pending = 0;
  let closed = false;
  socket.on('message', (message, { address: from, port: fromPort }) => {
    if (pending >= PENDING_MAX) return;
    const send = (answer: Uint8Array | undefined) => {
      if (answer && !closed) socket.send(answer, fromPort, from, ignore);
    };
    const answer = handle(message, 'udp');
    if (!(answer instanceof Promise)) return send(answer);
    pending++;
    answer
      .then(send)
      .catch((error: unknown) => logger.warn('query not answered', { error }))
      .finally(() => pending--);
  });
  socket.bind(port, address);
  await once(socket, 'listening').catch((error: unknown) => {
    socket.close();
    throw error;
  });
  socket.on('error', (error) => logger.warn('UDP socket failed', { address, error }));
  const { port: bound } = socket.address();
  const close = () => {
    closed = true; // What upstream answers from now on has nowhere to go.
    return new Promise<void>((done) => socket.close(() => done()));
  };
  return { port: bound, close };
}

// A client that has gone is no error of ours.
function ignore(): void {}

async function listenTcp(
  clock: Clock,
  logger: Logger,
  handle: DnsHandler,
  address: string,
  port: number,
) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(clock, handle, socket).catch((error: unknown) => {
      logger.debug('DNS connection ended', { error });
      socket.destroy();
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.listen(port, address);
  await once(server, 'listening');
  // A connection that can't be taken, for want of file handles, say, is no reason to end.
  server.on('error', (error) => logger.warn('TCP socket failed', { address, error }));
  return {
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Messages with their length before them (RFC 7766), answered as they get ready. */
async function serveConnection(clock: Clock, handle: DnsHandler, socket: Socket): Promise<void> {
  let cancelIdle: Cancel = () => {};
  const rest = () => {
    cancelIdle();
    cancelIdle = clock.after(IDLE_MS, () => socket.destroy());
  };
  socket.on('error', ignore);
  socket.on('close', () => cancelIdle());
  rest();
  const pending = new Set<Promise<void>>();
  for await (const message of framed(socket)) {
    rest();
    const answered = Promise.resolve(handle(message, 'tcp')).then((answer) => {
      if (answer && !socket.destroyed) socket.write(frame(answer));
    });
    const settled = answered.catch(ignore).finally(() => pending.delete(settled));
    pending.add(settled);
    if (pending.size >= PIPELINED_MAX) await Promise.race(pending);
    // Whoever asks without reading would have us keep all answers.
    if (socket.writableNeedDrain) await drained(socket);
  }
  await Promise.all(pending);
  socket.end();
}

/** A message with its length before it. */
function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 2);
  framed.writeUInt16BE(message.length);
  framed.set(message, 2);
  return framed;
}

async function* framed(stream: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE()) {
      const end = 2 + held.readUInt16BE();
      yield held.subarray(2, end);
      held = held.subarray(end);
    }
  }
}

export interface UpstreamOptions {
  /** The addresses of name servers now, in the order in which they are asked. */
  readonly servers: () => readonly string[];
  /** 53 unless said. */
  readonly port?: number;
}

const ATTEMPT_MS = 1_500; // Three of them are less than a stub resolver waits.
const ATTEMPTS_MAX = 3;
const EXCHANGES_MAX = 512;

/**
 * Asks name servers, one after the other, each for a second and a half. Every question by UDP has a
 * socket of its own, hence a port that can't be guessed, and takes an answer only from where it
 * asked.
 */
export function createUpstream(clock: Clock, { servers, port = 53 }: UpstreamOptions) {
  let running = 0;
  return {
    async exchange(query: Uint8Array, transport: DnsTransport): Promise<Uint8Array> {
      if (running >= EXCHANGES_MAX) throw new RuntimeFailure('transient', 'too many questions');
      running++;
      try {
        const asked = servers();
        if (asked.length === 0) throw new RuntimeFailure('transient', 'no name server is known');
        let failure: unknown;
        for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
          const server = asked[attempt % asked.length]!;
          const ask = transport === 'udp' ? askByUdp : askByTcp;
          try {
            return await ask(clock, query, server, port);
          } catch (error) {
            failure = error;
          }
        }
        throw failure;
      } finally {
        running--;
      }
    },
  };
}

function askByUdp(
  clock: Clock,
  query: Uint8Array,
  server: string,
  port: number,
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
  const cancel = clock.after(ATTEMPT_MS, () => reject(timeout(server)));
  socket.on('error', reject);
  socket.on('message', (answer) => {
    const isOurs = answer.length >= 12 && answer[0] === query[0] && answer[1] === query[1];
    if (isOurs) resolve(answer);
  });
  // Connected, so that the kernel drops what comes from elsewhere and tells of refusals.
  socket.connect(port, server, (error?: Error) => (error ? reject(error) : socket.send(query)));
  return promise.finally(() => {
    cancel();
    socket.close();
  });
}

async function askByTcp(
  clock: Clock,
  query: Uint8Array,
  server: string,
  port: number,
): Promise<Uint8Array> {
  const socket = connect({ host: server, port });
  const cancel = clock.after(ATTEMPT_MS, () => socket.destroy(timeout(server)));
  try {
    socket.write(frame(query));
    for await (const answer of framed(socket)) return answer;
    throw new RuntimeFailure('transient', `name server ${server} hung up`);
  } finally {
    cancel();
    socket.destroy();
  }
}

const timeout = (server: string): RuntimeFailure =>
  new RuntimeFailure('transient', `name server ${server} didn't answer`);
