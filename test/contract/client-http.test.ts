import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { configMaps, namespaces } from '../../src/api/generated/core/v1/resources.ts';
import type { ConfigMap } from '../../src/api/generated/core/v1/types.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Client } from '../../src/client/client.ts';
import type { Endpoint } from '../../src/client/http/connection.ts';
import { Informer } from '../../src/client/informer.ts';
import { createClient } from '../../src/client/typed-client.ts';
import { isStatusError, type StatusReason } from '../../src/machinery/status.ts';
import { ADMIN, NOBODY, ServedApi } from '../support/served-api.ts';
import { Watched } from '../support/watched.ts';

// Goal: beyond what any transport does, the one over HTTP knows servers and is known by them, and
// tells truly what became of a request whose connection is lost.

let served: ServedApi;
let client: Client;

before(async () => {
  served = await ServedApi.start();
  client = createClient(served.overHttp(ADMIN), { fieldManager: 'test' });
});
after(() => served.close());

const namespace = 'default';
const make = (name: string, data: Record<string, string> = {}) =>
  client.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data,
  });
const clientWith = (credentials: Partial<Endpoint>) =>
  createClient(served.overHttp(ADMIN, credentials), { fieldManager: 'test' });
const refused = (reason: StatusReason, message: RegExp) => (error: unknown) =>
  isStatusError(error, reason) && message.test(error.message);

const within = { timeout: 20_000 };

for (const { name, credentials, want } of [
  {
    name: 'a certificate of the authority',
    credentials: () => served.certificateOf(ADMIN),
    want: undefined,
  },
  {
    name: 'a certificate of who may nothing',
    credentials: () => served.certificateOf(NOBODY),
    want: refused('Forbidden', /User "nobody" cannot list/),
  },
  {
    name: 'a token that nobody has',
    credentials: () => ({ token: 'none' }),
    want: refused('Unauthorized', /^Unauthorized$/),
  },
  {
    name: 'nothing to be known by',
    credentials: () => ({}),
    want: refused('Forbidden', /User "system:anonymous" cannot list/),
  },
  {
    name: 'no authority to know the server by',
    credentials: () => ({ ca: '', token: 'token-of-admin' }),
    want: refused('ServiceUnavailable', /certificate/),
  },
]) {
  test(`comes with ${name}`, within, async () => {
    const list = clientWith(credentials()).list(namespaces);
    if (want) await assert.rejects(list, want);
    else assert.ok((await list).items.length >= 4);
  });
}

test('a list that breaks off fails, and is whole when it is asked for again', within, async () => {
  for (let i = 0; i < 20; i++) await make(`list-${i}`, { text: 'x'.repeat(5000) });
  await client.list(namespaces);
  served.proxy.cutAfter(30_000);
  const broken = client.list(configMaps, { namespace });
  await assert.rejects(broken, refused('Timeout', /broke in the middle of an answer/));
  const { items } = await client.list(configMaps, { namespace });
  assert.equal(items.filter(({ metadata }) => metadata.name.startsWith('list-')).length, 20);
});

test('a watch that breaks off ends with why', within, async () => {
  const { resourceVersion } = (await make('watch-a')).metadata;
  const watched = Watched.start(client, configMaps, { namespace, resourceVersion });
  await make('watch-b');
  await watched.until(1);
  served.proxy.cut();
  assert.ok(isStatusError(await watched.ended, 'Timeout'));
});

test('an event that is cut in two is told once it is whole', within, async () => {
  const { resourceVersion } = (await make('cut-a')).metadata;
  const { clock } = served;
  const tools = { clock, random: seededRandom(1), client, logger: silentLogger };
  const informer = new Informer<ConfigMap>(tools, configMaps, { namespace });
  const stop = new AbortController();
  informer.start(stop.signal);
  await informer.synced;
  const watched = Watched.start(client, configMaps, { namespace, resourceVersion });
  await make('cut-b');
  await watched.until(1);
  const other = createClient(served.inProcess(ADMIN), { fieldManager: 'test' });
  served.proxy.cutAfter(1000);
  const big = { text: 'é'.repeat(9000) };
  await other.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cut-c', namespace },
    data: big,
  });
  const key = `${namespace}/cut-c`;
  while (!informer.lister.get(key)) await clock.advance(20);
  assert.deepEqual(informer.lister.get(key)?.data, big);
  stop.abort();
  watched.cancel();
});

test('a read goes on over another connection when a kept one has gone', within, async () => {
  const name = { namespace, name: 'kept' };
  await make('kept');
  await client.get(configMaps, name);
  const before = served.proxy.accepted;
  served.proxy.cutAfter(1); // Breaks when the kept connection is used again.
  assert.equal((await client.get(configMaps, name)).metadata.name, 'kept');
  assert.ok(served.proxy.accepted > before);
});

test('a write whose connection is lost may have landed, and says so', within, async () => {
  await client.get(namespaces, { name: namespace });
  served.proxy.cutAfter(1);
  await assert.rejects(
    make('lost'),
    refused('Timeout', /closed the connection before it answered/),
  );
  const { items } = await client.list(configMaps, { namespace });
  assert.ok(items.some(({ metadata }) => metadata.name === 'lost'));
});

test('a server that can not be reached has heard nothing', within, async () => {
  const elsewhere = clientWith({ server: 'https://127.0.0.1:1' });
  await assert.rejects(elsewhere.list(namespaces), refused('ServiceUnavailable', /can't reach/));
  const { ended } = Watched.start(elsewhere, namespaces, {});
  assert.ok(isStatusError(await ended, 'ServiceUnavailable'));
});
