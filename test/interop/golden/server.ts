import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { staticTokens } from '../../../src/apiserver/auth/authenticator.ts';
import { objectCodec } from '../../../src/apiserver/encoding/json.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { type Logger, silentLogger } from '../../../src/base/logger.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { startApiServer } from '../../../src/cmd/api-server.ts';
import { Pki } from '../../../src/cmd/pki.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';

/** The token of the administrator whom the recordings were made as. */
export const TOKEN = 'token-of-admin';

/** An API server set up as the one that was recorded: no controllers, no nodes. */
export interface ComparedServer {
  readonly url: string;
  readonly ca: string;
  close(): Promise<void>;
}

export async function startComparedServer(logger: Logger = silentLogger): Promise<ComparedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-golden-'));
  const pki = new Pki(folder, systemClock, systemRandom);
  const serving = pki.keyPair('apiserver', {
    subject: { commonName: 'apiserver' },
    usages: ['server'],
    names: ['127.0.0.1'],
  });
  const groups = ['system:masters', 'system:authenticated'];
  const admin = { name: 'admin', uid: 'admin-uid', groups };
  const store = createMemoryStore(objectCodec);
  const server = await startApiServer({
    clock: systemClock,
    random: systemRandom,
    logger,
    store,
    listen: { host: '127.0.0.1', port: 0, tls: { ...serving, ca: pki.ca } },
    tokens: [staticTokens(new Map([[TOKEN, admin]]))],
    accountKey: () => pki.serviceAccountKey(),
    serviceCidrs: ['10.96.0.0/16'],
  });
  return {
    url: `https://127.0.0.1:${server.listening.port}`,
    ca: pki.ca,
    async close() {
      await server.stop(1);
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
