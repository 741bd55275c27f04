import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  configMaps,
  namespaces,
  pods,
  serviceAccounts,
} from '../../src/api/generated/core/v1/resources.ts';
import type { ConfigMap, Pod } from '../../src/api/generated/core/v1/types.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Client, Transport } from '../../src/client/client.ts';
import { Informer } from '../../src/client/informer.ts';
import { createClient } from '../../src/client/typed-client.ts';
import type { User } from '../../src/machinery/api-request.ts';
import type { NewObject } from '../../src/machinery/object.ts';
import { StatusError, type StatusReason } from '../../src/machinery/status.ts';
import { ADMIN, NOBODY, ServedApi } from '../support/served-api.ts';
import { Watched } from '../support/watched.ts';

/** A way to reach a server as a user. */
export interface TransportDriver {
  readonly name: string;
  reach(served: ServedApi, user: User): Transport;
}

type Data = Record<string, string>;

/** What every test has: a server, a client of its administrator, and a namespace of its own. */
interface Bench {
  readonly served: ServedApi;
  readonly client: Client;
  readonly nobody: Client;
  readonly namespace: string;
  make(name: string, data?: Data, labels?: Data): Promise<ConfigMap>;
}

let made = 0;

/** Registers the tests that every transport must pass, with the typed client on top of it. */
export function clientContract(driver: TransportDriver): void {
  describe(`client contract: ${driver.name}`, () => {
    let served: ServedApi;
    before(async () => {
      served = await ServedApi.start();
    });
    after(() => served.close());

    const on = (name: string, body: (bench: Bench) => Promise<void>) =>
      test(name, { timeout: 20_000 }, async () => body(await benchOn(driver, served)));

    readingTests(on);
    writingTests(on);
    deletingTests(on);
    failureTests(on);
    watchTests(on);
    lifeTests(on);
  });
}

type On = (name: string, body: (bench: Bench) => Promise<void>) => void;

async function benchOn(driver: TransportDriver, served: ServedApi): Promise<Bench> {
  const namespace = `n-${made++}`;
  const client = createClient(driver.reach(served, ADMIN), { fieldManager: 'test' });
  const nobody = createClient(driver.reach(served, NOBODY), { fieldManager: 'test' });
  await client.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
    spec: {},
  });
  await client.create(serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace },
  });
  const make = (name: string, data: Data = {}, labels?: Data) =>
    client.create(configMaps, mapOf(namespace, name, data, labels));
  return { served, client, nobody, namespace, make };
}

const mapOf = (
  namespace: string,
  name: string,
  data: Data,
  labels?: Data,
): NewObject<ConfigMap> => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...(labels && { labels }) },
  data,
});

const names = (items: readonly ConfigMap[]): string[] => items.map(({ metadata }) => metadata.name);

function refused(reason: StatusReason, message: RegExp | string, more: object = {}) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof StatusError, String(error));
    const { code, details } = error;
    assert.equal(error.reason, reason);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.deepEqual({ code, details }, { code, details, ...more });
    return true;
  };
}

