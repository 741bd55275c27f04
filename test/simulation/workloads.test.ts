import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replicaSets } from '../../src/api/generated/apps/v1/resources.ts';
import type { ControllerRevision, StatefulSet } from '../../src/api/generated/apps/v1/types.ts';
import { jobs } from '../../src/api/generated/batch/v1/resources.ts';
import type { CronJob, Job } from '../../src/api/generated/batch/v1/types.ts';
import { pods as podResource } from '../../src/api/generated/core/v1/resources.ts';
import type { Pod, ReplicationController } from '../../src/api/generated/core/v1/types.ts';
import type { Informer } from '../../src/client/informer.ts';
import { adopt } from '../../src/controllers/adoption.ts';
import { type CronJobAction, reconcileCronJob } from '../../src/controllers/cron-job/reconcile.ts';
import { CronJobWriter } from '../../src/controllers/cron-job/writer.ts';
import { orphanedJobPodsController } from '../../src/controllers/job/orphans.ts';
import type { KubeObject } from '../../src/machinery/object.ts';
import {
  createCluster,
  type ManifestObject,
  pods,
  type TestCluster,
} from '../../src/testing/testing.ts';

// Goal: controllers of workloads do together with all others what they decide alone (their tables):
// whole clusters in virtual time, of which only the nodes are simulated.

async function list<T extends KubeObject>(cluster: TestCluster, type: string): Promise<T[]> {
  const found = await cluster.list<T>(type);
  return found.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
const names = async (cluster: TestCluster, type: string): Promise<string[]> =>
  (await list(cluster, type)).map(({ metadata }) => metadata.name);
const podsOf = (cluster: TestCluster) => list<Pod>(cluster, 'pods');
const imagesOf = async (cluster: TestCluster) =>
  (await podsOf(cluster)).map(({ spec }) => spec.containers[0]?.image);

/** A workload of pods with one container. */
function workload(kind: string, spec: object, podSpec: object = {}): ManifestObject {
  const template = {
    metadata: { labels: { app: 'x' } },
    spec: { containers: [{ name: 'main', image: 'x:1' }], ...podSpec },
  };
  const isJob = kind === 'Job';
  const selector = kind === 'ReplicationController' ? { app: 'x' } : { matchLabels: { app: 'x' } };
  const versions: Readonly<Record<string, string>> = {
    Job: 'batch/v1',
    ReplicationController: 'v1',
  };
  return {
    apiVersion: versions[kind] ?? 'apps/v1',
    kind,
    metadata: { name: 'x' },
    spec: { ...(!isJob && { selector }), template, ...spec },
  } as ManifestObject;
}

const image = (text: string) => ({
  spec: { template: { spec: { containers: [{ name: 'main', image: text }] } } },
});

test('a StatefulSet comes up one by one, is updated from its end, and goes back', async () => {
  const cluster = await createCluster({ nodes: 2 });
  await cluster.apply(workload('StatefulSet', { replicas: 3, serviceName: 'x' }));
  await cluster.settle();
  assert.deepEqual(await names(cluster, 'pods'), ['x-0', 'x-1', 'x-2']);
  const made = (await podsOf(cluster)).map(({ metadata }) => metadata.creationTimestamp);
  assert.deepEqual(made, [...new Set(made)].toSorted());

  await cluster.patch('statefulset/x', {
    spec: { updateStrategy: { rollingUpdate: { partition: 1 } } },
  });
  await cluster.patch('statefulset/x', image('x:2'));
  await cluster.settle();
  assert.deepEqual(await imagesOf(cluster), ['x:1', 'x:2', 'x:2']);

  await cluster.patch('statefulset/x', image('x:1'));
  await cluster.settle();
  assert.deepEqual(await imagesOf(cluster), ['x:1', 'x:1', 'x:1']);
  const revisions = await list<ControllerRevision>(cluster, 'controllerrevisions');
  const numbers = revisions.map(({ revision }) => revision);
  assert.deepEqual(numbers.toSorted(), [2, 3]);
  const { status } = await cluster.get<StatefulSet>('statefulset/x');
  assert.equal(status.currentRevision, status.updateRevision);
  cluster.close();
});

test('claims of a StatefulSet stay when it shrinks, and go when it says so', async () => {
  const cluster = await createCluster({ nodes: 1 });
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  };
  const set = {
    replicas: 2,
    serviceName: 'x',
    podManagementPolicy: 'Parallel',
    volumeClaimTemplates: [claim],
  };
  await cluster.apply(workload('StatefulSet', set));
  await cluster.settle();
  await cluster.patch('statefulset/x', { spec: { replicas: 1 } });
  await cluster.settle();
  assert.deepEqual(await names(cluster, 'persistentvolumeclaims'), ['data-x-0', 'data-x-1']);

  const policy = { whenDeleted: 'Delete', whenScaled: 'Delete' };
  await cluster.patch('statefulset/x', { spec: { persistentVolumeClaimRetentionPolicy: policy } });
  await cluster.settle();
  await cluster.delete('statefulset/x');
  await cluster.settle();
  assert.deepEqual(await names(cluster, 'persistentvolumeclaims'), ['data-x-1']);
  cluster.close();
});

