import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from './api.ts';
import type { BareOrders } from './bare/server.ts';
import { Child } from './child.ts';
import type { Target } from './load/connection.ts';
import type { Answer, Job, Reports } from './load/main.ts';
import { TuttiCluster } from './tutti-cluster.ts';
import { TuttiServer, type TuttiServerOptions } from './tutti-server.ts';

/** How much to do: all of it, or just enough to see that it works. */
export type Size = 'full' | 'quick';

/** A server that answers ready bytes, for comparison. */
export interface BareServer {
  readonly target: Target;
  readonly pid: number;
  answer(orders: Omit<BareOrders, 'tls'>): Promise<void>;
  kill(): void;
}

/** The `tutti server` that most scenarios share, with what belongs to it. */
export interface Bench {
  readonly server: TuttiServer;
  readonly api: Api;
  readonly bare: BareServer;
}

/** Where scenarios run: a folder, and processes that end with it. */
export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), 'tutti-bench-'));
  readonly #profileFolder: string | undefined;
  readonly #running = new Set<{ kill(): void }>();
  #servers = 0;
  #clusters = 0;
  #load: Child<Job, Answer> | undefined;
  #shared: Promise<Bench> | undefined;

  constructor(options: { readonly profileFolder?: string | undefined } = {}) {
    this.#profileFolder = options.profileFolder;
    process.once('exit', () => this.#end());
  }

  /** A `tutti server` of one's own, on a data folder of its own unless one is named. */
  async startServer(options: Partial<TuttiServerOptions> = {}): Promise<TuttiServer> {
    const server = await TuttiServer.start({
      folder: join(this.folder, `server-${this.#servers++}`),
      components: 'api',
      profileFolder: this.#profileFolder,
      ...options,
    });
    this.#running.add(server);
    return server;
  }

  /** The API server that scenarios share, each in namespaces of its own. */
  shared(): Promise<Bench> {
    this.#shared ??= this.#startShared();
    return this.#shared;
  }

  async #startShared(): Promise<Bench> {
    const server = await this.startServer();
    return { server, api: new Api(server.target), bare: await this.startBare(server) };
  }

  /** A cluster that isn't up yet, apart from all others on this machine. */
  cluster(): TuttiCluster {
    const number = this.#clusters++;
    const cluster = new TuttiCluster(join(this.folder, `up-${number}`), `bench${number}`);
    this.#running.add(cluster);
    return cluster;
  }

  /** A bare server that shows the same certificate as `beside`. */
  async startBare(beside: TuttiServer): Promise<BareServer> {
    const file = join(import.meta.dirname, 'bare/server.ts');
    const child = new Child<BareOrders, { readonly port: number }>(file);
    this.#running.add(child);
    const { port } = await child.ask({ tls: beside.servingCertificate });
    return {
      pid: child.pid,
      target: { ...beside.target, port },
      async answer(orders) {
        await child.ask(orders);
      },
      kill: () => child.kill(),
    };
  }

  /** Has the process of the clients do something, and resolves with what it measured. */
  async load<T extends Job['type']>(job: Extract<Job, { type: T }>): Promise<Reports[T]> {
    if (this.#load === undefined) {
      this.#load = new Child(join(import.meta.dirname, 'load/main.ts'));
      this.#running.add(this.#load);
    }
    const answer = await this.#load.ask(job);
    if ('error' in answer) throw new Error(`the load failed: ${answer.error}`);
    return answer.report as Reports[T];
  }

  /** Ends what is still running, gently where a profile has to be written, and clears up. */
  async close(): Promise<void> {
    const shared = await this.#shared?.catch(() => undefined);
    shared?.api.close();
    await shared?.server.stop();
    this.#end();
  }

  #end(): void {
    for (const each of this.#running) each.kill();
    this.#running.clear();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
