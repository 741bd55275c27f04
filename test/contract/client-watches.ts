import assert from 'node:assert/strict';
import { configMaps, namespaces } from '../../src/api/generated/core/v1/resources.ts';
import type { ConfigMap } from '../../src/api/generated/core/v1/types.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { Informer } from '../../src/client/informer.ts';
import { Watched } from '../support/watched.ts';
import { names, type On, refused } from './client-bench.ts';

/** Watching. */
export function watchTests(on: On): void {
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
    assert.equal(end?.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true');
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

/** What a client goes through when its server ends and comes back. */
export function lifeTests(on: On): void {
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
