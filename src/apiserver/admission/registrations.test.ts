import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { silentLogger } from '../../base/logger.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { RevisionError } from '../../store/store.ts';
import { objectCodec } from '../encoding/json.ts';
import { Registrations } from './registrations.ts';

// Goal: what is registered is known, from the start and whatever becomes of the watch.

const put = (name: string) => ({
  type: 'put' as const,
  key: `/registry/admissionregistration.k8s.io/validatingwebhookconfigurations/${name}`,
  draft: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name, uid: name, creationTimestamp: '' },
    webhooks: [{ name: 'a' }, { name: 'a' }],
  } as unknown as Draft<KubeObject>,
  expect: 0,
});

const followed = async () => {
  for (let i = 0; i < 3; i++) await turn();
};

test('what was there, and what comes after the watch has fallen behind', async () => {
  const store = createMemoryStore<KubeObject>(objectCodec);
  const watch = store.watch.bind(store);
  let fallBehind = (): void => {};
  store.watch = (prefix, revision, sink) => {
    const cancel = watch(prefix, revision, sink);
    fallBehind = () => {
      cancel();
      sink.end(new RevisionError('compacted', revision, store.revision));
    };
    return cancel;
  };
  await store.commit([put('old')]);
  const registrations = new Registrations(store, silentLogger);
  registrations.start();
  const uids = () => registrations.current.validatingWebhooks.map(({ uid }) => uid);
  assert.deepEqual(uids(), ['old/a/0', 'old/a/1']);
  fallBehind();
  await store.commit([put('new')]);
  await followed();
  assert.deepEqual(uids(), ['new/a/0', 'new/a/1', 'old/a/0', 'old/a/1']);
  registrations.stop();
  await store.commit([put('next')]);
  await followed();
  assert.equal(uids().length, 4);
});
