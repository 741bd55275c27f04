import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createTestHeart, type TestHeart } from '../testing.ts';
import { startApiServiceAvailability } from './api-service-availability.ts';
import { HISTORY_MS, startCompaction } from './compaction.ts';
import { startExpiry } from './expiry.ts';

// Goal: what is past is forgotten, and what expires goes, but not what is still written.

const HOUR_MS = 3_600_000;

const event = (name: string) => ({
  kind: 'Event',
  apiVersion: 'v1',
  metadata: { name, namespace: 'default' },
  involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' },
  reason: 'Started',
});

const at = { group: '', version: 'v1', plural: 'events', namespace: 'default' };

async function names({ send }: TestHeart): Promise<string[]> {
  const { items } = await send({ ...at, verb: 'list' });
  return (items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
}

test('events go an hour after they were last written', async () => {
  const clock = new VirtualClock();
  const heart = await createTestHeart({ clock });
  await heart.send({ ...at, verb: 'create', body: event('before') });
  const cancel = startExpiry({ store: heart.store, clock, logger: silentLogger }, heart.table);
  await heart.send({ ...at, verb: 'create', body: event('once') });
  await heart.send({ ...at, verb: 'create', body: event('again') });
  await clock.advance(HOUR_MS / 2);
  const patch = { verb: 'patch', patchType: 'merge', name: 'again', body: { count: 2 } } as const;
  await heart.send({ ...at, ...patch });
  await clock.advance(HOUR_MS / 2 + 60_000);
  assert.deepEqual(await names(heart), ['again']);
  await clock.advance(HOUR_MS / 2);
  assert.deepEqual(await names(heart), []);
  cancel();
});

test('the past can be read for five minutes, and not for ever', async () => {
  const clock = new VirtualClock();
  const heart = await createTestHeart({ clock });
  const cancel = startCompaction(heart.store, clock, silentLogger);
  await clock.advance(1000);
  await heart.send({ ...at, verb: 'create', body: event('one') });
  const written = heart.store.revision;
  await clock.advance(HISTORY_MS);
  assert.ok(heart.store.compactedRevision < written);
  await clock.advance(2 * HISTORY_MS);
  assert.equal(heart.store.compactedRevision, written);
  cancel();
});

test('an APIService says what keeps its server from being reached', async () => {
  const heart = await createTestHeart();
  const cancel = startApiServiceAvailability({ ...heart, logger: silentLogger });
  const services = { group: 'apiregistration.k8s.io', plural: 'apiservices' };
  const service = { name: 'remote', namespace: 'default' };
  const spec = {
    group: 'x.y',
    version: 'v1',
    groupPriorityMinimum: 1,
    versionPriority: 1,
    service,
  };
  const body = { metadata: { name: 'v1.x.y' }, spec };
  await heart.send({ ...services, verb: 'create', body });
  const told = async () => {
    for (let i = 0; i < 20; i++) await turn();
    const { status } = await heart.send({ ...services, verb: 'get', name: 'v1.x.y' });
    return (status as { conditions: { reason: string; message: string }[] }).conditions[0];
  };
  const missing = await told();
  assert.equal(missing?.reason, 'ServiceNotFound');
  assert.equal(missing?.message, 'service/remote in "default" is not present');
  const made = { metadata: { name: 'remote' }, spec: { ports: [{ port: 80 }] } };
  const core = { plural: 'services', namespace: 'default' };
  await heart.send({ ...core, verb: 'create', body: made });
  assert.equal((await told())?.reason, 'ServicePortError');
  cancel();
});
