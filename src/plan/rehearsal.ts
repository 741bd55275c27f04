import { definitions } from '../api/definitions.ts';
import { type ApiServer, createApiServer } from '../apiserver/api-server.ts';
import { createInProcessTransport } from '../apiserver/in-process-transport.ts';
import { catalogOf } from '../apiserver/registry/resource-catalog.ts';
import { silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { ServedResource } from '../cli/discovery.ts';
import type { Client, Transport } from '../client/client.ts';
import { createClient } from '../client/typed-client.ts';
import { startControllers } from '../controllers/all.ts';
import type { KubeObject } from '../machinery/object.ts';
import { startScheduler } from '../scheduler/start.ts';
import type { Store } from '../store/store.ts';
import { Fleet } from './fleet.ts';
import type { PodExpectation } from './pod-times.ts';
import { Provisioner, workingClasses } from './provisioner.ts';
import { Stir } from './stir.ts';

export interface RehearsalOptions {
  /** The state it begins with. */
  readonly store: Store<KubeObject>;
  /** Its time in the beginning, in milliseconds since the epoch. */
  readonly startMs: number;
  /** From what all chance comes. */
  readonly seed: number;
  /** The certificate that pods trust the API server by, as it stands in the state. */
  readonly rootCertificate: string;
  readonly expectation: PodExpectation;
}

/** So many calls in one moment are a hot loop: virtual time would never go on. */
const CALLS_AT_ONCE_MAX = 500_000;
const CATCH_UP_MS = 10;

/**
 * A control plane in this process, in virtual time, on a state that was read elsewhere: production
 * API server, controllers and scheduler, and nodes whose pods behave as is expected of them.
 */
export class Rehearsal {
  readonly clock: VirtualClock;
  readonly store: Store<KubeObject>;
  readonly #server: ApiServer;
  readonly #stop = new AbortController();
  readonly #options: RehearsalOptions;
  readonly #stir: Stir;
  #calls = { atMs: -1, count: 0 };
  #hotLoop: string | undefined;
  #addresses = 0;
  #lives = 0;

  constructor(options: RehearsalOptions) {
    const { store, startMs } = options;
    this.#options = options;
    this.clock = new VirtualClock(startMs);
    this.store = store;
    const parts = { clock: this.clock, random: this.#random(), logger: silentLogger, store };
    this.#server = createApiServer({ ...parts, definitions });
    this.#stir = new Stir(store, this.clock);
  }

  /** What its API server serves at the moment. */
  get served(): readonly ServedResource[] {
    return this.#server.table
      .list()
      .map(({ group, version, plural, kind, namespaced, ...each }) => {
        const { shortNames = [], categories = [], singular = kind.toLowerCase() } = each.definition;
        const names = { plural, kind, singular, shortNames, categories };
        return { group, version, namespaced, verbs: each.verbs, ...names };
      });
  }

  /** A client whose writes bear the name of a field manager. */
  clientFor(fieldManager: string): Client {
    const user = { name: `system:${fieldManager}`, groups: ['system:masters'] };
    const direct = createInProcessTransport(this.#server.heart, user);
    const counted: Transport = {
      ...direct,
      send: (request, signal) => {
        this.#countCall(`${fieldManager}: ${request.verb} ${request.plural}`);
        return direct.send(request, signal);
      },
    };
    return createClient(counted, { fieldManager });
  }

  /** Starts everything. Resolves when all have caught up with the state. */
  async start(): Promise<void> {
    const { clock, store } = this;
    const { signal } = this.#stop;
    const clientFor = (name: string) => this.clientFor(name);
    const tools = () => ({ clock, random: this.#random(), logger: silentLogger });
    const options = {
      rootCertificate: this.#options.rootCertificate,
      catalog: catalogOf(this.#server.table),
      podCidrs: ['10.244.0.0/16'],
    };
    void startControllers({ ...tools(), clientFor }, options, signal);
    startScheduler({ ...tools(), client: clientFor('kube-scheduler'), signal });
    const { expectation } = this.#options;
    const takeAddress = () => this.#takeAddress();
    const client = clientFor('kubelet');
    new Fleet({ ...tools(), client, store, expectation, takeAddress }).start(signal);
    const provisioner = { ...tools(), client: clientFor('provisioner') };
    new Provisioner(provisioner, workingClasses(store.snapshot())).start(signal);
    await this.pass(CATCH_UP_MS);
  }

  /** How long nobody has written anything that counts, in milliseconds. */
  get quietMs(): number {
    return this.#stir.quietMs;
  }

  /** Goes on counting as quiet whatever objects with these UIDs do, and what belongs to them. */
  disregard(uids: Iterable<string>): void {
    this.#stir.disregard(uids, this.store.snapshot());
  }

  /** Lets time go by. Rejects when somebody works without end in one moment. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    if (this.#hotLoop) throw new Error(`the rehearsal got stuck in a hot loop: ${this.#hotLoop}`);
  }

  /** Lets as much time go by as a task takes that waits on the clock. */
  async during<T>(task: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    task.then(done, done);
    await this.pass(0);
    while (!isDone) await this.pass(10);
    return task;
  }

  /** Ends everything. The state stays. */
  close(): void {
    this.#stop.abort();
    this.#stir.close();
    this.#server.close();
  }

  #random() {
    return seededRandom(this.#options.seed * 1000 + this.#lives++);
  }

  #countCall(call: string): void {
    const atMs = this.clock.monotonicMs();
    if (atMs !== this.#calls.atMs) this.#calls = { atMs, count: 0 };
    if (++this.#calls.count < CALLS_AT_ONCE_MAX) return;
    this.#hotLoop ??= call;
    this.#stop.abort();
  }

  /** From the range for benchmarks (RFC 2544), which no pod of a real cluster has. */
  #takeAddress(): string {
    const n = ++this.#addresses;
    return `198.${18 + ((n >> 16) & 1)}.${(n >> 8) & 255}.${n & 255}`;
  }
}
