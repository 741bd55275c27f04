import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { configMaps } from '../../../src/api/generated/core/v1/resources.ts';
import type { ConfigMap } from '../../../src/api/generated/core/v1/types.ts';
import type { Transport } from '../../../src/client/client.ts';
import { type Change, Informer } from '../../../src/client/informer.ts';
import type { WatchSink } from '../../../src/machinery/api-request.ts';
import { expired, StatusError } from '../../../src/machinery/status.ts';
import { startVirtualApi, type VirtualApi } from '../../support/virtual-api.ts';

// Goal: an informer's cache becomes what the server has, whatever happens to its watch, tells of
// each change once, and never asks without end.

const namespace = 'default';
const labels = { kind: 'test' };

interface Started {
  readonly api: VirtualApi;
  readonly informer: Informer<ConfigMap>;
  readonly changes: string[];
  readonly stop: AbortController;
  put(name: string, value: string): Promise<unknown>;
  drop(name: string): Promise<unknown>;
  cached(): string[];
}

type Wrap = (transport: Transport, api: VirtualApi) => Transport;

async function start(t: TestContext, wrap: Wrap = (transport) => transport): Promise<Started> {
  const api = await startVirtualApi();
  const stop = new AbortController();
  t.after(() => {
    stop.abort();
    api.close();
  });
  const client = api.clientThrough((transport) => wrap(transport, api));
  const informer = new Informer<ConfigMap>({ ...api, client }, configMaps, {
    namespace,
    labelSelector: 'kind=test',
    indexes: { value: ({ data }) => [data?.value ?? ''] },
  });
  const changes: string[] = [];
  const text = (each: ConfigMap | undefined) => each?.data?.value ?? '-';
  informer.subscribe(({ before, after }: Change<ConfigMap>) => {
    const { name } = (after ?? before)!.metadata;
    changes.push(`${name} ${text(before)}>${text(after)}`);
  });
  informer.start(stop.signal);
  await api.clock.advance(0);
  return {
    api,
    informer,
    changes,
    stop,
    async put(name, value) {
      const body = { metadata: { labels }, data: { value } };
      try {
        const patch = { type: 'merge', body } as const;
        return await api.client.patch(configMaps, { namespace, name }, patch);
      } catch {
        const metadata = { name, namespace, labels };
        const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } } as const;
        return api.client.create(configMaps, object);
      }
    },
    drop: (name) => api.client.delete(configMaps, { namespace, name }),
    cached: () =>
      [...informer.lister.list()].map(({ metadata, data }) => `${metadata.name}=${data?.value}`),
  };
}

test('tells of each change once, and finds objects by its indexes', async (t) => {
  const { api, informer, changes, put, drop, cached } = await start(t);
  assert.equal(informer.hasSynced, true);
  await put('a', '1');
  await put('b', '1');
  await put('a', '2');
  await api.clock.advance(0);
  assert.deepEqual(cached(), ['a=2', 'b=1']);
  assert.deepEqual(
    informer.lister.byIndex('value', '1').map(({ metadata }) => metadata.name),
    ['b'],
  );
  await drop('b');
  await api.clock.advance(0);
  assert.deepEqual(informer.lister.byIndex('value', '1'), []);
  assert.deepEqual(changes, ['a ->1', 'b ->1', 'a 1>2', 'b 1>-']);
  assert.equal(informer.revision, api.store.revision);
});

test('what leaves the selection leaves the cache', async (t) => {
  const { api, put, cached } = await start(t);
  await put('a', '1');
  const body = { metadata: { labels: { kind: 'other' } } };
  await api.client.patch(configMaps, { namespace, name: 'a' }, { type: 'merge', body });
  await api.clock.advance(0);
  assert.deepEqual(cached(), []);
});

test('who subscribes later is told of all that is there', async (t) => {
  const { api, informer, put } = await start(t);
  await put('a', '1');
  await api.clock.advance(0);
  const seen: (string | undefined)[] = [];
  const cancel = informer.subscribe(({ before, after }) => {
    seen.push(before?.data?.value, after?.data?.value);
  });
  assert.deepEqual(seen, [undefined, '1']);
  cancel();
  await put('a', '2');
  await api.clock.advance(0);
  assert.equal(seen.length, 2);
});

