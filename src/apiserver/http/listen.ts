import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, every } from '../../base/clock.ts';

/** What the server shows of itself, and whose clients it trusts. All PEM. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  /** The authority whose client certificates name users. */
  readonly ca: string;
}

export interface ListenOptions {
  readonly tls: TlsOptions;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** A server that listens. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Shows another certificate to connections that begin from now on. */
  use(pair: Pick<TlsOptions, 'cert' | 'key'>): void;
  /**
   * Takes no new connections, lets requests finish for up to `graceMs`, then cuts what is left.
   */
  close(graceMs: number): Promise<void>;
}

/** Upgrades of a connection, as `exec` asks for. */
export type UpgradeHandler = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

export interface RequestHandlers {
  handle(request: IncomingMessage, response: ServerResponse): void;
  upgrade?: UpgradeHandler;
  /** Told of each connection when it begins, and when it is secure. */
  connected?(): void;
  /** Told of a connection that could not be taken, such as when file handles have run out. */
  failed?(error: Error): void;
}

// As kube-apiserver: clients that pool connections close them before the server does.
const KEEP_ALIVE_MS = 180_000;
/** An `exec` or a watch may be silent for hours; whether its client has power is asked after so long. */
const SILENCE_MS = 30_000;
const HEADERS_TIMEOUT_MS = 32_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Selectors of hundreds of names make long URLs. */
const HEADERS_MAX_BYTES = 128 * 1024;
const IDLE_CHECK_MS = 20;

/** Listens for HTTP/1.1 and HTTP/2 over TLS. Rejects when the address can't be had. */
export async function listen(
  clock: Clock,
  handlers: RequestHandlers,
  { tls, host, port }: ListenOptions,
): Promise<Listening> {
  const server = createSecureServer({
    ...tls,
    ...trusted(tls),
    allowHTTP1: true,
    requestCert: true,
    rejectUnauthorized: false, // Tokens do as well; who shows neither is anonymous.
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAlive: true,
    keepAliveInitialDelay: SILENCE_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxHeaderSize: HEADERS_MAX_BYTES,
    settings: { maxConcurrentStreams: 250 },
  } as Parameters<typeof createSecureServer>[0]);
  const sockets = track(server);
  for (const event of ['connection', 'secureConnection']) {
    server.on(event, () => handlers.connected?.());
  }
  server.on('request', (request, response) =>
    handlers.handle(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  if (handlers.upgrade) {
    server.on('upgrade', (request, socket, head) => handlers.upgrade?.(request, socket, head));
  }
  // What a client does to its connection concerns that connection alone.
  server.on('tlsClientError', () => {});
  server.on('sessionError', () => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', (error) => handlers.failed?.(error));
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    host: address.address,
    port: address.port,
    use: ({ cert, key }) => server.setSecureContext({ ...trusted(tls), cert, key }),
    close: (graceMs) => closeGently(clock, server, sockets, graceMs),
  };
}

const trusted = ({ ca }: TlsOptions) => ({ ca, minVersion: 'TLSv1.2' }) as const;

/** Every connection, from before it is known whether its client speaks TLS at all. */
function track(server: Http2SecureServer): Set<Socket> {
  const sockets = new Set<Socket>();
  const add = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  };
  server.on('connection', add);
  server.on('secureConnection', (socket) => {
    socket.setNoDelay(true);
    add(socket);
  });
  return sockets;
}

function closeGently(
  clock: Clock,
  server: Http2SecureServer,
  sockets: ReadonlySet<Socket>,
  graceMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const stopTimer = clock.after(graceMs, () => {
      for (const socket of sockets) socket.destroy();
    });
    // Connections that clients keep for later requests aren't closed by the requests' end.
    const { closeIdleConnections } = server as unknown as { closeIdleConnections: () => void };
    const stopClosing = every(clock, IDLE_CHECK_MS, () => closeIdleConnections.call(server));
    server.close(() => {
      stopTimer();
      stopClosing();
      resolve();
    });
  });
}
