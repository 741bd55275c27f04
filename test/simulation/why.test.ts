import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { pods as podsResource } from '../../src/api/generated/core/v1/resources.ts';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import { ClusterReader } from '../../src/explain/cluster-reader.ts';
import { explain } from '../../src/explain/explain.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { linesOf } from '../../src/explain/lines.ts';
import { BEHAVIOUR, createCluster, type TestCluster } from '../../src/testing/testing.ts';

// Goal: what users are told of whole clusters in which something is the matter.

const open: TestCluster[] = [];
afterEach(() => {
  for (const cluster of open.splice(0)) cluster.close();
});

async function clusterOf(nodes: number): Promise<TestCluster> {
  const cluster = await createCluster({ nodes });
  open.push(cluster);
  return cluster;
}

async function why(cluster: TestCluster, name: string): Promise<Explanation> {
  const reader = new ClusterReader(cluster.client, async () => ['the last line']);
  return explain(await cluster.get(name), reader, { now: cluster.now() });
}

interface Parts {
  readonly replicas?: number;
  readonly cpu?: string;
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
}

const web = ({ replicas = 1, cpu = '100m', annotations = {}, labels = {} }: Parts = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    progressDeadlineSeconds: 60,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web', ...labels }, annotations },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'web:1',
            ports: [{ name: 'http', containerPort: 80 }],
            resources: { requests: { cpu } },
          },
        ],
      },
    },
  },
});

const service = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { ports: [{ port: 80, targetPort: 'http' }], ...spec },
});

test('all is well', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply([web({ replicas: 2 }), service({ selector: { app: 'web' } })]);
  await cluster.settle();
  for (const [name, summary] of [
    ['deployment/web', 'all of its 2 pods are ready'],
    ['service/web', '2 of its 2 pods serve it'],
    ['node/node-0', 'it is ready'],
  ] as const) {
    const found = await why(cluster, name);
    assert.deepEqual([found.state, found.summary], ['well', summary]);
  }
});

test('a deployment whose pods fit nowhere: what the advice says, done, makes it run', async () => {
  const cluster = await clusterOf(2);
  await cluster.node('node-1').cordon();
  await cluster.apply(web({ replicas: 2, cpu: '3' }));
  await cluster.settle();
  const found = await why(cluster, 'deployment/web');
  assert.equal(found.summary, '1 of 2 pods are ready');
  const [cause] = found.causes;
  assert.equal(cause?.summary, 'none of the 2 nodes can take it');
  assert.match(
    cause?.evidence.map(({ text }) => text).join('\n') ?? '',
    /cpu: 3 asked, 1 of 4 free/,
  );
  assert.equal(cause?.advice[0]?.text, 'uncordon node-1');
  await cluster.node('node-1').uncordon();
  await cluster.settle();
  assert.equal((await why(cluster, 'deployment/web')).state, 'well');
});

test('a rollout that makes no progress', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply(web({ annotations: { [BEHAVIOUR.ready]: 'never' } }));
  await cluster.advance({ minutes: 3 });
  const found = await why(cluster, 'deployment/web');
  assert.equal(found.state, 'wrong');
  assert.match(found.evidence[0]?.text ?? '', /^ProgressDeadlineExceeded: ReplicaSet "web-/);
});

test('a service that selects nobody', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply([web(), service({ selector: { app: 'wbe' } })]);
  await cluster.settle();
  const { state, summary, evidence, advice } = await why(cluster, 'service/web');
  assert.equal(state, 'wrong');
  assert.equal(summary, 'no pod has the labels that it selects: app=wbe');
  assert.match(evidence[0]?.text ?? '', /^comes nearest: it has app=web$/);
  assert.equal(advice[0]?.text, 'let its selector say app: web');
});

test('a service that names a port that no pod has', async () => {
  const cluster = await clusterOf(1);
  const ports = [{ port: 80, targetPort: 'web' }];
  await cluster.apply([web(), service({ selector: { app: 'web' }, ports })]);
  await cluster.settle();
  const { state, evidence } = await why(cluster, 'service/web');
  assert.equal(state, 'wrong');
  assert.equal(evidence[0]?.text, 'goes to the port named "web"; its pods have http');
});

test('a service none of whose pods is ready says why they are not', async () => {
  const cluster = await clusterOf(1);
  const annotations = { [BEHAVIOUR.ready]: 'never' };
  await cluster.apply([web({ annotations }), service({ selector: { app: 'web' } })]);
  await cluster.advance({ seconds: 30 });
  const found = await why(cluster, 'service/web');
  assert.equal(found.summary, "its only pod isn't ready");
  assert.equal(found.causes.length, 1);
});

test('a node without power', async () => {
  const cluster = await clusterOf(1);
  cluster.node('node-0').fail();
  await cluster.advance({ minutes: 2 });
  const { state, summary } = await why(cluster, 'node/node-0');
  assert.equal(state, 'wrong');
  assert.match(summary, /^its agent has said nothing since 2026-/);
});

test('an object that waits for a finalizer', async () => {
  const cluster = await clusterOf(1);
  const metadata = { name: 'kept', finalizers: ['example.com/backup'] };
  await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  await cluster.delete('configmap/kept');
  await cluster.advance({ seconds: 20 });
  const { summary, evidence, advice } = await why(cluster, 'configmap/kept');
  assert.equal(summary, 'it is being deleted for 20 s, and waits for example.com/backup');
  assert.match(evidence[0]?.text ?? '', /a controller of example\.com$/);
  assert.match(advice[1]?.commands[0] ?? '', /^kubectl patch configmap\/kept -n default /);
});

test('a container that crashes', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply(web());
  await cluster.settle();
  const [pod] = await cluster.list<Pod>('pods');
  const status = {
    containerStatuses: [
      {
        name: 'main',
        image: 'web:1',
        imageID: '',
        ready: false,
        restartCount: 4,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
        lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
      },
    ],
    conditions: [{ type: 'Ready', status: 'False' }],
  };
  const body = { status };
  const where = pod!.metadata;
  cluster.node('node-0').fail(); // Or it would say otherwise.
  await cluster.client.patch(
    podsResource,
    where,
    { type: 'merge', body },
    { subresource: 'status' },
  );
  const found = await why(cluster, `pod/${where.name}`);
  assert.equal(
    found.summary,
    'container main ran out of memory and was killed, and was restarted 4 times',
  );
  assert.deepEqual(linesOf(found).slice(1), [
    '    memory  it has no limit of its own: the node ran out of it',
    '    log     the last line',
    '    try give it a memory limit, so that it is the one to suffer, and more to the node',
  ]);
});
