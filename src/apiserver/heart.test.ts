import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitions } from '../api/definitions.ts';
import { silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { ApiRequest, WatchEvent } from '../machinery/api-request.ts';
import type { KubeList, KubeObject } from '../machinery/object.ts';
import { isStatusError } from '../machinery/status.ts';
import { createMemoryStore } from '../store/memory.ts';
import { createApiServer } from './api-server.ts';
import { objectCodec } from './encoding/json.ts';
import { createInProcessTransport } from './in-process-transport.ts';

const ADMIN = { name: 'admin', groups: ['system:masters'] };
const CONFIG_MAPS = { group: '', version: 'v1', plural: 'configmaps', namespace: 'n', options: {} };

async function startServer() {
  const server = createApiServer({
    clock: new VirtualClock(1_700_000_000_000),
    random: seededRandom(7),
    logger: silentLogger,
    store: createMemoryStore(objectCodec),
    definitions,
  });
  const transport = createInProcessTransport(server.heart, ADMIN);
  const send = async (request: Partial<ApiRequest> & Pick<ApiRequest, 'verb'>) =>
    (await transport.send({ ...CONFIG_MAPS, ...request })).object as KubeObject & {
      data: Record<string, string>;
    };
  const namespaces = { plural: 'namespaces', namespace: undefined };
  await send({ ...namespaces, verb: 'create', body: { metadata: { name: 'n' } } });
  const make = (metadata: object, data?: object) =>
    send({ verb: 'create', body: { metadata, data } });
  return { server, transport, send, make };
}

const refusal = (reason: string, message: RegExp | string) => (error: unknown) => {
  assert.ok(isStatusError(error), String(error));
  assert.equal(error.reason, reason);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  return true;
};

test('a created object has its identity, and is there', async () => {
  const { send, make } = await startServer();
  const made = await make({ name: 'a', uid: 'x', selfLink: '/y' }, { k: '1' });
  assert.equal(made.metadata.creationTimestamp, '2023-11-14T22:13:20Z');
  assert.match(made.metadata.uid, /^[0-9a-f-]{36}$/);
  assert.equal(made.metadata.selfLink, undefined);
  assert.equal(await send({ verb: 'get', name: 'a' }), made, 'readers share the object');
});

test('what is there is not created again', async () => {
  const { make, send } = await startServer();
  await make({ name: 'a', finalizers: ['x/y'] });
  const again = () => make({ name: 'a' });
  await assert.rejects(again, refusal('AlreadyExists', 'configmaps "a" already exists'));
  await send({ verb: 'delete', name: 'a' });
  const message = 'object is being deleted: configmaps "a" already exists';
  await assert.rejects(again, refusal('AlreadyExists', message));
});

test('nothing is created in a namespace that is not there', async () => {
  const { send } = await startServer();
  const body = { metadata: { name: 'a' } };
  await assert.rejects(
    send({ verb: 'create', namespace: 'ghost', body }),
    refusal('NotFound', 'namespaces "ghost" not found'),
  );
});

test('a write that changes nothing keeps the resourceVersion', async () => {
  const { make, send } = await startServer();
  const made = await make({ name: 'a' }, { k: '1' });
  const body = { metadata: { name: 'a' }, data: { k: '1' } };
  const same = await send({ verb: 'update', name: 'a', body });
  assert.equal(same.metadata.resourceVersion, made.metadata.resourceVersion);
});

test('of two writers that read the same, one is told to read again', async () => {
  const { make, send } = await startServer();
  const made = await make({ name: 'a' }, { k: '1' });
  const writes = ['2', '3'].map((k) =>
    send({ verb: 'update', name: 'a', body: { ...made, data: { k } } }),
  );
  const outcomes = await Promise.allSettled(writes);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const lost = outcomes.find((outcome) => outcome.status === 'rejected');
  refusal('Conflict', /please apply your changes to the latest version/)(lost?.reason);
});

test('an object with finalizers stays until the last one is removed', async () => {
  const { make, send } = await startServer();
  await make({ name: 'a', finalizers: ['x/y'] });
  const marked = await send({ verb: 'delete', name: 'a' });
  assert.equal(marked.metadata.deletionTimestamp, '2023-11-14T22:13:20Z');
  const body = { metadata: { finalizers: null } };
  await send({ verb: 'patch', patchType: 'merge', name: 'a', body });
  await assert.rejects(send({ verb: 'get', name: 'a' }), refusal('NotFound', /not found/));
});

test('pages of a list are of one revision', async () => {
  const { make, transport, send } = await startServer();
  for (const name of ['a', 'b', 'c', 'd']) await make({ name });
  const list = async (options: ApiRequest['options']) =>
    (await transport.send({ ...CONFIG_MAPS, verb: 'list', options })).object as KubeList;
  const first = await list({ limit: 2 });
  assert.equal(first.metadata.remainingItemCount, 2);
  await send({ verb: 'delete', name: 'c' });
  const second = await list({ limit: 2, continue: first.metadata.continue });
  const names = [...first.items, ...second.items].map(({ metadata }) => metadata.name);
  assert.deepEqual(names, ['a', 'b', 'c', 'd']);
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
});

test('a watch tells what was, what comes, and what enters and leaves its selection', async () => {
  const { make, transport, send } = await startServer();
  await make({ name: 'a', labels: { in: 'yes' } });
  await make({ name: 'b' });
  const seen: string[] = [];
  const next = ({ type, object }: WatchEvent) => seen.push(`${type} ${object.metadata.name}`);
  const options = { labelSelector: 'in=yes' };
  transport.watch({ ...CONFIG_MAPS, verb: 'watch', options }, { next, end: assert.fail });
  assert.deepEqual(seen, [], 'nothing inside the call');
  const label = (name: string, value: string | null) =>
    send({
      verb: 'patch',
      patchType: 'merge',
      name,
      body: { metadata: { labels: { in: value } } },
    });
  await label('b', 'yes');
  await label('a', null);
  await send({ verb: 'delete', name: 'b' });
  await new Promise(setImmediate);
  assert.deepEqual(seen, ['ADDED a', 'ADDED b', 'DELETED a', 'DELETED b']);
});

test('a generated name is tried again when it is taken', async () => {
  const { make } = await startServer();
  const made = await Promise.all(Array.from({ length: 50 }, () => make({ generateName: 'x-' })));
  const names = new Set(made.map(({ metadata }) => metadata.name));
  assert.equal(names.size, 50);
  for (const name of names) assert.match(name, /^x-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
});

test('a dry run answers as if, and stores nothing', async () => {
  const { send } = await startServer();
  const options = { dryRun: ['All'] };
  const body = { metadata: { name: 'a' } };
  const made = await send({ verb: 'create', body, options });
  assert.equal(made.metadata.resourceVersion, undefined);
  await assert.rejects(send({ verb: 'get', name: 'a' }), refusal('NotFound', /not found/));
});

test('an empty list that is stored reads back as none, and changes nothing when sent again', async () => {
  const { send } = await startServer();
  const slices = { group: 'discovery.k8s.io', plural: 'endpointslices' };
  const body = { metadata: { name: 's' }, addressType: 'IPv4', endpoints: [], ports: [] };
  const made = (await send({ ...slices, verb: 'create', body })) as unknown as KubeObject &
    typeof body;
  assert.deepEqual([made.endpoints, made.ports], [null, null]);
  const again = await send({ ...slices, verb: 'update', name: 's', body });
  assert.equal(again.metadata.resourceVersion, made.metadata.resourceVersion);
  const options = { dryRun: ['All'] };
  const dry = { ...body, metadata: { name: 'd' } };
  const asked = await send({ ...slices, verb: 'create', body: dry, options });
  assert.equal((asked as unknown as typeof body).endpoints, null);
});