/** Lets the test end watches, or swallow what they tell. */
function unruly() {
  let sink: WatchSink | undefined;
  let isDeaf = false;
  let watches = 0;
  const wrap: Wrap = (transport) => ({
    send: (request, signal) => transport.send(request, signal),
    watch(request, outer) {
      watches++;
      isDeaf = false;
      sink = outer;
      return transport.watch(request, {
        next: (event) => {
          if (!isDeaf) outer.next(event);
        },
        end: (error) => outer.end(error),
      });
    },
  });
  return {
    wrap,
    watches: () => watches,
    end: (error?: StatusError) => sink?.end(error),
    deafen: () => {
      isDeaf = true;
    },
  };
}

for (const { name, error } of [
  { name: 'ends', error: undefined },
  { name: 'breaks', error: new StatusError('Timeout', 'the watch broke') },
  { name: 'is too far behind', error: expired('too old resource version') },
] as const) {
  test(`catches up after its watch ${name}`, async (t) => {
    const { wrap, end, deafen } = unruly();
    const { api, changes, put, drop, cached } = await start(t, wrap);
    await put('a', '1');
    await put('b', '1');
    await api.clock.advance(5000);
    deafen();
    await put('a', '2');
    await drop('b');
    await put('c', '1');
    await api.clock.advance(1);
    end(error);
    await api.clock.advance(5000);
    assert.deepEqual(cached().sort(), ['a=2', 'c=1']);
    assert.deepEqual(changes.slice(2).sort(), ['a 1>2', 'b 1>-', 'c ->1']);
  });
}

test('opens a watch anew from which nothing comes, not even a bookmark', async (t) => {
  const { wrap, deafen, watches } = unruly();
  const { api, put, cached } = await start(t, wrap);
  await api.clock.advance(1_800_000);
  assert.equal(watches(), 1, 'bookmarks keep a watch alive');
  deafen();
  await put('a', '1');
  await api.clock.advance(200_000);
  assert.deepEqual(cached(), ['a=1']);
  assert.equal(watches(), 2);
});

test('a server that ends every watch at once is asked again after longer and longer', async (t) => {
  let watches = 0;
  const { api } = await start(t, (transport) => ({
    send: (request, signal) => transport.send(request, signal),
    watch(_request, sink) {
      watches++;
      queueMicrotask(() => sink.end());
      return () => {};
    },
  }));
  await api.clock.advance(600_000);
  assert.ok(watches < 40, `${watches} watches in ten minutes`);
});

test('an event of a watch that was given up is not heard', async (t) => {
  const sinks: WatchSink[] = [];
  const { api, put, cached } = await start(t, (transport) => ({
    send: (request, signal) => transport.send(request, signal),
    watch(_request, sink) {
      sinks.push(sink);
      return () => {};
    },
  }));
  await put('a', '1');
  const { items } = await api.client.list(configMaps, { namespace, labelSelector: 'kind=test' });
  await api.clock.advance(200_000);
  assert.equal(sinks.length, 2);
  sinks[0]?.next({ type: 'ADDED', object: items[0]! });
  assert.deepEqual(cached(), []);
});

test('lists again until it can, and stops when it is told to', async (t) => {
  let lists = 0;
  const { api, informer, stop } = await start(t, (transport) => ({
    async send(request, signal) {
      if (++lists > 3) return transport.send(request, signal);
      throw new StatusError('ServiceUnavailable', 'not yet');
    },
    watch: (request, sink) => transport.watch(request, sink),
  }));
  assert.equal(informer.hasSynced, false);
  await api.clock.advance(10_000);
  assert.equal(informer.hasSynced, true);
  stop.abort();
  await api.clock.advance(600_000);
  assert.equal(lists, 4);
});

test('leaves a server alone for as long as it asks for', async (t) => {
  const lists: number[] = [];
  const { informer, api } = await start(t, (transport, { clock }) => ({
    async send(request, signal) {
      lists.push(clock.monotonicMs());
      if (lists.length > 1) return transport.send(request, signal);
      throw new StatusError('TooManyRequests', 'busy', { retryAfterSeconds: 9 });
    },
    watch: (request, sink) => transport.watch(request, sink),
  }));
  await api.clock.advance(8900);
  assert.equal(informer.hasSynced, false);
  await api.clock.advance(200);
  assert.equal(informer.hasSynced, true);
  assert.equal(lists[1]! - lists[0]!, 9000);
});

test('the same name with another UID is told as one change', async (t) => {
  const { wrap, end, deafen } = unruly();
  const { api, changes, put, drop } = await start(t, wrap);
  await put('a', '1');
  await api.clock.advance(5000);
  deafen();
  await drop('a');
  await put('a', '2');
  await api.clock.advance(1);
  end(expired('too old'));
  await api.clock.advance(5000);
  assert.deepEqual(changes, ['a ->1', 'a 1>2']);
});