function readingTests(on: On): void {
  on('gets what was created, whole, frozen, with the name of its kind', async (bench) => {
    const { client, namespace, make } = bench;
    const created = await make('a', { k: 'v' });
    const got = await client.get(configMaps, { namespace, name: 'a' });
    assert.deepEqual(got, created);
    assert.equal(got.apiVersion, 'v1');
    assert.equal(got.kind, 'ConfigMap');
    assert.ok(Object.isFrozen(got) && Object.isFrozen(got.data));
  });

  on('lists in order, each item complete and as it is when it is got', async (bench) => {
    const { client, namespace, make } = bench;
    for (const name of ['b', 'c', 'a']) await make(name, { name });
    const { items, kind, metadata } = await client.list(configMaps, { namespace });
    assert.equal(kind, 'ConfigMapList');
    assert.deepEqual(names(items), ['a', 'b', 'c']);
    assert.deepEqual(items[0], await client.get(configMaps, { namespace, name: 'a' }));
    assert.ok(Object.isFrozen(items[0]));
    assert.ok(Number(metadata.resourceVersion) >= Number(items[2]?.metadata.resourceVersion));
  });

  on('lists by labels, by fields, and in all namespaces', async ({ client, namespace, make }) => {
    await make('a', {}, { side: 'left', of: namespace });
    await make('b', {}, { side: 'right', of: namespace });
    const { items: left } = await client.list(configMaps, {
      namespace,
      labelSelector: 'side=left',
    });
    assert.deepEqual(names(left), ['a']);
    const fieldSelector = 'metadata.name=b';
    assert.deepEqual(names((await client.list(configMaps, { namespace, fieldSelector })).items), [
      'b',
    ]);
    const labelSelector = `of=${namespace}`;
    assert.deepEqual(names((await client.list(configMaps, { labelSelector })).items), ['a', 'b']);
  });

  on('pages are of the revision of the first', async ({ client, namespace, make }) => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await make(name);
    const first = await client.list(configMaps, { namespace, limit: 2 });
    assert.deepEqual(names(first.items), ['a', 'b']);
    assert.equal(first.metadata.remainingItemCount, 3);
    await client.delete(configMaps, { namespace, name: 'c' });
    const second = await client.list(configMaps, {
      namespace,
      limit: 2,
      continue: first.metadata.continue!,
    });
    assert.deepEqual(names(second.items), ['c', 'd']);
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    const options = { namespace, limit: 2, continue: second.metadata.continue! };
    const third = await client.list(configMaps, options);
    assert.deepEqual(names(third.items), ['e']);
    assert.equal(third.metadata.continue, undefined);
  });

  on('a page of a forgotten revision has expired', async ({ served, client, namespace, make }) => {
    for (const name of ['a', 'b']) await make(name);
    const { metadata } = await client.list(configMaps, { namespace, limit: 1 });
    await make('c');
    await served.store.compact(served.store.revision);
    await assert.rejects(
      client.list(configMaps, { namespace, limit: 1, continue: metadata.continue! }),
      refused('Expired', /too old to display a consistent list result/, { code: 410 }),
    );
  });

  on('reads a subresource', async ({ client, namespace }) => {
    await client.create(pods, podOf(namespace));
    const pod = await client.get<Pod>(pods, { namespace, name: 'p' }, { subresource: 'status' });
    assert.equal(pod.status.phase, 'Pending');
  });
}

const podOf = (namespace: string): NewObject<Pod> => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace },
  spec: { containers: [{ name: 'main', image: 'x' }], automountServiceAccountToken: false },
});

