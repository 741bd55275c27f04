import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { configMaps } from '../../../src/api/generated/core/v1/resources.ts';
import type { ConfigMap } from '../../../src/api/generated/core/v1/types.ts';
import type { Client, Transport } from '../../../src/client/client.ts';
import {
  type Controller,
  deleted,
  runController,
  source,
  type Wait,
  wrote,
} from '../../../src/client/controller.ts';
import { Informer } from '../../../src/client/informer.ts';
import type { ApiRequest, WatchSink } from '../../../src/machinery/api-request.ts';
import { keyOf, type NewObject } from '../../../src/machinery/object.ts';
import { isStatusError, StatusError, type StatusReason } from '../../../src/machinery/status.ts';
import { startVirtualApi, type VirtualApi } from '../../support/virtual-api.ts';

// Goal: the shell that runs all controllers reads its own writes, never does twice what nobody
// answered, backs off from what fails, and leaves nothing behind when it is told to stop.

const namespace = 'default';
const NAMES = ['a', 'b', 'c'];

type Make = { readonly type: 'make' | 'drop'; readonly name: string };
type Observed = { readonly wanted: number; readonly names: readonly string[] };

/** Keeps as many ConfigMaps as the one named `wanted` says, like a small ReplicaSet. */
function counter(client: Client, maps: Informer<ConfigMap>): Controller<Observed, Make> {
  let made = 0;
  return {
    name: 'counter',
    sources: [source(maps, () => ['all'])],
    observe() {
      const all = [...maps.lister.list()];
      const wanted = all.find(({ metadata }) => metadata.name === 'wanted')?.data?.count;
      if (wanted === undefined) return undefined;
      const names = all.map(({ metadata }) => metadata.name).filter((name) => name !== 'wanted');
      return { wanted: Number(wanted), names };
    },
    reconcile({ wanted, names }): (Make | Wait)[] {
      const missing = Math.max(0, wanted - names.length);
      const surplus = names.slice(0, Math.max(0, names.length - wanted));
      return [
        ...Array.from(
          { length: missing },
          () => ({ type: 'make', name: `made-${made++}` }) as const,
        ),
        ...surplus.map((name) => ({ type: 'drop', name }) as const),
      ];
    },
    async execute({ type, name }) {
      if (type === 'drop') {
        const known = maps.lister.get(`${namespace}/${name}`) as ConfigMap;
        try {
          await client.delete(configMaps, { namespace, name });
        } catch (error) {
          if (!isStatusError(error, 'NotFound')) throw error;
        }
        return deleted(maps, keyOf(known), known);
      }
      try {
        return wrote(maps, await client.create(configMaps, mapOf(name)));
      } catch (error) {
        if (!isStatusError(error, 'AlreadyExists')) throw error;
        return wrote(maps, await client.get(configMaps, { namespace, name }));
      }
    },
  };
}

const mapOf = (name: string, data: Record<string, string> = {}): NewObject<ConfigMap> => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

interface Started {
  readonly api: VirtualApi;
  readonly stop: AbortController;
  count(): Promise<number>;
  want(count: number): Promise<void>;
}

/** Runs the counter, its client and its cache behind what `wrap` makes of the transport. */
async function start(
  t: TestContext,
  wrap: (transport: Transport, api: VirtualApi) => Transport = (transport) => transport,
): Promise<Started> {
  const api = await startVirtualApi();
  const stop = new AbortController();
  t.after(() => {
    stop.abort();
    api.close();
  });
  const client = api.clientThrough((transport) => wrap(transport, api));
  const maps = new Informer<ConfigMap>({ ...api, client }, configMaps, { namespace });
  maps.start(stop.signal);
  await api.clock.advance(0);
  void runController(counter(client, maps), { ...api, signal: stop.signal });
  await api.clock.advance(10);
  return {
    api,
    stop,
    async count() {
      const { items } = await api.client.list(configMaps, { namespace });
      return items.filter(({ metadata }) => metadata.name !== 'wanted').length;
    },
    async want(count) {
      const data = { count: String(count) };
      const patch = { type: 'merge', body: { data } } as const;
      try {
        await api.client.create(configMaps, mapOf('wanted', data));
      } catch {
        await api.client.patch(configMaps, { namespace, name: 'wanted' }, patch);
      }
    },
  };
}

/** Delivers the events of watches late. */
const lateWatches =
  (delayMs: number) =>
  (transport: Transport, { clock }: VirtualApi): Transport => ({
    send: (request, signal) => transport.send(request, signal),
    watch: (request, sink) =>
      transport.watch(request, {
        next: (event) => void clock.after(delayMs, () => sink.next(event)),
        end: (error) => sink.end(error),
      } satisfies WatchSink),
  });

