import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { deployments } from '../../src/api/generated/apps/v1/resources.ts';
import { configMaps, namespaces, secrets } from '../../src/api/generated/core/v1/resources.ts';
import { discover } from '../../src/cli/discovery.ts';
import { parseManifests } from '../../src/cli/manifests.ts';
import {
  type Connection,
  connect,
  type HttpRequest,
  readText,
} from '../../src/client/http/connection.ts';
import { createHttpTransport } from '../../src/client/http/transport.ts';
import { createClient } from '../../src/client/typed-client.ts';
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