function writingTests(on: On): void {
  on('generates a name', async ({ client, namespace }) => {
    const metadata = { generateName: 'x-', namespace };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata } as const;
    const { metadata: got } = await client.create(configMaps, object);
    assert.match(got.name, /^x-[a-z0-9]{5}$/);
  });

  on('updates what nobody changed meanwhile', async ({ client, make }) => {
    const before = await make('a', { k: '1' });
    const after = await client.update(configMaps, { ...before, data: { k: '2' } });
    assert.deepEqual(after.data, { k: '2' });
    await assert.rejects(
      client.update(configMaps, { ...before, data: { k: '3' } }),
      refused('Conflict', /^Operation cannot be fulfilled on configmaps "a": the object has been/, {
        code: 409,
        details: { name: 'a', kind: 'configmaps' },
      }),
    );
  });

  for (const [type, body] of [
    ['json', [{ op: 'replace', path: '/data/k', value: '2' }]],
    ['merge', { data: { k: '2' } }],
    ['strategic', { data: { k: '2' } }],
  ] as const) {
    on(`patches in the ${type} dialect`, async ({ client, namespace, make }) => {
      await make('a', { k: '1', other: 'o' });
      const patched = await client.patch(configMaps, { namespace, name: 'a' }, { type, body });
      assert.deepEqual(patched.data, { k: '2', other: 'o' });
    });
  }

  on('a strategic patch merges lists by their keys', async ({ client, namespace }) => {
    await client.create(pods, podOf(namespace));
    const body = { spec: { containers: [{ name: 'main', image: 'y' }] } };
    const pod = await client.patch(pods, { namespace, name: 'p' }, { type: 'strategic', body });
    assert.equal(pod.spec.containers[0]?.image, 'y');
    assert.equal(pod.spec.containers[0]?.imagePullPolicy, 'Always');
  });

  on('applies, tells of conflicts, and takes fields by force', async ({ client, namespace }) => {
    const name = { namespace, name: 'a' };
    const wanted = (k: string) => ({ ...mapOf(namespace, 'a', { k }) });
    await client.apply(configMaps, wanted('1'), { name, fieldManager: 'one' });
    await assert.rejects(
      client.apply(configMaps, wanted('2'), { name, fieldManager: 'two' }),
      refused('Conflict', 'Apply failed with 1 conflict: conflict with "one": .data.k', {
        details: {
          causes: [
            { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.k' },
          ],
        },
      }),
    );
    const taken = await client.apply(configMaps, wanted('2'), {
      name,
      fieldManager: 'two',
      force: true,
    });
    assert.deepEqual(taken.data, { k: '2' });
    assert.deepEqual(
      taken.metadata.managedFields?.map(({ manager }) => manager),
      ['two'],
    );
  });

  on('names its field manager, and writes a subresource alone', async ({ client, namespace }) => {
    const pod = await client.create(pods, podOf(namespace));
    const options = { subresource: 'status' };
    const status = { ...pod.status, message: 'told' };
    const written = await client.update(pods, { ...pod, status }, options);
    assert.equal(written.status.message, 'told');
    const fields = written.metadata.managedFields ?? [];
    assert.deepEqual(
      fields.map(({ manager, subresource }) => [manager, subresource]),
      [
        ['test', undefined],
        ['test', 'status'],
      ],
    );
  });

  on('a dry run writes nothing', async ({ client, namespace }) => {
    const object = mapOf(namespace, 'a', {});
    const { metadata } = await client.create(configMaps, object, { dryRun: true });
    assert.equal(metadata.name, 'a');
    await assert.rejects(
      client.get(configMaps, { namespace, name: 'a' }),
      refused('NotFound', /a/),
    );
  });

  on('creates a subresource', async ({ client, namespace }) => {
    const { metadata } = await client.create(pods, podOf(namespace));
    const body = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p', namespace, uid: metadata.uid },
      target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
    };
    const name = { namespace, name: 'p' };
    const status = await client.createSubresource<{ status: string }>(pods, name, 'binding', body);
    assert.equal(status.status, 'Success');
    assert.equal((await client.get(pods, name)).spec.nodeName, 'node-1');
  });

  on('is told by code and cause what is wrong with a field', async ({ client, namespace }) => {
    const object = mapOf(namespace, 'a', { 'no key': '' });
    await assert.rejects(client.create(configMaps, object), (error) => {
      refused('Invalid', /^ConfigMap "a" is invalid: data\[no key\]: Invalid value/)(error);
      const { details } = error as StatusError;
      assert.equal(details?.kind, 'ConfigMap');
      assert.deepEqual(
        details?.causes?.map(({ reason, field }) => [reason, field]),
        [['FieldValueInvalid', 'data[no key]']],
      );
      return true;
    });
  });

  on('refuses unknown fields when it is strict', async ({ client, namespace }) => {
    const object = { ...mapOf(namespace, 'a', {}), unknown: 1 } as NewObject<ConfigMap>;
    await assert.rejects(
      client.create(configMaps, object, { fieldValidation: 'Strict' }),
      refused('BadRequest', /unknown field "unknown"/),
    );
  });
}

