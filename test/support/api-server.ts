import { definitions } from '../../src/api/definitions.ts';
import { createApiServer } from '../../src/apiserver/api-server.ts';
import { bootstrap } from '../../src/apiserver/bootstrap.ts';
import { objectCodec } from '../../src/apiserver/encoding/json.ts';
import { createInProcessTransport } from '../../src/apiserver/in-process-transport.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/typed-client.ts';
import { createMemoryStore } from '../../src/store/memory.ts';

/** An API server in this process, with nothing on disk and nobody refused. */
export interface TestApiServer {
  clientFor(component: string): Client;
  stop(): void;
}

export async function startTestApiServer(): Promise<TestApiServer> {
  const server = createApiServer({
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    store: createMemoryStore(objectCodec),
    definitions,
  });
  await bootstrap(server.heart);
  return {
    clientFor(component) {
      const user = { name: component, groups: ['system:masters'] };
      const transport = createInProcessTransport(server.heart, user);
      return createClient(transport, { fieldManager: component });
    },
    stop: () => server.close(),
  };
}
