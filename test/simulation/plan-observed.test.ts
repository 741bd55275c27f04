import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Deployment } from '../../src/api/generated/apps/v1/types.ts';
import { pods } from '../../src/api/generated/core/v1/resources.ts';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import { BEHAVIOUR, createCluster, type TestCluster } from '../../src/testing/testing.ts';
import { planFor } from '../support/planning.ts';

// Goal: what can't be held against the simulator: times that are seen, volumes that others provide.

const open: TestCluster[] = [];
afterEach(() => {
  for (const cluster of open.splice(0)) cluster.close();
});

const rollout = {
  group: 'example.com',
  version: 'v1',
  plural: 'rollouts',
  kind: 'Rollout',
  namespaced: true,
};

async function clusterWith(...objects: object[]): Promise<TestCluster> {
  const cluster = await createCluster({ nodes: 2 });
  open.push(cluster);
  for (const object of objects) {
    await cluster.apply(object as Deployment, { fieldManager: 'tutti' });
  }
  await cluster.settle();
  return cluster;
}

const planWith = (cluster: TestCluster, ...objects: object[]) =>
  planFor(cluster, objects, { others: [rollout] });

const workload = (kind: string, image: string, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: {
        labels: { app: 'web' },
        annotations: { 'simulation.tutti.dev/start-seconds': '20' },
      },
      spec: { containers: [{ name: 'main', image }] },
    },
    ...more,
  },
});

test('pods are expected to take as long as those before them took', async () => {
  const cluster = await clusterWith(workload('Deployment', 'web:1'));
  const { workloads, durationMs } = await planWith(cluster, workload('Deployment', 'web:2'));
  assert.equal(workloads[0]?.expected?.seenAt, '2 pods of web');
  const seconds = durationMs / 1000; // Two after each other, each 20 s and a half.
  assert.ok(seconds >= 40 && seconds <= 46, `${seconds} s`);
});

const rollouts = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'rollouts.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'rollouts', singular: 'rollout', kind: 'Rollout', listKind: 'RolloutList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
};

test('pods of whom nobody here knows the controller stay as they are', async () => {
  const cluster = await clusterWith(rollouts, workload('Deployment', 'web:1'));
  const shop = { apiVersion: 'example.com/v1', kind: 'Rollout', metadata: { name: 'shop' } };
  const [made] = await cluster.apply(shop as never);
  const uid = made?.metadata.uid;
  const { metadata: _, ...owner } = { ...shop, name: 'shop', uid, controller: true };
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'shop-1', ownerReferences: [owner] },
    spec: { containers: [{ name: 'main', image: 'shop:1' }] },
  } as never);
  await cluster.settle();
  const same = await planWith(cluster, workload('Deployment', 'web:1'));
  assert.deepEqual([same.outcome, same.follows, same.notes], ['unchanged', [], []]);
  const found = await planWith(cluster, workload('Deployment', 'web:2'));
  assert.deepEqual(
    found.workloads.map(({ about }) => about.name),
    ['web'],
  );
});

const storage = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'fast' },
  provisioner: 'csi.example.com',
  volumeBindingMode: 'WaitForFirstConsumer',
};
const driver = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSIDriver',
  metadata: { name: 'csi.example.com' },
  spec: {},
};
const database = workload('StatefulSet', 'db:1', {
  serviceName: 'web',
  volumeClaimTemplates: [
    {
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'fast',
        resources: { requests: { storage: '1Gi' } },
      },
    },
  ],
});

test('claims get volumes where a provisioner is registered for their class', async () => {
  const found = await planWith(await clusterWith(storage, driver), database);
  assert.equal(found.outcome, 'changes', JSON.stringify(found.troubles));
  assert.equal(found.workloads[0]?.readyAfter, 2);
});

test('claims stay without volumes where nobody provides any', async () => {
  const found = await planWith(await clusterWith(storage), database);
  assert.equal(found.outcome, 'fails');
  assert.equal(found.workloads[0]?.readyAfter, 0);
});

/** Has the pods say what a node's agent says of containers that end again and again. */
async function letCrash(cluster: TestCluster): Promise<void> {
  const lastState = { terminated: { exitCode: 4, reason: 'Error' } };
  const state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } };
  const status = { name: 'main', image: 'web:1', imageID: '', ready: false, restartCount: 3 };
  const body = { status: { containerStatuses: [{ ...status, state, lastState }] } };
  for (const { metadata } of await cluster.list<Pod>('pods')) {
    await cluster.client.patch(pods, metadata, { type: 'merge', body }, { subresource: 'status' });
  }
}

test('more pods of what ends again and again end as those do', async () => {
  const never = {
    metadata: { labels: { app: 'web' }, annotations: { [BEHAVIOUR.ready]: 'never' } },
    spec: { containers: [{ name: 'main', image: 'web:1' }] },
  };
  const crashing = workload('Deployment', 'web:1', { template: never });
  const cluster = await clusterWith(crashing);
  await letCrash(cluster);
  const more = { ...crashing, spec: { ...crashing.spec, replicas: 5 } };
  const { outcome, troubles } = await planWith(cluster, more);
  assert.equal(outcome, 'fails');
  assert.deepEqual(
    troubles[0]?.causes.map((each) => each.summary),
    ['container main ends with exit code 4, and was restarted 3 times'],
  );
});
