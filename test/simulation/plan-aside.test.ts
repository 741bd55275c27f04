import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { KubeObject } from '../../src/machinery/object.ts';
import { forbidden } from '../../src/machinery/status.ts';
import { collect } from '../../src/plan/collect.ts';
import type { Plan } from '../../src/plan/report.ts';
import { steadyPods } from '../../src/testing/steady-pods.ts';
import { createCluster, type TestCluster } from '../../src/testing/testing.ts';
import { planFor, sourceOf } from '../support/planning.ts';

// Goal: what goes on in a cluster besides is no part of a plan, and doesn't keep it from its end.

const open: TestCluster[] = [];
afterEach(() => {
  for (const cluster of open.splice(0)) cluster.close();
});

async function clusterWith(...objects: object[]): Promise<TestCluster> {
  const cluster = await createCluster({
    nodes: 2,
    pods: (pod, random) => ({
      ...steadyPods(pod, random),
      ...(pod.spec.restartPolicy === 'Never' && { end: { afterMs: 5000, exitCode: 0 } }),
    }),
  });
  open.push(cluster);
  for (const object of objects) {
    await cluster.apply(object as KubeObject, { fieldManager: 'tutti' });
  }
  await cluster.advance({ minutes: 12 });
  return cluster;
}

const template = (name: string, restartPolicy = 'Always') => ({
  metadata: { labels: { app: name } },
  spec: { restartPolicy, containers: [{ name: 'main', image: `${name}:1` }] },
});

const deployment = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name) },
});

const ticking = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'tick' },
  spec: {
    schedule: '* * * * *',
    jobTemplate: { spec: { template: template('tick', 'Never') } },
  },
};

const quota = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'few' },
  spec: { hard: { 'count/deployments.apps': '9', pods: '3' } },
};

const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } };

const titles = ({ follows }: Plan) => follows.map(({ about }) => `${about.kind}/${about.name}`);

test('what a CronJob does by the clock is none of the change’s doing', async () => {
  const cluster = await clusterWith(ticking);
  const found = await planFor(cluster, [settings, ticking]);
  assert.equal(found.summary, 'Plan: 1 to create, 0 to change, 0 to delete; done at once');
  assert.deepEqual([found.follows, found.timeline, found.notes], [[], [], []]);
});

test('a rollout that gets stuck beside a CronJob comes to its end', async () => {
  const cluster = await clusterWith(ticking, deployment('web', 2));
  const web = deployment('web', 2);
  const cpu = { requests: { cpu: '64' } };
  const [main] = web.spec.template.spec.containers;
  const found = await planFor(cluster, [
    {
      ...web,
      spec: {
        ...web.spec,
        template: {
          ...web.spec.template,
          spec: { containers: [{ ...main, resources: cpu }] },
        },
      },
    },
  ]);
  assert.equal(found.outcome, 'fails');
  assert.ok(found.isSettled);
  assert.ok(found.durationMs < 11 * 60_000, `${found.durationMs} ms`);
  assert.deepEqual(
    titles(found).map((each) => each.split('/')[0]),
    ['ReplicaSet'],
  );
  assert.ok(found.timeline.every(({ about }) => about.name === 'web'));
});

test('a CronJob that is new is watched through its first runs', async () => {
  const cluster = await clusterWith();
  const sinceTickMs = cluster.now() % 60_000;
  await cluster.advance({ milliseconds: 100_000 - sinceTickMs }); // Twenty seconds until the next.
  const found = await planFor(cluster, [ticking]);
  assert.deepEqual(found.workloads[0]?.pods, { kept: 0, started: 1, stopped: 0, ended: 1 });
  assert.deepEqual(
    found.timeline.map(({ text }) => text.replace(/^pod \S+ | on node-\d/g, '')),
    ['made; 0 ready', 'ready; 1 ready', 'completed; 0 ready'],
  );
  assert.ok(titles(found)[0]?.startsWith('Job/tick-'));
});

test('a quota that others have used up is no news', async () => {
  const cluster = await clusterWith(quota, deployment('greedy', 5));
  assert.deepEqual((await planFor(cluster, [settings])).quotas, []);
  const more = await planFor(cluster, [deployment('more', 1)]);
  assert.deepEqual(
    more.quotas.map(({ resource, isHit }) => [resource, isHit]),
    [
      ['count/deployments.apps', false],
      ['pods', true],
    ],
  );
});

test('deleting what isn’t there changes nothing', async () => {
  const { summary } = await planFor(await clusterWith(), [settings], { isDeletion: true });
  assert.equal(summary, 'Plan: no changes; there is nothing to delete');
});

test('a manifest of a kind that nobody knows is named by where it stands', async () => {
  const found = await planFor(await clusterWith(), [{ ...settings, kind: 'Setting' }]);
  assert.deepEqual(
    found.refusals.map(({ origin, message }) => `${origin} | ${message}`),
    ['app.yaml, item 1 | the server has no kind "Setting" in apiVersion "v1"'],
  );
});

test('who may not read what a plan needs is told what that is', async () => {
  const cluster = await clusterWith();
  const source = sourceOf(cluster);
  const list: typeof source.list = async (resource) => {
    if (resource.plural === 'nodes') throw forbidden(resource, '', 'not for you');
    return source.list(resource);
  };
  await assert.rejects(collect({ ...source, list }, []), {
    name: 'CommandError',
    message: 'nodes is forbidden: not for you',
    advice: /get and list namespaces, nodes, pods, .* in all namespaces/,
  });
});

test('what Tutti has no controller for is said as `why` says it, and only of Tutti', async () => {
  const cluster = await clusterWith();
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  const spec = { ...template('web').spec, volumes };
  const objects = [claim, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec }];
  const saidOf = async (isTutti: boolean) =>
    JSON.stringify((await planFor(cluster, objects, { isTutti })).troubles);
  assert.match(await saidOf(true), /Tutti has no controller for PersistentVolumeClaims yet/);
  assert.doesNotMatch(await saidOf(false), /Tutti/);
});