function deletingTests(on: On): void {
  on('deletes only the very object that was meant', async ({ client, namespace, make }) => {
    const { metadata } = await make('a');
    const name = { namespace, name: 'a' };
    for (const [preconditions, message] of [
      [{ uid: 'other' }, /the UID in the precondition \(other\) does not match/],
      [{ resourceVersion: '1' }, /the ResourceVersion in the precondition \(1\) does not match/],
    ] as const) {
      await assert.rejects(
        client.delete(configMaps, name, { preconditions }),
        refused('Conflict', message, { code: 409 }),
      );
    }
    const { uid, resourceVersion } = metadata;
    await client.delete(configMaps, name, { preconditions: { uid, resourceVersion } });
    await assert.rejects(client.delete(configMaps, name), refused('NotFound', /"a" not found/));
  });

  for (const [propagationPolicy, finalizer] of [
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ] as const) {
    on(`a ${propagationPolicy} deletion waits`, async ({ client, namespace, make }) => {
      await make('a');
      const name = { namespace, name: 'a' };
      await client.delete(configMaps, name, { propagationPolicy });
      const { metadata } = await client.get(configMaps, name);
      assert.deepEqual(metadata.finalizers, [finalizer]);
      assert.ok(metadata.deletionTimestamp);
    });
  }

  on('gives a pod on a node the time that was asked for', async ({ client, namespace }) => {
    const pod = podOf(namespace);
    await client.create(pods, { ...pod, spec: { ...pod.spec, nodeName: 'node-1' } });
    const name = { namespace, name: 'p' };
    await client.delete(pods, name, { gracePeriodSeconds: 7, dryRun: true });
    assert.equal((await client.get(pods, name)).metadata.deletionTimestamp, undefined);
    await client.delete(pods, name, { gracePeriodSeconds: 7 });
    assert.equal((await client.get(pods, name)).metadata.deletionGracePeriodSeconds, 7);
  });

  on('deletes a selection', async ({ client, namespace, make }) => {
    await make('a', {}, { side: 'left' });
    await make('b', {}, { side: 'right' });
    await client.deleteCollection(configMaps, { namespace, labelSelector: 'side=left' });
    assert.deepEqual(names((await client.list(configMaps, { namespace })).items), ['b']);
  });
}

function failureTests(on: On): void {
  on('failures are StatusErrors with all that the server said', async (bench) => {
    const { client, nobody, namespace, make } = bench;
    await make('a');
    await assert.rejects(
      client.get(configMaps, { namespace, name: 'none' }),
      refused('NotFound', 'configmaps "none" not found', {
        code: 404,
        details: { name: 'none', kind: 'configmaps' },
      }),
    );
    await assert.rejects(
      make('a'),
      refused('AlreadyExists', 'configmaps "a" already exists', { code: 409 }),
    );
    await assert.rejects(
      nobody.list(configMaps, { namespace }),
      refused(
        'Forbidden',
        `configmaps is forbidden: User "nobody" cannot list resource "configmaps" in API group "" in the namespace "${namespace}"`,
        { code: 403 },
      ),
    );
  });

  on('is told how long to wait', async ({ served, client }) => {
    const list = client.list(configMaps, { resourceVersion: '999999999' });
    await assert.rejects(
      whileTimePasses(served, list),
      refused('Timeout', /^Too large resource version: 999999999, current: \d+$/, {
        details: {
          retryAfterSeconds: 1,
          causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        },
      }),
    );
  });

  on('a call that was given up rejects with the reason', async ({ client, namespace }) => {
    const why = new Error('enough');
    const options = { namespace, signal: AbortSignal.abort(why) };
    await assert.rejects(client.list(configMaps, options), (error) => error === why);
  });
}

/** Lets virtual time pass until the promise is settled. */
async function whileTimePasses<T>({ clock }: ServedApi, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  while (!isSettled) await clock.advance(20);
  return promise;
}