test('a DaemonSet follows its nodes', async () => {
  const cluster = await createCluster({ nodes: 2 });
  await cluster.apply(workload('DaemonSet', {}));
  await cluster.settle();
  const nodesOf = async () => (await podsOf(cluster)).map(({ spec }) => spec.nodeName).toSorted();
  assert.deepEqual(await nodesOf(), ['node-0', 'node-1']);

  await cluster.patch('node/node-1', { metadata: { labels: { off: 'yes' } } });
  const affinity = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'off', operator: 'DoesNotExist' }] }],
      },
    },
  };
  await cluster.patch('daemonset/x', { spec: { template: { spec: { affinity } } } });
  await cluster.settle();
  assert.deepEqual(await nodesOf(), ['node-0']);

  await cluster.patch('node/node-1', { metadata: { labels: { off: null } } });
  await cluster.settle();
  assert.deepEqual(await nodesOf(), ['node-0', 'node-1']);
  cluster.close();
});

test('a Job tries again until it has failed too often, and counts each pod once', async () => {
  const cluster = await createCluster({
    nodes: 1,
    pods: pods(() => ({ end: { afterMs: 1000, exitCode: 1 } })),
  });
  await cluster.apply(workload('Job', { backoffLimit: 2 }, { restartPolicy: 'Never' }));
  await cluster.advance({ minutes: 3 });
  const { status } = await cluster.get<Job>('job/x');
  assert.equal(status.failed, 3);
  assert.deepEqual(
    status.conditions?.map(({ type, reason }) => `${type} ${reason}`),
    ['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded'],
  );
  assert.ok((await podsOf(cluster)).every(({ metadata }) => !metadata.finalizers));
  cluster.close();
});

test('a Job survives that its pods are deleted, and goes when its time is over', async () => {
  const cluster = await createCluster({
    nodes: 1,
    pods: pods(() => ({ end: { afterMs: 60_000, exitCode: 0 } })),
  });
  const spec = {
    completions: 2,
    parallelism: 2,
    completionMode: 'Indexed',
    ttlSecondsAfterFinished: 600,
  };
  await cluster.apply(workload('Job', spec, { restartPolicy: 'Never' }));
  await cluster.advance({ seconds: 30 });
  const [first = ''] = await names(cluster, 'pods');
  await cluster.delete(`pod/${first}`);
  await cluster.advance({ minutes: 3 });
  const { status } = await cluster.get<Job>('job/x');
  assert.deepEqual(
    { succeeded: status.succeeded, indexes: status.completedIndexes },
    { succeeded: 2, indexes: '0,1' },
  );
  await cluster.advance({ minutes: 11 });
  assert.equal(await cluster.find('job/x'), undefined);
  assert.deepEqual(await names(cluster, 'pods'), []);
  cluster.close();
});

test('a Job that replaces only what has failed sees pods end that are deleted', async () => {
  const cluster = await createCluster({ nodes: 1 });
  await cluster.apply(
    workload('Job', { podReplacementPolicy: 'Failed' }, { restartPolicy: 'Never' }),
  );
  await cluster.settle();
  const [first = ''] = await names(cluster, 'pods');
  await cluster.delete(`pod/${first}`);
  await cluster.advance({ minutes: 2 });
  const { status } = await cluster.get<Job>('job/x');
  assert.deepEqual([status.failed, status.active, status.terminating], [1, 1, 0]);
  assert.notDeepEqual(await names(cluster, 'pods'), [first]);
  cluster.close();
});

test('pods of a Job that leaves them behind wait for nobody', async () => {
  const cluster = await createCluster({ nodes: 1 });
  await cluster.apply(workload('Job', {}, { restartPolicy: 'Never' }));
  await cluster.settle();
  const { metadata } = await cluster.get<Job>('job/x');
  await cluster.client.delete(jobs, metadata, { propagationPolicy: 'Orphan' });
  await cluster.settle();
  const [left] = await podsOf(cluster);
  assert.deepEqual(
    [left?.metadata.finalizers, left?.metadata.ownerReferences],
    [undefined, undefined],
  );
  cluster.close();
});

