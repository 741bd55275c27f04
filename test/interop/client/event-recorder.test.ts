import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { configMaps, events } from '../../../src/api/generated/core/v1/resources.ts';
import type { ConfigMap, Event } from '../../../src/api/generated/core/v1/types.ts';
import type { Transport } from '../../../src/client/client.ts';
import { createEventRecorder } from '../../../src/client/event-recorder.ts';
import { StatusError } from '../../../src/machinery/status.ts';
import { startVirtualApi } from '../../support/virtual-api.ts';

// Goal: users see what happened, and how often; no component can flood the store with it.

const namespace = 'default';

async function start(t: TestContext, wrap: (transport: Transport) => Transport = (all) => all) {
  const api = await startVirtualApi();
  t.after(() => api.close());
  const about = await api.client.create<ConfigMap>(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'thing', namespace },
  });
  const client = api.clientThrough(wrap);
  const recorder = createEventRecorder({ ...api, client }, 'tester', 'host');
  return {
    api,
    say(reason: string, message: string) {
      recorder.record(about, { type: 'Warning', reason, message });
      return api.clock.advance(0);
    },
    async seen(): Promise<Event[]> {
      return [...(await api.client.list<Event>(events, { namespace })).items];
    },
  };
}

test('an event says what, about what, and by whom', async (t) => {
  const { say, seen } = await start(t);
  await say('Broken', 'it broke');
  const [event] = await seen();
  assert.equal(event?.involvedObject.name, 'thing');
  assert.equal(event?.involvedObject.kind, 'ConfigMap');
  assert.deepEqual([event?.type, event?.reason, event?.message], ['Warning', 'Broken', 'it broke']);
  assert.deepEqual(event?.source, { component: 'tester', host: 'host' });
});

test('the same again only raises a count and the time', async (t) => {
  const { api, say, seen } = await start(t);
  for (let i = 0; i < 3; i++) {
    await say('Broken', 'it broke');
    await api.clock.advance(10_000);
  }
  const all = await seen();
  assert.equal(all.length, 1);
  assert.equal(all[0]?.count, 3);
  assert.notEqual(all[0]?.firstTimestamp, all[0]?.lastTimestamp);
});

test('an event that has expired is made anew', async (t) => {
  const { api, say, seen } = await start(t);
  await say('Broken', 'it broke');
  await api.client.deleteCollection(events, { namespace });
  await say('Broken', 'it broke');
  const all = await seen();
  assert.deepEqual(
    all.map(({ count }) => count),
    [1],
  );
});

test('many that differ only in their message are combined', async (t) => {
  const { say, seen } = await start(t);
  for (let i = 0; i < 20; i++) await say('FailedCreate', `pod web-${i} is forbidden`);
  const all = await seen();
  assert.equal(all.length, 10);
  const combined = all.find(({ message }) => message?.startsWith('(combined from similar events)'));
  assert.equal(combined?.count, 11);
  assert.equal(combined?.message, '(combined from similar events): pod web-19 is forbidden');
});

test('one object is not told of without end', async (t) => {
  const { api, say, seen } = await start(t);
  for (let i = 0; i < 100; i++) await say(`Reason${i}`, 'again');
  assert.equal((await seen()).length, 25);
  await api.clock.advance(600_000);
  for (let i = 0; i < 10; i++) await say(`Later${i}`, 'again');
  assert.equal((await seen()).length, 27, 'one more for each five minutes');
});

test('an answer that got lost makes no second event', async (t) => {
  let isLost = true;
  const { api, say, seen } = await start(t, (transport) => ({
    async send(request, signal) {
      const answer = await transport.send(request, signal);
      if (!isLost) return answer;
      isLost = false;
      throw new StatusError('Timeout', 'no answer');
    },
    watch: (request, sink) => transport.watch(request, sink),
  }));
  await say('Broken', 'it broke');
  await api.clock.advance(60_000);
  await say('Broken', 'it broke');
  const all = await seen();
  assert.deepEqual(
    all.map(({ count }) => count),
    [2],
  );
});

test('an event that can not be written is given up, and said in the log', async (t) => {
  let attempts = 0;
  const { api, say } = await start(t, (transport) => ({
    send() {
      attempts++;
      return Promise.reject(new StatusError('InternalError', 'no'));
    },
    watch: (request, sink) => transport.watch(request, sink),
  }));
  await say('Broken', 'it broke');
  await api.clock.advance(600_000);
  assert.equal(attempts, 3);
  assert.equal(api.log.filter(({ message }) => message === 'event not recorded').length, 1);
});
