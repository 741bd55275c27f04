import { definitions } from '../api/definitions.ts';
import { type ApiServer, createApiServer } from '../apiserver/api-server.ts';
import { type Authorizer, allowAll, authorizerChain } from '../apiserver/auth/authorizer.ts';
import { createInProcessTransport } from '../apiserver/in-process-transport.ts';
import { catalogOf } from '../apiserver/registry/resource-catalog.ts';
import { startCompaction } from '../apiserver/upkeep/compaction.ts';
import { startExpiry } from '../apiserver/upkeep/expiry.ts';
import type { Cancel, Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Transport } from '../client/client.ts';
import type { ResourceCatalog } from '../client/resource-catalog.ts';
import type { User } from '../machinery/api-request.ts';
import type { KubeObject } from '../machinery/object.ts';
import { StatusError } from '../machinery/status.ts';
import type { Store } from '../store/store.ts';
import { FaultyStore } from './faulty-store.ts';
import type { RandomStreams } from './random-streams.ts';
import { Turns } from './turns.ts';

export interface SimulatedServerTools {
  readonly clock: Clock;
  readonly streams: RandomStreams;
  readonly logger: Logger;
  /** What the server keeps its objects in; it outlives the server. */
  readonly store: Store<KubeObject>;
  /** Whether calls take turns, so that it makes no difference how long the store takes. */
  readonly takesTurns: boolean;
}

/** One life of the server, from its start to its crash. */
interface Life {
  readonly api: ApiServer;
  readonly store: FaultyStore<KubeObject>;
  /** Rejects when it ends: connections break. */
  readonly ended: Promise<never>;
  end(): void;
}

/** The production API server in virtual time, which can crash and come back on the same store. */
export class SimulatedServer {
  /** Who decides who may do what, asked in order; may be changed. At first all may do all. */
  readonly authorizers: Authorizer[] = [allowAll];
  readonly #tools: SimulatedServerTools;
  readonly #catalogListeners = new Set<() => void>();
  /** In which calls are let through, where they take turns. */
  readonly turns: Turns | undefined;
  #life: Life;
  #lives = 0;
  #isUp = true;
  #isDiskFull = false;

  constructor(tools: SimulatedServerTools) {
    this.#tools = tools;
    this.turns = tools.takesTurns ? new Turns(() => this.#life.store.idle()) : undefined;
    this.#life = this.#begin();
  }

  /** The one that runs, or that ran last. */
  get api(): ApiServer {
    return this.#life.api;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** What the server offers at the moment, whichever of its lives that is. */
  readonly catalog: ResourceCatalog = {
    resources: () => catalogOf(this.api.table).resources(),
    onChange: (listener) => {
      this.#catalogListeners.add(listener);
      return () => this.#catalogListeners.delete(listener);
    },
  };

  /** Ends at once: no call is answered, watches break, and nothing is written any more. */
  crash(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#life.end();
  }

  /** Starts again with what the store has. */
  start(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.#life = this.#begin();
    for (const listener of this.#catalogListeners) listener();
  }

  /** From now on no write finds room on the disk, or all do again. */
  fillDisk(isFull: boolean): void {
    this.#isDiskFull = isFull;
    this.#life.store.isFull = isFull;
  }

  /** A way to the server that breaks with each of its lives; `isOutside` for who takes no turns. */
  transportFor(user: User, isOutside = false): Transport {
    const { turns } = this;
    const inLife = () => createInProcessTransport(this.api.heart, user);
    return {
      send: async (request, signal) => {
        if (!this.#isUp) throw isDown();
        const call = () => Promise.race([inLife().send(request, signal), this.#life.ended]);
        if (!turns) return call();
        return isOutside ? turns.runNow(call) : turns.run(call);
      },
      watch: (request, sink) => {
        if (this.#isUp) return inLife().watch(request, sink);
        return this.#tools.clock.after(1, () => sink.end(isDown()));
      },
    };
  }

  close(): void {
    this.crash();
  }

  #begin(): Life {
    const { clock, streams, logger } = this.#tools;
    const store = new FaultyStore(this.#tools.store);
    store.isFull = this.#isDiskFull;
    const life = this.#lives++;
    const random = streams.stream(life === 0 ? 'server' : `server ${life}`);
    const authorizer = authorizerChain(this.authorizers);
    const api = createApiServer({ clock, random, logger, store, definitions, authorizer });
    const cancels: Cancel[] = [
      startCompaction(store, clock, logger),
      startExpiry({ store, clock, logger }, api.table),
      api.table.onChange(() => {
        for (const listener of this.#catalogListeners) listener();
      }),
    ];
    const { promise: ended, reject } = Promise.withResolvers<never>();
    ended.catch(() => {}); // Nobody may be waiting.
    return {
      api,
      store,
      ended,
      end() {
        reject(new StatusError('Timeout', 'simulated: the server died'));
        store.cut();
        for (const cancel of cancels) cancel();
        api.close();
      },
    };
  }
}

const isDown = (): StatusError =>
  new StatusError('ServiceUnavailable', 'simulated: server is down');