function watchTests(on: On): void {
  on('tells what happens after a revision, in order', async ({ client, namespace, make }) => {
    const a = await make('a', { k: '1' });
    const { metadata } = await client.list(configMaps, { namespace });
    const b = await make('b');
    const changed = await client.update(configMaps, { ...a, data: { k: '2' } });
    const { resourceVersion = '' } = metadata;
    const watched = Watched.start(client, configMaps, { namespace, resourceVersion });
    await watched.until(2);
    await client.delete(configMaps, { namespace, name: 'b' });
    const events = await watched.until(3);
    watched.cancel();
    assert.deepEqual(
      events.map(({ type, object }) => `${type} ${object.metadata.name}`),
      ['ADDED b', 'MODIFIED a', 'DELETED b'],
    );
    assert.deepEqual(events[0]?.object, b);
    assert.deepEqual(events[1]?.object, changed);
    assert.ok(Object.isFrozen(events[1]?.object.data));
  });

  on('what leaves a selection is told as deleted', async ({ client, namespace, make }) => {
    const a = await make('a', {}, { side: 'left' });
    const { resourceVersion } = a.metadata;
    const options = { namespace, labelSelector: 'side=left', resourceVersion };
    const watched = Watched.start(client, configMaps, options);
    const labels = { side: 'right' };
    await client.update(configMaps, { ...a, metadata: { ...a.metadata, labels } });
    const [event] = await watched.until(1);
    watched.cancel();
    assert.equal(event?.type, 'DELETED');
  });

  on('sends what is there first, and says when that is all', async (bench) => {
    const { client, namespace, make } = bench;
    await make('a');
    const watched = Watched.start(client, configMaps, {
      namespace,
      allowWatchBookmarks: true,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
    } as never);
    const [added, end] = await watched.until(2);
    watched.cancel();
    assert.equal(added?.object.kind, 'ConfigMap');
    assert.deepEqual(end?.object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
  });

  on('bookmarks tell how far a quiet watch is', async ({ served, client, namespace, make }) => {
    const { resourceVersion } = (await make('a')).metadata;
    const options = { namespace, resourceVersion, allowWatchBookmarks: true };
    const watched = Watched.start(client, configMaps, options);
    await make('seen');
    await watched.until(1);
    await client.create(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `${namespace}-other` },
      spec: {},
    });
    await served.clock.advance(75_000);
    const events = await watched.until(2);
    watched.cancel();
    assert.equal(events[1]?.type, 'BOOKMARK');
    assert.equal(events[1]?.object.kind, 'ConfigMap');
    const seen = Number(events[0]?.object.metadata.resourceVersion);
    assert.ok(Number(events[1]?.object.metadata.resourceVersion) > seen);
  });

  on('from a forgotten revision it has expired', async ({ served, client, namespace, make }) => {
    const { resourceVersion } = (await make('a')).metadata;
    await make('b');
    await served.store.compact(served.store.revision);
    await served.restart(); // What it has in memory it still can tell of.
    const error = await Watched.start(client, configMaps, { namespace, resourceVersion }).ended;
    refused('Expired', /^too old resource version: /, { code: 410 })(error);
  });

  on('one that is refused ends with why', async ({ nobody, namespace }) => {
    const error = await Watched.start(nobody, configMaps, { namespace }).ended;
    refused('Forbidden', /cannot watch resource "configmaps"/, { code: 403 })(error);
  });

  on('one that was given up says nothing more', async ({ client, namespace, make }) => {
    const { resourceVersion } = (await make('a')).metadata;
    const options = { namespace, resourceVersion };
    const given = Watched.start(client, configMaps, options);
    const other = Watched.start(client, configMaps, options);
    await make('b');
    await Promise.all([given.until(1), other.until(1)]);
    given.cancel();
    await make('c');
    await other.until(2);
    other.cancel();
    assert.equal(given.events.length, 1);
    assert.equal(given.isOver, false);
  });
}

function lifeTests(on: On): void {
  on('goes on when the server was started anew', async ({ served, client, namespace, make }) => {
    const a = await make('a');
    const { resourceVersion } = a.metadata;
    const watched = Watched.start(client, configMaps, { namespace, resourceVersion });
    await make('b');
    await watched.until(1);
    await served.restart();
    await watched.ended;
    const { items } = await client.list(configMaps, { namespace });
    assert.deepEqual(names(items), ['a', 'b']);
    assert.deepEqual(await client.get(configMaps, { namespace, name: 'a' }), a);
  });

  on('an informer catches up after a restart and what was forgotten', async (bench) => {
    const { served, client, namespace, make } = bench;
    const random = seededRandom(1);
    const { clock } = served;
    const tools = { clock, random, client, logger: silentLogger };
    const informer = new Informer<ConfigMap>(tools, configMaps, { namespace });
    const stop = new AbortController();
    const a = await make('a', { k: '1' });
    await make('gone');
    informer.start(stop.signal);
    await informer.synced;
    const same = { ...informer.lister.get(`${namespace}/a`)! };
    assert.deepEqual(same, a, 'what an informer holds says what it is');
    await served.restart();
    await client.update(configMaps, { ...a, data: { k: '2' } });
    await client.delete(configMaps, { namespace, name: 'gone' });
    await served.store.compact(served.store.revision);
    const isCaughtUp = () =>
      informer.lister.get(`${namespace}/a`)?.data?.k === '2' && informer.lister.size === 1;
    while (!isCaughtUp()) await clock.advance(20);
    stop.abort();
  });
}
