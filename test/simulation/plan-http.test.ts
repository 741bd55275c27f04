import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { deployments } from '../../src/api/generated/apps/v1/resources.ts';
import { configMaps, namespaces, secrets } from '../../src/api/generated/core/v1/resources.ts';
import { discover } from '../../src/cli/discovery.ts';
import { parseManifests } from '../../src/cli/manifests.ts';
import { memoryIo, testTools } from '../../src/cli/testing.ts';
import {
  type Connection,
  connect,
  type HttpRequest,
  readText,
} from '../../src/client/http/connection.ts';
import { createHttpTransport } from '../../src/client/http/transport.ts';
import { createClient } from '../../src/client/typed-client.ts';
import { plan as planCommand } from '../../src/cmd/commands/plan.ts';
import { clientSource, metadataPagesOver } from '../../src/plan/live-source.ts';
import { plan } from '../../src/plan/plan.ts';
import { readOnly } from '../../src/plan/read-only.ts';
import { ADMIN, ServedApi } from '../support/served-api.ts';

// Goal: over HTTP a plan reads and never writes, and what is in Secrets stays on the server.

let api: ServedApi;
before(async () => {
  api = await ServedApi.start();
});
after(() => api.close());

/** A connection that remembers what went over it. */
function recorded(inner: Connection, requests: HttpRequest[], texts: string[]): Connection {
  return {
    async open(request) {
      requests.push(request);
      const { statusCode, headers, ...rest } = await readWhole(inner, request);
      texts.push(rest.text);
      const again = Readable.from([Buffer.from(rest.text)]);
      return Object.assign(again, { statusCode, headers }) as unknown as IncomingMessage;
    },
    close: () => inner.close(),
  };
}

async function readWhole(connection: Connection, request: HttpRequest) {
  const answer = await connection.open(request);
  const { statusCode, headers } = answer;
  return { statusCode, headers, text: await readText(answer) };
}

const PASSWORD = 'open-sesame';

const secretOf = (name: string) =>
  ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default' },
    stringData: { password: PASSWORD },
  }) as never;

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1" }] }
`;

test('a plan asks with GET alone, and never for the contents of Secrets', async () => {
  const admin = createClient(api.overHttp(ADMIN), { fieldManager: 'admin' });
  for (const name of ['default', 'kube-system', 'kube-node-lease']) {
    await admin
      .create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } as never)
      .catch(() => {});
  }
  for (const name of ['one', 'two']) await admin.create(secrets, secretOf(name));
  await admin.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'large', namespace: 'default' },
    data: { text: 'not to be sent around' },
  } as never);
  const requests: HttpRequest[] = [];
  const texts: string[] = [];
  const token = api.tokenOf(ADMIN);
  const inner = connect({ ...api.address, userAgent: 'test', token });
  const connection = readOnly(recorded(inner, requests, texts));
  const client = createClient(createHttpTransport(connection), { fieldManager: 'tutti' });
  const pages = metadataPagesOver(connection);
  const source = clientSource(client, () => discover(connection), pages);
  const revision = api.store.revision;
  const wish = {
    manifests: parseManifests(WEB, 'app.yaml'),
    namespace: undefined,
    contextNamespace: 'default',
    force: false,
    isDeletion: false,
  };
  const found = await plan(source, wish, { now: api.clock.now() });
  inner.close();
  assert.equal(found.counts.create, 1);
  assert.equal(api.store.revision, revision, 'nothing was written');
  assert.deepEqual(new Set(requests.map(({ method }) => method)), new Set(['GET']));
  assert.ok(requests.some(({ path }) => path.startsWith('/api/v1/secrets?limit=')));
  for (const hidden of [PASSWORD, Buffer.from(PASSWORD).toString('base64'), 'not to be sent']) {
    assert.ok(!texts.join('').includes(hidden), hidden);
  }
  assert.match(texts.join(''), /PartialObjectMetadataList/);
  const rejected = createClient(createHttpTransport(connection), { fieldManager: 'tutti' });
  await assert.rejects(
    rejected.apply(deployments, {}, { name: { name: 'a', namespace: 'b' }, fieldManager: 'c' }),
    /PATCH is no reading/,
  );
});

async function planIn(text: string, ...words: string[]): Promise<{ code: number; out: string }> {
  const io = memoryIo({ input: text });
  const inner = connect({ ...api.address, userAgent: 'test', token: api.tokenOf(ADMIN) });
  const resources = () => discover(inner);
  const openCluster = async () => ({ connection: inner, namespace: 'default', resources });
  const options = {
    filename: ['-'],
    namespace: undefined,
    'force-conflicts': false,
    delete: words.includes('--delete'),
    timeline: false,
    within: '20m',
    output: words.includes('json') ? 'json' : undefined,
  };
  const context = { ...testTools(io), clock: api.clock, openCluster };
  const code = await planCommand.run({ arguments: [], options } as never, context as never);
  inner.close();
  return { code, out: io.out };
}

const CONFIG = `
apiVersion: v1
kind: ConfigMap
metadata: { name: paint }
data: { colour: red }
`;

test('exits with 2 when something would change, 0 when nothing would, 1 when it would fail', async () => {
  const first = await planIn(CONFIG);
  assert.deepEqual(first, {
    code: 2,
    out: 'Plan: 1 to create, 0 to change, 0 to delete; done at once\n\n  + configmap/paint\n',
  });
  const tutti = createClient(api.overHttp(ADMIN), { fieldManager: 'tutti' });
  const name = { namespace: 'default', name: 'paint' };
  const [{ object } = { object: {} }] = parseManifests(CONFIG, 'app.yaml');
  await tutti.apply(configMaps, object, { name, fieldManager: 'tutti' });
  const again = await planIn(CONFIG);
  assert.deepEqual(again, {
    code: 0,
    out: 'Plan: no changes; 1 object is as the manifests say\n',
  });
  const changed = await planIn(CONFIG.replace('red', 'blue'));
  assert.equal(changed.code, 2);
  assert.match(changed.out, /data\.colour {2}red → blue/);
  const removed = await planIn(CONFIG, '--delete');
  assert.equal(removed.code, 2);
  assert.match(removed.out, /- configmap\/paint/);
  const refused = await planIn(CONFIG.replace('\ndata:', '\ndate:'));
  assert.equal(refused.code, 1);
  assert.match(refused.out, /Did you mean "data"\?/);
});

test('programs get the schema that is promised', async () => {
  const { out } = await planIn(CONFIG.replace('paint', 'other'), 'json');
  const found = JSON.parse(out) as Record<string, unknown>;
  assert.equal(found.schema, 'tutti.dev/plan/v1');
  assert.deepEqual(Object.keys(found).sort(), MEMBERS);
});

/** Programs go by these: none is renamed or taken away. */
const MEMBERS = [
  'budgets',
  'counts',
  'durationMs',
  'follows',
  'isSettled',
  'notes',
  'objects',
  'outcome',
  'quotas',
  'refusals',
  'schema',
  'summary',
  'timeline',
  'troubles',
  'workloads',
];
