import { type Authorizer, checkRequest } from '../apiserver/auth/authorizer.ts';
import type { ConnectRequest, Location } from '../apiserver/connect/location.ts';
import type { ReachableHeart } from '../apiserver/http/handler.ts';
import type { Cancel } from '../base/clock.ts';
import type { Transport } from '../client/client.ts';
import type { ApiAnswer, ApiRequest, User, WatchSink } from '../machinery/api-request.ts';
import { StatusError } from '../machinery/status.ts';
import { FaultyTransport } from '../sim/faulty-transport.ts';
import type { SimulatedServer } from '../sim/simulated-server.ts';
import type { World } from '../sim/world.ts';

/** What a heart for those outside needs to know. */
export interface OutsideParts {
  readonly world: World;
  readonly authorizer: Authorizer;
  /** Told of each request, its answer, and each event that is sent to somebody. */
  readonly noted: () => void;
}

/**
 * A simulated cluster's API as those outside of the process reach it: as somebody, not as everybody,
 * and with what goes wrong on the way.
 */
export class OutsideHeart implements ReachableHeart {
  readonly #parts: OutsideParts;
  /** The way there, by the name of who goes it. */
  readonly #transports = new Map<string, Transport>();

  constructor(parts: OutsideParts) {
    this.#parts = parts;
  }

  handle(request: ApiRequest, user: User): Promise<ApiAnswer> {
    this.#admit(request, user);
    return this.#transportOf(user).send(request).finally(this.#parts.noted);
  }

  watch(request: ApiRequest, user: User, sink: WatchSink): Cancel {
    const { noted } = this.#parts;
    this.#admit(request, user);
    return this.#transportOf(user).watch(request, {
      next(event) {
        noted();
        sink.next(event);
      },
      end: (error) => sink.end(error),
    });
  }

  /** Nothing really runs on a simulated node: what asks a container for something is refused. */
  connect(request: ApiRequest, user: User, connect: ConnectRequest): Location | undefined {
    this.#admit(request, user);
    const { heart } = this.#parts.world.server;
    const { plural, name, subresource } = request;
    try {
      if (heart.connect(request, user, connect) === undefined) return undefined;
    } catch (error) {
      // That its node has no address isn't what the user should hear of.
      if (!(error instanceof StatusError) || error.code !== 500) throw error;
    }
    const message = `${plural} "${name}" is simulated, nothing runs there that could answer "${subresource}"`;
    throw new StatusError('', message, undefined, 501);
  }

  #admit(request: ApiRequest, user: User): void {
    this.#parts.noted();
    checkRequest(this.#parts.authorizer, user, request);
  }

  #transportOf(user: User): Transport {
    const { world } = this.#parts;
    const key = JSON.stringify([user.name, user.groups]);
    let transport = this.#transports.get(key);
    if (transport === undefined) {
      const random = world.streams.stream(`faults outside ${key}`);
      const tools = { clock: world.clock, random, rates: () => world.faults, called: () => {} };
      transport = new FaultyTransport(directTransport(world.apiServer, user), tools);
      this.#transports.set(key, transport);
    }
    return transport;
  }
}

/** As in-process callers have it, but a watch that is refused is refused at once, as over HTTP. */
function directTransport(server: SimulatedServer, user: User): Transport {
  const inProcess = server.transportFor(user);
  return {
    send: (request, signal) => inProcess.send(request, signal),
    watch: (request, sink) =>
      server.isUp ? server.api.heart.watch(request, user, sink) : inProcess.watch(request, sink),
  };
}
