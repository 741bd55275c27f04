import { mkdtempSync, rmSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { request as requestHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { objectCodec } from '../../src/apiserver/encoding/json.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createLogger, type LogEntry } from '../../src/base/logger.ts';
import { systemRandom } from '../../src/base/random.ts';
import { startApiServer } from '../../src/cmd/api-server.ts';
import { Pki } from '../../src/cmd/pki.ts';
import type { KubeObject } from '../../src/machinery/object.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** An API server with a real socket, TLS and certificates, on a store in memory. */
export class WireServer {
  readonly store: Store<KubeObject>;
  readonly log: readonly LogEntry[];
  readonly port: number;
  readonly #tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly #stop: () => Promise<void>;

  static async start(store = createMemoryStore(objectCodec)): Promise<WireServer> {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-wire-'));
    const pki = new Pki(folder, systemClock, systemRandom);
    const names = ['localhost', '127.0.0.1'];
    const tls = pki.keyPair('server', { subject: { commonName: 's' }, usages: ['server'], names });
    const admin = { commonName: 'admin', organizations: ['system:masters'] };
    const client = pki.keyPair('admin', { subject: admin, usages: ['client'] });
    rmSync(folder, { recursive: true });
    const log: LogEntry[] = [];
    const { listening, stop } = await startApiServer({
      clock: systemClock,
      random: systemRandom,
      logger: createLogger((entry) => log.push(entry)),
      store,
      listen: { host: '127.0.0.1', port: 0, tls: { ...tls, ca: pki.ca } },
    });
    return new WireServer(store, log, listening.port, { ca: pki.ca, ...client }, () => stop(100));
  }

  private constructor(
    store: Store<KubeObject>,
    log: readonly LogEntry[],
    port: number,
    tls: { readonly ca: string; readonly cert: string; readonly key: string },
    stop: () => Promise<void>,
  ) {
    this.store = store;
    this.log = log;
    this.port = port;
    this.#tls = tls;
    this.#stop = stop;
  }

  /** One request over HTTP/1.1, on a connection of its own. */
  send(
    method: string,
    path: string,
    { body, headers }: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
  ): Promise<WireAnswer> {
    const { port } = this;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const all = { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers };
    return new Promise((resolve, reject) => {
      const options = { ...this.#tls, host: '127.0.0.1', port, method, path, headers: all };
      const request = requestHttps({ ...options, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: Buffer.concat(chunks) });
        });
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  /** A connection that speaks whatever the test makes it say, as the administrator or as nobody. */
  async connect({ isAnonymous = false } = {}): Promise<TLSSocket> {
    const { port } = this;
    const { ca, ...pair } = this.#tls;
    const about = { ca, host: '127.0.0.1', port, ALPNProtocols: ['http/1.1'] };
    const socket = connect(isAnonymous ? about : { ...about, ...pair });
    await new Promise((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject);
    });
    return socket;
  }

  /** A connection that speaks HTTP/2. */
  connectHttp2(): ClientHttp2Session {
    return connectHttp2(`https://127.0.0.1:${this.port}`, this.#tls);
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}
