import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { staticTokens } from '../../src/apiserver/auth/authenticator.ts';
import { objectCodec } from '../../src/apiserver/encoding/json.ts';
import { createInProcessTransport } from '../../src/apiserver/in-process-transport.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { Transport } from '../../src/client/client.ts';
import type { Connection, Endpoint } from '../../src/client/http/connection.ts';
import { connect } from '../../src/client/http/connection.ts';
import { createHttpTransport } from '../../src/client/http/transport.ts';
import { type RunningApiServer, startApiServer } from '../../src/cmd/api-server.ts';
import { Pki } from '../../src/cmd/pki.ts';
import type { User } from '../../src/machinery/api-request.ts';
import type { KubeObject } from '../../src/machinery/object.ts';
import { StatusError } from '../../src/machinery/status.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';

export const ADMIN: User = { name: 'admin', groups: ['system:masters'] };
export const NOBODY: User = { name: 'nobody', groups: [] };
const TOKENS: ReadonlyMap<string, User> = new Map([
  ['token-of-admin', ADMIN],
  ['token-of-nobody', NOBODY],
]);

const notRunning = () => new StatusError('ServiceUnavailable', 'the server is not running');
const NOT_RUNNING: Transport = {
  send: () => Promise.reject(notRunning()),
  watch(_request, sink) {
    queueMicrotask(() => sink.end(notRunning()));
    return () => {};
  },
};

/**
 * A whole API server on a real socket of loopback, on a store in memory and in virtual time, with
 * a proxy before it that can cut connections.
 */
export class ServedApi {
  readonly clock = new VirtualClock();
  readonly store: Store<KubeObject> = createMemoryStore(objectCodec);
  readonly #folder: string;
  readonly #pki: Pki;
  readonly #connections: Connection[] = [];
  #server: RunningApiServer | undefined;
  #proxy: CuttingProxy | undefined;

  static async start(): Promise<ServedApi> {
    const served = new ServedApi();
    await served.#start();
    served.#proxy = await startCuttingProxy(served.#server!.listening.port);
    return served;
  }

  private constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'tutti-served-'));
    // Certificates are checked against the time of the machine.
    this.#pki = new Pki(this.#folder, systemClock, seededRandom(1));
  }

  get proxy(): CuttingProxy {
    return this.#proxy!;
  }

  /** In this process, as `user`, to the server that runs at the time of each call. */
  inProcess(user: User): Transport {
    const now = (): Transport =>
      this.#server ? createInProcessTransport(this.#server.api.heart, user) : NOT_RUNNING;
    return {
      send: (request, signal) => now().send(request, signal),
      watch: (request, sink) => now().watch(request, sink),
    };
  }

  /** Where it is, and who speaks for it. */
  get address(): Pick<Endpoint, 'server'> & { readonly ca: string } {
    return { server: `https://127.0.0.1:${this.proxy.port}`, ca: this.#pki.ca };
  }

  /** By what a user is known. */
  tokenOf(user: User): string {
    return [...TOKENS].find(([, { name }]) => name === user.name)?.[0] ?? '';
  }

  /** Over HTTP, by the token of a user, unless other credentials are given. */
  overHttp(user: User, credentials?: Partial<Endpoint>): Transport {
    const token = this.tokenOf(user);
    const connection = connect({
      ...this.address,
      userAgent: 'test',
      ...(credentials ?? { token }),
    });
    this.#connections.push(connection);
    return createHttpTransport(connection);
  }

  /** What a client shows that is known by a certificate. */
  certificateOf(user: User): Pick<Endpoint, 'certificate' | 'key'> {
    const subject = { commonName: user.name, organizations: user.groups };
    const { cert, key } = this.#pki.keyPair(user.name, { subject, usages: ['client'] });
    return { certificate: cert, key };
  }

  /** Ends the server, without grace, and starts another one on the same store. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.#start();
    this.proxy.target = this.#server!.listening.port;
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await this.proxy.close();
    await this.#stop();
    await this.store.close();
    rmSync(this.#folder, { recursive: true });
  }

  async #start(): Promise<void> {
    const wanted = {
      subject: { commonName: 'apiserver' },
      usages: ['server'],
      names: ['127.0.0.1'],
    } as const;
    const tls = { ...this.#pki.keyPair('apiserver', wanted), ca: this.#pki.ca };
    this.#server = await startApiServer({
      clock: this.clock,
      random: seededRandom(2),
      logger: silentLogger,
      store: this.store,
      listen: { host: '127.0.0.1', port: 0, tls },
      tokens: [staticTokens(TOKENS)],
    });
  }

  async #stop(): Promise<void> {
    const stopped = this.#server?.stop(1);
    this.#server = undefined;
    await this.clock.advance(100);
    await stopped;
  }
}
