import assert from 'node:assert/strict';
import { configMaps, pods } from '../../src/api/generated/core/v1/resources.ts';
import type { ServedApi } from '../support/served-api.ts';
import { names, type On, podOf, refused } from './client-bench.ts';

/** Deleting, and what a deletion may ask for. */
export function deletingTests(on: On): void {
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

/** What clients are told of requests that fail. */
export function failureTests(on: On): void {
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