/** Makes of each create what `fates` say, one after the other; then all is well. */
function creates(fates: readonly ('lost reply' | 'late' | StatusReason)[]) {
  const left = [...fates];
  return (transport: Transport, { clock }: VirtualApi): Transport => ({
    async send(request, signal) {
      const fate = request.verb === 'create' ? left.shift() : undefined;
      if (fate === 'late') clock.after(2000, () => void transport.send(request).catch(() => {}));
      if (fate === 'lost reply') await transport.send(request, signal);
      if (fate === 'late' || fate === 'lost reply') throw new StatusError('Timeout', 'no answer');
      if (fate !== undefined) throw new StatusError(fate, 'refused');
      return transport.send(request, signal);
    },
    watch: (request, sink) => transport.watch(request, sink),
  });
}

test('makes what is asked for, and no more, however late its cache is', async (t) => {
  const { api, count, want } = await start(t, lateWatches(700));
  await want(5);
  for (let i = 0; i < 100; i++) {
    await api.clock.advance(100);
    assert.ok((await count()) <= 5);
  }
  assert.equal(await count(), 5);
  await want(2);
  await api.clock.advance(10_000);
  assert.equal(await count(), 2);
});

for (const { name, fates } of [
  { name: 'an answer is lost', fates: ['lost reply'] },
  { name: 'all answers of a batch are lost', fates: ['lost reply', 'lost reply', 'lost reply'] },
  { name: 'a request arrives late', fates: ['late'] },
  {
    name: 'a request arrives late, after its repetition was refused unheard',
    fates: ['late', 'ServiceUnavailable', 'TooManyRequests'],
  },
  { name: 'a server fails for a moment', fates: ['InternalError', 'InternalError'] },
] as const) {
  test(`makes nothing twice when ${name}`, async (t) => {
    const wrap = (transport: Transport, api: VirtualApi) =>
      creates(fates)(lateWatches(300)(transport, api), api);
    const { api, count, want } = await start(t, wrap);
    await want(3);
    for (let i = 0; i < 100; i++) {
      await api.clock.advance(100);
      assert.ok((await count()) <= 3, `${await count()} after ${i / 10} s`);
    }
    assert.equal(await count(), 3);
  });
}

test('goes on with other things when a server fails time and again', async (t) => {
  const { api, count, want } = await start(t, creates(Array(12).fill('InternalError')));
  await want(1);
  await api.clock.advance(60_000);
  assert.equal(await count(), 1);
});

test('what fails is tried again after longer and longer, not without end', async (t) => {
  const attempts: number[] = [];
  const wrap = (transport: Transport, { clock }: VirtualApi): Transport => ({
    ...transport,
    async send(request: ApiRequest, signal) {
      if (request.verb !== 'create') return transport.send(request, signal);
      attempts.push(clock.monotonicMs());
      throw new StatusError('Forbidden', 'exceeded quota');
    },
    watch: (request, sink) => transport.watch(request, sink),
  });
  const { api, want } = await start(t, wrap);
  await want(100);
  await api.clock.advance(3_600_000);
  assert.ok(attempts.length < 40, `${attempts.length} attempts in an hour`);
  const gaps = attempts.slice(1).map((at, i) => at - attempts[i]!);
  assert.ok(Math.max(...gaps) <= 300_000);
  assert.ok(gaps.at(-1)! > gaps[0]!);
});

test('leaves a server alone for as long as it asks for', async (t) => {
  const attempts: number[] = [];
  const wrap = (transport: Transport, { clock }: VirtualApi): Transport => ({
    async send(request: ApiRequest, signal) {
      if (request.verb !== 'create') return transport.send(request, signal);
      attempts.push(clock.monotonicMs());
      if (attempts.length > 1) return transport.send(request, signal);
      throw new StatusError('TooManyRequests', 'busy', { retryAfterSeconds: 7 });
    },
    watch: (request, sink) => transport.watch(request, sink),
  });
  const { api, want, count } = await start(t, wrap);
  await want(1);
  await api.clock.advance(10_000);
  assert.equal(attempts[1]! - attempts[0]!, 7000);
  assert.equal(await count(), 1);
});

test('a stalled cache costs few looks', async (t) => {
  let looks = 0;
  const { api, want } = await start(t, lateWatches(120_000));
  api.clock.after(0, () => {});
  await want(1);
  const steps = api.clock;
  await steps.advance(119_000, () => {
    looks++;
  });
  assert.ok(looks < 400, `${looks} timers in two minutes`);
});

test('does nothing more once it is told to stop', async (t) => {
  const { api, stop, count, want } = await start(t);
  await want(1);
  await api.clock.advance(1000);
  stop.abort();
  await want(9);
  await api.clock.advance(600_000);
  assert.equal(await count(), 1);
  assert.equal(api.log.filter(({ level }) => level === 'warn').length, 0);
});

test('a settled controller sends nothing', async (t) => {
  const { api, want } = await start(t);
  await want(NAMES.length);
  await api.clock.advance(10_000);
  const before = api.requests.length;
  await api.clock.advance(600_000);
  assert.equal(api.requests.length, before);
});
