import assert from 'node:assert/strict';
import { test } from 'node:test';
import { persistentVolumes } from '../../src/api/generated/core/v1/resources.ts';
import type { PersistentVolumeClaim } from '../../src/api/generated/core/v1/types.ts';
import { createCluster } from '../../src/testing/testing.ts';

// Goal: claims and volumes that are deleted go, though not while they are in use.

const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};

const volume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'disk' },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    hostPath: { path: '/data' },
  },
};

/** On a node from the beginning: nobody binds claims here, and no scheduler takes such pods. */
const user = (nodeName?: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'user' },
  spec: {
    ...(nodeName && { nodeName }),
    containers: [{ name: 'main', image: 'web:1' }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  },
});

test('a claim that nobody uses goes at once', async () => {
  const cluster = await createCluster();
  await cluster.apply([claim]);
  await cluster.delete('pvc/data');
  await cluster.settle();
  assert.equal(await cluster.find('pvc/data'), undefined);
  cluster.close();
});

test('a claim goes when the pod has gone that uses it', async () => {
  const cluster = await createCluster();
  await cluster.apply([claim, user('node-0')]);
  await cluster.settle();
  await cluster.delete('pvc/data');
  await cluster.settle();
  const kept = await cluster.get<PersistentVolumeClaim>('pvc/data');
  assert.deepEqual(kept.metadata.finalizers, ['kubernetes.io/pvc-protection']);
  await cluster.delete('pod/user');
  await cluster.settle();
  assert.equal(await cluster.find('pvc/data'), undefined);
  cluster.close();
});

test('a pod that waits for a node keeps no claim', async () => {
  const cluster = await createCluster();
  await cluster.apply([claim, user()]);
  await cluster.settle();
  await cluster.delete('pvc/data');
  await cluster.settle();
  assert.equal(await cluster.find('pvc/data'), undefined);
  cluster.close();
});

test('protection that was taken away comes back', async () => {
  const cluster = await createCluster();
  await cluster.apply([claim, volume]);
  for (const name of ['pvc/data', 'pv/disk']) {
    const { finalizers } = (await cluster.get(name)).metadata;
    await cluster.patch(name, { metadata: { finalizers: null } });
    await cluster.settle();
    assert.deepEqual((await cluster.get(name)).metadata.finalizers, finalizers);
  }
  cluster.close();
});

test('a volume goes once it is not bound', async () => {
  const cluster = await createCluster();
  await cluster.apply([volume]);
  const { client } = cluster;
  const setPhase = async (phase: string) => {
    const patch = { type: 'merge', body: { status: { phase } } } as const;
    await client.patch(persistentVolumes, { name: 'disk' }, patch, { subresource: 'status' });
  };
  await setPhase('Bound');
  await cluster.delete('pv/disk');
  await cluster.settle();
  assert.ok(await cluster.find('pv/disk'));
  await setPhase('Released');
  await cluster.settle();
  assert.equal(await cluster.find('pv/disk'), undefined);
  cluster.close();
});

test('a namespace goes with its claims and those who use them', async () => {
  const cluster = await createCluster();
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  await cluster.settle();
  await cluster.apply([claim, user('node-0')], { namespace: 'shop' });
  await cluster.settle();
  await cluster.delete('ns/shop');
  await cluster.settle();
  assert.equal(await cluster.find('ns/shop'), undefined);
  cluster.close();
});
