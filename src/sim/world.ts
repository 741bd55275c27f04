import { definitions } from '../api/definitions.ts';
import { createApiServer } from '../apiserver/api-server.ts';

import { objectCodec } from '../apiserver/encoding/json.ts';
import { createInProcessTransport } from '../apiserver/in-process-transport.ts';
import { catalogOf } from '../apiserver/registry/resource-catalog.ts';
import { createLogger, type LogEntry } from '../base/logger.ts';
import { type Random, seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { Client } from '../client/client.ts';
import { createClient } from '../client/typed-client.ts';
import { startControllers } from '../controllers/all.ts';
import { createMemoryStore } from '../store/memory.ts';

/** A control plane in this process, in virtual time, whose every chance comes from one seed. */
export interface World {
  readonly clock: VirtualClock;
  readonly random: Random;
  /** Everything that was logged, oldest first. */
  readonly log: readonly LogEntry[];
  /** The administrator's client. */
  readonly client: Client;
  clientFor(component: string): Client;
  /** Stops everything. */
  close(): void;
}

/** Starts the API server on an empty in-memory store, with all controllers. */
export async function createWorld(seed: number): Promise<World> {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const log: LogEntry[] = [];
  const logger = createLogger((entry) => log.push(entry));
  const stop = new AbortController();
  const server = createApiServer({
    clock,
    random,
    logger,
    store: createMemoryStore(objectCodec),
    definitions,
  });
  const clientFor = (component: string): Client => {
    const user = { name: `system:${component}`, groups: ['system:masters'] };
    const transport = createInProcessTransport(server.heart, user);
    return createClient(transport, { fieldManager: component });
  };
  const controllers = startControllers(
    { clock, random, logger, clientFor },
    {
      rootCertificate: 'simulated',
      catalog: catalogOf(server.table),
      podCidrs: ['10.244.0.0/16'],
    },
    stop.signal,
  );
  await clock.advance(10);
  await controllers;
  return {
    clock,
    random,
    log,
    client: clientFor('admin'),
    clientFor,
    close() {
      stop.abort();
      server.close();
    },
  };
}