test('pods of a Job that only the cache lacks are still to be counted', async () => {
  const cluster = await createCluster({ nodes: 1 });
  await cluster.apply(workload('Job', {}, { restartPolicy: 'Never' }));
  await cluster.settle();
  const [pod] = await podsOf(cluster);
  const caches = { pods: { lister: { get: () => pod } }, jobs: { lister: { get() {} } } };
  const { observe, reconcile, execute } = orphanedJobPodsController(
    { clientFor: () => cluster.client },
    caches as unknown as Parameters<typeof orphanedJobPodsController>[1],
  );
  const [action] = reconcile(observe('default/x')!);
  assert.equal(action?.type, 'untrackPod');
  await assert.rejects(execute(action as Parameters<typeof execute>[0]), /isn't gone/);
  assert.deepEqual((await podsOf(cluster))[0]?.metadata.finalizers, [
    'batch.kubernetes.io/job-tracking',
  ]);
  cluster.close();
});

test('a Job is suspended and goes on', async () => {
  const cluster = await createCluster({ nodes: 1 });
  await cluster.apply(workload('Job', {}, { restartPolicy: 'Never' }));
  await cluster.settle();
  await cluster.patch('job/x', { spec: { suspend: true } });
  await cluster.settle();
  assert.deepEqual(await names(cluster, 'pods'), []);
  await cluster.patch('job/x', { spec: { suspend: false } });
  await cluster.settle();
  const { status } = await cluster.get<Job>('job/x');
  assert.deepEqual([status.active, status.ready, status.failed], [1, 1, undefined]);
  cluster.close();
});

test('a CronJob starts jobs by its schedule, and keeps the last of them', async () => {
  const cluster = await createCluster({
    nodes: 1,
    pods: pods(() => ({ end: { afterMs: 5000, exitCode: 0 } })),
  });
  const { spec } = workload('Job', {}, { restartPolicy: 'Never' }) as unknown as Job;
  await cluster.apply({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick' },
    spec: { schedule: '*/10 * * * *', successfulJobsHistoryLimit: 2, jobTemplate: { spec } },
  } as ManifestObject);
  await cluster.advance({ minutes: 61 });
  const kept = await names(cluster, 'jobs');
  assert.equal(kept.length, 2);
  const { status } = await cluster.get<CronJob>('cronjob/tick');
  assert.equal(status.active, undefined);
  assert.equal(`tick-${Date.parse(status.lastScheduleTime ?? '') / 60_000}`, kept[1]);
  await cluster.delete('cronjob/tick');
  await cluster.settle();
  assert.deepEqual(await names(cluster, 'pods'), []);
  cluster.close();
});

test('a CronJob takes no job for gone that only its cache lacks', async () => {
  const cluster = await createCluster({ nodes: 1 });
  const { spec } = workload('Job', {}, { restartPolicy: 'Never' }) as unknown as Job;
  await cluster.apply({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick' },
    spec: { schedule: '* * * * *', concurrencyPolicy: 'Forbid', jobTemplate: { spec } },
  } as ManifestObject);
  await cluster.advance({ seconds: 61 });
  const cronJob = await cluster.get<CronJob>('cronjob/tick');
  const { active = [] } = cronJob.status;
  assert.equal(active.length, 1);
  const { client } = cluster;
  const caches = { cronJobs: {}, jobs: {} } as ConstructorParameters<typeof CronJobWriter>[2];
  const writer = new CronJobWriter(client, undefined as never, caches);
  const observed = { cronJob, jobs: [], isThere: () => false, now: cluster.now() };
  const [action] = reconcileCronJob(observed);
  assert.equal(action?.type, 'updateStatus');
  await assert.rejects(writer.execute(action as CronJobAction), /isn't gone/);
  assert.deepEqual((await cluster.get<CronJob>('cronjob/tick')).status.active, active);
  cluster.close();
});

test('a ReplicationController keeps its pods', async () => {
  const cluster = await createCluster({ nodes: 1 });
  await cluster.apply(workload('ReplicationController', { replicas: 2 }));
  await cluster.settle();
  const [first = ''] = await names(cluster, 'pods');
  await cluster.delete(`pod/${first}`);
  await cluster.settle();
  const { status } = await cluster.get<ReplicationController>('replicationcontroller/x');
  assert.deepEqual(status, {
    replicas: 2,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    observedGeneration: 1,
  });
  cluster.close();
});

test('who goes adopts nothing, and leaves alone what it took for its own', async () => {
  const cluster = await createCluster({ nodes: 1 });
  const set = workload('ReplicaSet', { replicas: 1 });
  await cluster.apply({ ...set, metadata: { name: 'x', finalizers: ['test/held'] } });
  await cluster.settle();
  const known = await cluster.get<KubeObject>('replicaset/x');
  const [pod] = await podsOf(cluster);
  await cluster.client.delete(replicaSets, known.metadata, { propagationPolicy: 'Orphan' });
  await cluster.settle();
  const { client } = cluster;
  const informer = { resource: podResource } as Informer<Pod>;
  await assert.rejects(
    adopt({ client, owners: replicaSets, informer }, known, pod!),
    /adopts nothing/,
  );
  const [left] = await podsOf(cluster);
  assert.deepEqual(
    [left?.metadata.uid, left?.metadata.ownerReferences],
    [pod?.metadata.uid, undefined],
  );
  cluster.close();
});
