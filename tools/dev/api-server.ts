// Runs the API server alone, for trying things: node tools/dev/api-server.ts --data /tmp/x --port 7443
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { staticTokens } from '../../src/apiserver/auth/authenticator.ts';
import { objectCodec } from '../../src/apiserver/encoding/json.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createLogger } from '../../src/base/logger.ts';
import { systemRandom } from '../../src/base/random.ts';
import { startApiServer } from '../../src/cmd/api-server.ts';
import { Pki } from '../../src/cmd/pki.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '/tmp/tutti-dev' },
    port: { type: 'string', default: '7443' },
    host: { type: 'string', default: '127.0.0.1' },
    store: { type: 'string', default: 'memory' },
  },
});
const logger = createLogger(({ level, message, fields }) => {
  process.stderr.write(`${level} ${message} ${JSON.stringify(fields)}\n`);
});
mkdirSync(values.data, { recursive: true });
const pki = new Pki(join(values.data, 'pki'), systemClock, systemRandom);
const serving = pki.keyPair('apiserver', {
  subject: { commonName: 'kube-apiserver' },
  usages: ['server'],
  names: [
    'localhost',
    '127.0.0.1',
    '::1',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
  ],
});
const admin = pki.keyPair('admin', {
  subject: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
  usages: ['client'],
});
const user = { name: 'dev', groups: ['system:masters', 'system:authenticated'] };
const server = await startApiServer({
  clock: systemClock,
  random: systemRandom,
  logger,
  store:
    values.store === 'memory'
      ? createMemoryStore(objectCodec)
      : await openSqliteStore(objectCodec, { file: join(values.data, 'state.db') }),
  accountKey: () => pki.serviceAccountKey(),
  tokens: [staticTokens(new Map([['dev', user]]))],
  listen: { host: values.host, port: Number(values.port), tls: { ...serving, ca: pki.ca } },
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
writeFileSync(
  join(values.data, 'kubeconfig'),
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dev',
    clusters: [
      {
        name: 'dev',
        cluster: {
          server: `https://127.0.0.1:${server.listening.port}`,
          'certificate-authority-data': base64(pki.ca),
        },
      },
    ],
    users: [
      {
        name: 'dev',
        user: {
          'client-certificate-data': base64(admin.cert),
          'client-key-data': base64(admin.key),
        },
      },
    ],
    contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'dev' } }],
  }),
);
process.stdout.write(
  `ready https://127.0.0.1:${server.listening.port} ${performance.now().toFixed(0)} ms\n`,
);
const stop = () => void server.stop(2000).then(() => process.exit(0));
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
