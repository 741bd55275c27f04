import { definitions } from '../../src/api/definitions.ts';
import { type ApiServer, createApiServer } from '../../src/apiserver/api-server.ts';
import { bootstrap } from '../../src/apiserver/bootstrap.ts';
import { objectCodec } from '../../src/apiserver/encoding/json.ts';
import { createInProcessTransport } from '../../src/apiserver/in-process-transport.ts';
import { createLogger, type LogEntry, type Logger } from '../../src/base/logger.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { Client, Transport } from '../../src/client/client.ts';
import { createClient } from '../../src/client/typed-client.ts';
import type { ApiRequest } from '../../src/machinery/api-request.ts';
import type { KubeObject } from '../../src/machinery/object.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';

/** An API server in this process, in virtual time, on a store in memory. */
export interface VirtualApi {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly logger: Logger;
  readonly log: readonly LogEntry[];
  readonly store: Store<KubeObject>;
  readonly server: ApiServer;
  readonly client: Client;
  /** Every request that came in, but for those of `client`. */
  readonly requests: readonly ApiRequest[];
  /** A client whose transport is wrapped, so that things go wrong on it. */
  clientThrough(wrap: (transport: Transport) => Transport): Client;
  close(): void;
}

export async function startVirtualApi(seed = 1): Promise<VirtualApi> {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const log: LogEntry[] = [];
  const logger = createLogger((entry) => log.push(entry));
  const store = createMemoryStore(objectCodec);
  const server = createApiServer({ clock, random, logger, store, definitions });
  await bootstrap(server.heart);
  const user = { name: 'test', groups: ['system:masters'] };
  const direct = createInProcessTransport(server.heart, user);
  const requests: ApiRequest[] = [];
  const noted: Transport = {
    send(request, signal) {
      requests.push(request);
      return direct.send(request, signal);
    },
    watch: (request, sink) => direct.watch(request, sink),
  };
  return {
    clock,
    random,
    logger,
    log,
    store,
    server,
    requests,
    client: createClient(direct, { fieldManager: 'test' }),
    clientThrough: (wrap) => createClient(wrap(noted), { fieldManager: 'test' }),
    close: () => server.close(),
  };
}
