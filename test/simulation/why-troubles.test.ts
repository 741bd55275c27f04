import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Lease } from '../../src/api/generated/coordination/v1/types.ts';
import {
  nodes as nodesResource,
  pods as podsResource,
  services as servicesResource,
} from '../../src/api/generated/core/v1/resources.ts';
import type { Node } from '../../src/api/generated/core/v1/types.ts';
import type { Client } from '../../src/client/client.ts';
import { ClusterReader } from '../../src/explain/cluster-reader.ts';
import { explain } from '../../src/explain/explain.ts';
import { linesOf } from '../../src/explain/lines.ts';
import { explainUnwell } from '../../src/explain/overview.ts';
import type { KubeObject } from '../../src/machinery/object.ts';
import { forbidden } from '../../src/machinery/status.ts';
import { BEHAVIOUR, createCluster, type TestCluster } from '../../src/testing/testing.ts';

// Goal: what users are told of what goes wrong in the daily life of clusters, whoever made them: a
// row each, with all that is said. What no controller of ours does yet is written as others do.

const open: TestCluster[] = [];
afterEach(() => {
  for (const cluster of open.splice(0)) cluster.close();
});

async function clusterOf(nodes: number): Promise<TestCluster> {
  const cluster = await createCluster({ nodes });
  open.push(cluster);
  return cluster;
}

async function why(cluster: TestCluster, object: string | object): Promise<string> {
  const reader = new ClusterReader(cluster.client, async () => undefined);
  const found = typeof object === 'string' ? await cluster.get(object) : (object as KubeObject);
  return linesOf(await explain(found, reader, { now: cluster.now() })).join('\n');
}

const template = (spec: object = {}) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image: 'web:1' }], ...spec },
});

const deployment = (replicas: number, spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template(spec) },
});

const job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'once', namespace: 'default', uid: 'u-1', generation: 1 },
  spec: { completions: 3, backoffLimit: 2, template: template({ restartPolicy: 'Never' }) },
  status: {},
};

const pod = (spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'one', labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image: 'web:1' }], ...spec },
});

/** What a node would say of a pod that it has; the node loses its power first, or it would go on. */
async function reported(cluster: TestCluster, spec: object, status: object): Promise<void> {
  await cluster.apply(pod(spec));
  await cluster.settle();
  cluster.node('node-0').fail();
  const place = { namespace: 'default', name: 'one' };
  const patch = { type: 'merge', body: { status } } as const;
  await cluster.client.patch(podsResource, place, patch, { subresource: 'status' });
}

const unready = { conditions: [{ type: 'Ready', status: 'False' }] };

const container = (state: object, name = 'main') => ({
  name,
  image: 'web:1',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
});

for (const { name, change, text } of [
  {
    name: 'a job that nobody has taken up',
    change: {},
    text: /^\.\. {2}job\/once: its controller has not taken it up yet; does it run\?$/,
  },
  {
    name: 'a job that runs',
    change: { status: { startTime: '2026-01-01T00:00:00Z', active: 1, succeeded: 2 } },
    text: /^ok {2}job\/once: 2 of 3 runs have succeeded, 1 is under way$/,
  },
  {
    name: 'a job that is suspended',
    change: { spec: { ...job.spec, suspend: true } },
    text: /^\.\. {2}job\/once: it is suspended: no pods are made for it\n {4}try resume it\n {8}kubectl patch job\/once -n default/,
  },
  {
    name: 'a job that is done',
    change: { status: { conditions: [{ type: 'Complete', status: 'True' }] } },
    text: /^ok {2}job\/once: it is complete$/,
  },
  {
    name: 'a job that has failed',
    change: {
      status: {
        conditions: [
          {
            type: 'Failed',
            status: 'True',
            reason: 'BackoffLimitExceeded',
            message: 'Job has reached the specified backoff limit',
          },
        ],
      },
    },
    text: /^xx {2}job\/once: it has failed: BackoffLimitExceeded: Job has reached the specified backoff limit$/,
  },
]) {
  test(name, async () => {
    const cluster = await clusterOf(1);
    assert.match(await why(cluster, { ...job, ...change }), text);
  });
}

test('an autoscaler on a server that is known to have no controller for it', async () => {
  const cluster = await clusterOf(1);
  const metadata = { name: 'web', namespace: 'default', uid: 'u' };
  const object = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata };
  const tail = async () => undefined;
  const reader = new ClusterReader(cluster.client, tail, { isTutti: true });
  const said = await explain(object as unknown as KubeObject, reader, { now: cluster.now() });
  assert.deepEqual(linesOf(said), [
    'xx  horizontalpodautoscaler/web: Tutti has no controller for HorizontalPodAutoscalers yet; see docs/compatibility.md',
  ]);
});

test('an object of a kind that others call as we call ours', async () => {
  const cluster = await clusterOf(1);
  const metadata = { name: 'x', namespace: 'default', uid: 'u' };
  const object = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata };
  assert.equal(await why(cluster, object), 'ok  service/x: nothing is known to be wrong with it');
});

test('a workload of which the quota allows no more', async () => {
  const cluster = await clusterOf(1);
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace: 'default', uid: 'u-4', generation: 1 },
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: template() },
    status: { observedGeneration: 1 },
  };
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    involvedObject: { kind: 'StatefulSet', name: 'db', namespace: 'default', uid: 'u-4' },
    type: 'Warning',
    reason: 'FailedCreate',
    message: 'pods "db-0" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1',
  });
  const said = await why(cluster, set);
  assert.match(said, /^xx {2}statefulset\/db: 0 of 2 pods are ready\n/);
  assert.match(said, /FailedCreate: pods "db-0" is forbidden: exceeded quota: small/);
  assert.match(
    said,
    /try raise the quota small, or free some of it\n +kubectl describe quota\/small -n default/,
  );
});

test('a rollout for which there is no room, beside the pods of old that are all ready', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply(deployment(2));
  await cluster.settle();
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'full' },
    spec: { hard: { pods: '2' } },
  };
  await cluster.apply(quota);
  await cluster.settle();
  await cluster.apply(deployment(2, { hostname: 'other' }));
  await cluster.settle();
  const said = await why(cluster, 'deployment/web');
  assert.match(said, /^xx {2}deployment\/web: its rollout is stuck; 2 of 2 pods are ready\n/);
  assert.match(said, /FailedCreate: pods "web-\S+" is forbidden: exceeded quota: full/);
});

test('room that a deployment has is made by scaling that, not its replica set', async () => {
  const cluster = await clusterOf(1);
  const asking = (cpu: string) => ({
    containers: [{ name: 'main', image: 'web:1', resources: { requests: { cpu } } }],
  });
  const { cpu } = ((await cluster.get('node/node-0')) as unknown as Node).status!.allocatable!;
  await cluster.apply(deployment(2, asking(`${Math.floor(Number(cpu) * 400)}m`)));
  await cluster.settle();
  await cluster.apply(pod(asking(`${Math.floor(Number(cpu) * 500)}m`)));
  await cluster.settle();
  assert.match(
    await why(cluster, 'pod/one'),
    /or {2}scale down deployment\/web in default to 1, whose pod web-\S+ is on node-0 \(tried: it then fits\)\n {8}kubectl scale deployment\/web -n default --replicas=1\n/,
  );
});

test('a deployment that is scaled to nothing', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply(deployment(0));
  await cluster.settle();
  assert.equal(await why(cluster, 'deployment/web'), 'ok  deployment/web: it is scaled to 0 pods');
});

test('a pod that was evicted and replaced is no trouble of its deployment', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply(deployment(2));
  await cluster.settle();
  const [first] = await cluster.list('pods');
  const { name, ownerReferences } = first!.metadata;
  const metadata = { name: `${name}-old`, labels: { app: 'web' }, ownerReferences };
  await cluster.apply({ ...pod({ nodeName: 'gone' }), metadata });
  const patch = {
    type: 'merge',
    body: { status: { phase: 'Failed', reason: 'Evicted' } },
  } as const;
  const place = { namespace: 'default', name: metadata.name };
  await cluster.client.patch(podsResource, place, patch, { subresource: 'status' });
  assert.equal(
    await why(cluster, 'deployment/web'),
    'ok  deployment/web: all of its 2 pods are ready',
  );
});

test('pods that are on their way out are no trouble of their deployment', async () => {
  const cluster = await clusterOf(1);
  const slow = deployment(3);
  const annotations = { [BEHAVIOUR.stop]: '25' };
  const given = { ...slow.spec.template, metadata: { labels: { app: 'web' }, annotations } };
  await cluster.apply({ ...slow, spec: { ...slow.spec, template: given } });
  await cluster.settle();
  await cluster.patch('deployment/web', { spec: { replicas: 1 } });
  await cluster.advance({ seconds: 5 });
  assert.equal((await cluster.list('pods')).length, 3);
  assert.equal(await why(cluster, 'deployment/web'), 'ok  deployment/web: its pod is ready');
});

test('a pod that has its grace to end in', async () => {
  const cluster = await clusterOf(1);
  const annotations = { [BEHAVIOUR.stop]: '20' };
  await cluster.apply({ ...pod(), metadata: { ...pod().metadata, annotations } });
  await cluster.settle();
  await cluster.delete('pod/one');
  await cluster.advance({ seconds: 5 });
  assert.match(await why(cluster, 'pod/one'), /^\.\. {2}pod\/one: it is being deleted for 5 s, /);
});

test('all that is wrong in a namespace: each where the matter lies', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply(deployment(3, { nodeSelector: { disk: 'fast' } }));
  const metadata = { name: 'stuck' };
  const other = { ...deployment(1, { serviceAccountName: 'nobody' }), metadata };
  await cluster.apply(other);
  await cluster.settle();
  const reader = new ClusterReader(cluster.client, async () => undefined);
  const found = await explainUnwell(reader, 'default', { now: cluster.now() });
  assert.deepEqual(
    found.map(({ about, summary }) => `${about.kind}: ${summary}`),
    ["Pod: the only node can't take it", 'Deployment: 0 of 1 pods are ready'],
  );
  assert.match(linesOf(found[1]!).join('\n'), /try create the ServiceAccount nobody in default/);
});

test('a daemon set that lacks a pod', async () => {
  const cluster = await clusterOf(1);
  const object = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'd', namespace: 'default', uid: 'u-2', generation: 1 },
    spec: { selector: { matchLabels: { app: 'web' } }, template: template() },
    status: { observedGeneration: 1, desiredNumberScheduled: 2, numberReady: 0 },
  };
  assert.equal(await why(cluster, object), '..  daemonset/d: 0 of 2 pods are ready');
});

test('a cron job', async () => {
  const cluster = await clusterOf(1);
  const metadata = { name: 'nightly', namespace: 'default', uid: 'u-3' };
  const spec = { schedule: '0 3 * * *', suspend: true, jobTemplate: { spec: job.spec } };
  const object = { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec };
  assert.match(
    await why(cluster, object),
    /^\.\. {2}cronjob\/nightly: it is suspended: no jobs are made for it\n {4}try resume it\n/,
  );
  const running = { ...object, spec: { ...spec, suspend: false } };
  assert.equal(
    await why(cluster, running),
    'ok  cronjob/nightly: it has made no job yet; its schedule is "0 3 * * *"',
  );
});

test('a node with a condition that is good news', async () => {
  const cluster = await clusterOf(1);
  const node = await cluster.get('node/node-0');
  const conditions = [
    ...(node as unknown as { status: { conditions: object[] } }).status.conditions,
    { type: 'EtcdIsVoter', status: 'True', reason: 'MemberNotLearner', message: '' },
  ];
  const patch = { type: 'merge', body: { status: { conditions } } } as const;
  await cluster.client.patch(nodesResource, { name: 'node-0' }, patch, { subresource: 'status' });
  assert.equal(await why(cluster, 'node/node-0'), 'ok  node/node-0: it is ready');
});

test('a pod whose node has no power', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply(pod());
  await cluster.settle();
  cluster.node('node-0').fail();
  await cluster.advance({ minutes: 2 });
  const said = await why(cluster, 'pod/one');
  assert.match(
    said,
    /^xx {2}pod\/one: its node node-0 isn't ready\n {4}xx {2}node\/node-0: its agent has said/,
  );
  const lease = await cluster.get('lease/node-0', { namespace: 'kube-node-lease' });
  const { renewTime } = (lease as unknown as Lease).spec!;
  assert.match(said, new RegExp(`its agent has said nothing since ${renewTime}\n`));
});

test('a pod that is being deleted on a node without power', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply(pod());
  await cluster.settle();
  cluster.node('node-0').fail();
  await cluster.advance({ minutes: 2 });
  await cluster.delete('pod/one');
  await cluster.advance({ seconds: 10 });
  const said = await why(cluster, 'pod/one');
  assert.match(
    said,
    /^xx {2}pod\/one: it is being deleted for 10 s, and its node has yet to end it\n/,
  );
  assert.match(said, /kubectl delete pod\/one -n default --force/);
  assert.match(said, /node\/node-0: its agent has said nothing/);
});

for (const { name, spec, status, text } of [
  {
    name: 'a pod that was evicted',
    spec: {},
    status: {
      phase: 'Failed',
      reason: 'Evicted',
      message: 'The node was low on resource: memory.',
      containerStatuses: [container({ terminated: { exitCode: 137, reason: 'Error' } })],
    },
    text: /^xx {2}pod\/one: it was evicted: The node was low on resource: memory\./,
  },
  {
    name: 'an init container that fails',
    spec: { initContainers: [{ name: 'prepare', image: 'x' }] },
    status: {
      ...unready,
      phase: 'Pending',
      initContainerStatuses: [container({ terminated: { exitCode: 127 } }, 'prepare')],
      containerStatuses: [container({ waiting: { reason: 'PodInitializing' } })],
    },
    text: /^xx {2}pod\/one: init container prepare ends with exit code 127: its command was not found/,
  },
  {
    name: 'one of two containers has failed and stays so',
    spec: { restartPolicy: 'Never' },
    status: {
      ...unready,
      phase: 'Running',
      containerStatuses: [container({ terminated: { exitCode: 3 } })],
    },
    text: /^xx {2}pod\/one: container main ends with exit code 3/,
  },
  {
    name: 'an image for which the password is missing',
    spec: { imagePullSecrets: [{ name: 'registry' }] },
    status: {
      ...unready,
      phase: 'Pending',
      containerStatuses: [container({ waiting: { reason: 'ImagePullBackOff', message: '401' } })],
    },
    text: /there is no Secret registry in default\n {4}try create the Secret registry in default/,
  },
  {
    name: 'a command that the image does not have',
    spec: {},
    status: {
      ...unready,
      phase: 'Pending',
      containerStatuses: [
        container({
          waiting: { reason: 'RunContainerError', message: 'exec: "/no/such": no such file' },
        }),
      ],
    },
    text: /^xx {2}pod\/one: container main can't start: its command \/no\/such is not in its image\n {4}RunContainerError {2}exec: .*\n {4}try name a command that is in the image/,
  },
  {
    name: 'a command that the image does not have, as the kubelet tells of it',
    spec: {},
    status: {
      ...unready,
      phase: 'Running',
      containerStatuses: [
        {
          ...container({ waiting: { reason: 'CrashLoopBackOff' } }),
          restartCount: 2,
          lastState: {
            terminated: { exitCode: 128, reason: 'StartError', message: 'exec: "x": no such file' },
          },
        },
      ],
    },
    text: /^xx {2}pod\/one: container main can't start: its command x is not in its image, and was restarted 2 times\n/,
  },
]) {
  test(name, async () => {
    const cluster = await clusterOf(1);
    await reported(cluster, spec, status);
    assert.match(await why(cluster, 'pod/one'), text);
  });
}

test('a pod whose volume is of a ConfigMap that is missing', async () => {
  const cluster = await clusterOf(1);
  const volumes = [{ name: 'v', configMap: { name: 'settings' } }];
  await reported(cluster, { volumes }, { ...unready, phase: 'Pending', containerStatuses: [] });
  const { uid } = (await cluster.get('pod/one')).metadata;
  const involvedObject = { kind: 'Pod', name: 'one', namespace: 'default', uid };
  const message = 'MountVolume.SetUp failed for volume "v" : configmap "settings" not found';
  const event = { type: 'Warning', reason: 'FailedMount', message, involvedObject };
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    ...event,
  });
  const said = await why(cluster, 'pod/one');
  assert.match(said, /^xx {2}pod\/one: it can't start: one of its volumes can't be mounted\n/);
  assert.match(said, /try create the ConfigMap settings in default$/);
});

test('a pod that waits for a claim says why that has no volume', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: '1Gi' } },
    },
  });
  await cluster.apply(
    pod({ volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] }),
  );
  await cluster.settle();
  const said = await why(cluster, 'pod/one');
  assert.match(said, /\n {4}xx {2}persistentvolumeclaim\/data: there is no storage class "fast"/);
});

test('who may not see nodes is told what the scheduler says', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply(deployment(1, { nodeSelector: { disk: 'fast' } }));
  await cluster.settle();
  const { client } = cluster;
  const list: Client['list'] = async (resource, options) => {
    if (resource.namespaced) return client.list(resource, options);
    throw forbidden(resource, '', 'not for you');
  };
  const reader = new ClusterReader({ ...client, list }, async () => undefined);
  const [found] = await explainUnwell(reader, 'default', { now: cluster.now() });
  assert.equal(found?.summary, 'it has no node');
  assert.match(
    found?.evidence[0]?.text ?? '',
    /^0\/1 nodes are available: 1 node\(s\) didn't match/,
  );
});

test('whoever may read no more than pods and deployments is told of these', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply(deployment(1, { nodeSelector: { disk: 'fast' } }));
  await cluster.apply(pod({ initContainers: [{ name: 'first', image: 'x' }] }));
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'full' },
    spec: { hard: { pods: '2' } },
  });
  await cluster.settle();
  await cluster.patch('deployment/web', { spec: { replicas: 2 } });
  await cluster.settle();
  const { client } = cluster;
  const list: Client['list'] = async (resource, options) => {
    if (resource.plural === 'pods' || resource.plural === 'deployments')
      return client.list(resource, options);
    throw forbidden(resource, '', 'not for you');
  };
  const reader = new ClusterReader({ ...client, list }, async () => undefined);
  const found = await explainUnwell(reader, 'default', { now: cluster.now() });
  assert.deepEqual(
    found.map(({ about, summary }) => `${about.kind}: ${summary}`),
    ['Pod: it has no node', 'Deployment: 0 of 2 pods are ready'],
  );
});

test('an ingress that leads nowhere', async () => {
  const cluster = await clusterOf(1);
  const backend = { service: { name: 'web', port: { name: 'http' } } };
  const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] };
  await cluster.apply({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web' },
    spec: { ingressClassName: 'nginx', rules: [{ host: 'shop.example', http }] },
  });
  const said = await why(cluster, 'ingress/web');
  assert.match(said, /^xx {2}ingress\/web: there is no ingress class "nginx"\n/);
  assert.match(said, /service web +there is no such service in default/);
});

test('a namespace that stays because of what is in it', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const metadata = { name: 'kept', namespace: 'shop', finalizers: ['example.com/backup'] };
  await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
  await cluster.delete('namespace/shop');
  await cluster.advance({ seconds: 40 });
  const said = await why(cluster, 'namespace/shop');
  assert.match(said, /example\.com\/backup in 1 resource instances/);
  assert.match(said, /try see that the controller of example\.com runs/);
});

test('of many pods that crash alike on a node, the log of one is read', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply(deployment(20));
  await cluster.settle();
  cluster.node('node-0').fail(); // Or it would say otherwise.
  const waiting = { ...container({ waiting: { reason: 'CrashLoopBackOff' } }), restartCount: 3 };
  const crashed = { ...waiting, lastState: { terminated: { exitCode: 1 } } };
  const body = { status: { ...unready, containerStatuses: [crashed] } };
  for (const { metadata } of await cluster.list('pods')) {
    const patch = { type: 'merge', body } as const;
    await cluster.client.patch(podsResource, metadata, patch, { subresource: 'status' });
  }
  let read = 0;
  const reader = new ClusterReader(cluster.client, async () => {
    read++;
    return undefined;
  });
  const found = await cluster.get('deployment/web');
  const { summary, causes } = await explain(found, reader, { now: cluster.now() });
  assert.equal(summary, '0 of 20 pods are ready');
  assert.match(causes[0]?.summary ?? '', /^container main ends with exit code 1/);
  assert.equal(read, 1);
});

test('a hundred pods that have no node are explained in no time', async () => {
  const cluster = await clusterOf(3);
  const resources = { requests: { cpu: '100' } };
  await cluster.apply(deployment(150, { containers: [{ name: 'm', image: 'm:1', resources }] }));
  await cluster.advance({ minutes: 1 });
  const said = await why(cluster, 'deployment/web');
  assert.match(said, /^xx {2}deployment\/web: 0 of 150 pods are ready\n/);
  const explained = said.match(/none of the 3 nodes can take it/g);
  assert.equal(explained?.length, 1);
});

for (const { name, capacity, text } of [
  {
    name: 'a claim that nobody makes a volume for',
    capacity: '1Gi',
    text: /^xx {2}persistentvolumeclaim\/data: no volume that is there suits it, and without a storage class none is made\n {4}volume small {2}has 1Gi, not 2Gi\n {4}try name a storage class, or make a volume that suits it$/,
  },
  {
    name: 'a claim for which there is a volume',
    capacity: '5Gi',
    text: /^\.\. {2}persistentvolumeclaim\/data: there is a volume for it, and it waits to be bound to it\n {4}volume small {2}would do$/,
  },
]) {
  test(name, async () => {
    const cluster = await clusterOf(1);
    const accessModes = ['ReadWriteOnce'];
    await cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'small' },
        spec: { accessModes, capacity: { storage: capacity }, hostPath: { path: '/data' } },
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data' },
        spec: { accessModes, resources: { requests: { storage: '2Gi' } } },
      },
    ]);
    assert.match(await why(cluster, 'pvc/data'), text);
  });
}

const service = (selector: object, targetPort: number | string = 80) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'front' },
  spec: { selector, ports: [{ port: 80, targetPort }] },
});

const labelled = (name: string, app: string, ports: object[] = []) => ({
  ...pod({ containers: [{ name: 'main', image: 'web:1', ports }] }),
  metadata: { name, labels: { app } },
});

for (const { name, apps, selected, text } of [
  {
    name: 'a slip of the fingers in a selector',
    apps: ['back', 'front'],
    selected: 'frnot',
    text: /^xx {2}service\/front: no pod has the labels that it selects: app=frnot\n {4}pod p-1 {2}comes nearest: it has app=front\n {4}try let its selector say app: front$/,
  },
  {
    name: 'a selector of which only the name of the service tells what was meant',
    apps: ['back', 'front', 'other'],
    selected: 'website',
    text: /\n {4}try let its selector say app: front$/,
  },
  {
    name: 'a selector that may mean anybody',
    apps: ['back', 'other'],
    selected: 'website',
    text: /app=website\n {4}pod p-\d {2}has app=\w+\n {4}pod p-\d {2}has app=\w+$/,
  },
  {
    name: 'a selector that is as near to one as to another',
    apps: ['web-a', 'web-b'],
    selected: 'web-c',
    text: /app=web-c\n {4}pod p-0 {2}has app=web-a\n {4}pod p-1 {2}has app=web-b$/,
  },
]) {
  test(name, async () => {
    const cluster = await clusterOf(1);
    await cluster.apply(apps.map((app, index) => labelled(`p-${index}`, app)));
    await cluster.apply(service({ app: selected }));
    await cluster.settle();
    assert.match(await why(cluster, 'service/front'), text);
    const reader = new ClusterReader(cluster.client, async () => undefined);
    const unwell = await explainUnwell(reader, 'default', { now: cluster.now() });
    assert.deepEqual(
      unwell.map(({ about }) => `${about.kind}/${about.name}`),
      ['Service/front'],
    );
  });
}

test('a service whose port another has on the nodes', async () => {
  const cluster = await clusterOf(1);
  const front = service({ app: 'web' }, 9000);
  const balanced = { ...front, spec: { ...front.spec, type: 'LoadBalancer' } };
  await cluster.apply([labelled('one', 'web'), balanced]);
  await cluster.settle();
  const condition = {
    type: 'LoadBalancerPortsError',
    status: 'True',
    reason: 'PortTaken',
    message: 'port 80 is taken',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const patch = { type: 'merge', body: { status: { conditions: [condition] } } } as const;
  const place = { namespace: 'default', name: 'front' };
  await cluster.client.patch(servicesResource, place, patch, { subresource: 'status' });
  assert.equal(
    await why(cluster, 'service/front'),
    'xx  service/front: it has no address outside the cluster: port 80 is taken',
  );
});

test('a service that sends to a port that its pods do not declare', async () => {
  const cluster = await clusterOf(1);
  await cluster.apply([
    labelled('one', 'web', [{ containerPort: 9000 }]),
    service({ app: 'web' }, 9999),
  ]);
  await cluster.settle();
  assert.equal(
    await why(cluster, 'service/front'),
    'ok  service/front: its only pod serves it\n    port 80  its pods declare 9000, not 9999',
  );
});

for (const { name, seconds, text } of [
  {
    name: 'a pod that its liveness probe has just restarted',
    seconds: 60,
    text: /^\.\. {2}deployment\/web: its pod is ready\n {4}\.\. {2}pod\/web-\S+: it is ready, but main was restarted once, last 60 s ago, because its liveness probe failed\n {8}main {2}Liveness probe failed: 500\n {8}try see that the probe/,
  },
  {
    name: 'a pod that its liveness probe restarted long ago',
    seconds: 660,
    text: /^ok {2}deployment\/web: its pod is ready$/,
  },
]) {
  test(name, async () => {
    const cluster = await clusterOf(1);
    await cluster.apply(deployment(1));
    await cluster.settle();
    cluster.node('node-0').fail();
    const [first] = await cluster.list('pods');
    const finishedAt = new Date(cluster.now() - seconds * 1000).toISOString();
    const lastState = { terminated: { exitCode: 137, finishedAt } };
    const restarted = { ...container({ running: {} }), ready: true, restartCount: 1, lastState };
    const patch = { type: 'merge', body: { status: { containerStatuses: [restarted] } } } as const;
    await cluster.client.patch(podsResource, first!.metadata, patch, { subresource: 'status' });
    const { uid, name } = first!.metadata;
    const involvedObject = { kind: 'Pod', name, namespace: 'default', uid };
    const events = [
      ['Killing', 'Container main failed liveness probe, will be restarted'],
      ['Unhealthy', 'Liveness probe failed: 500'],
    ].map(([reason, message], index) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `e-${index}` },
      type: 'Warning',
      reason,
      message,
      involvedObject,
    }));
    await cluster.apply(events);
    assert.match(await why(cluster, 'deployment/web'), text);
  });
}

for (const { name, images, text } of [
  {
    name: 'an image of which the node has other tags',
    images: ['docker.io/library/web:2', 'docker.io/library/web:dev', 'docker.io/library/db:1'],
    text: /\n {4}try name one that the node has: web:2, web:dev\n/,
  },
  {
    name: 'an image that nobody has built',
    images: ['docker.io/library/db:1'],
    text: /\n {4}or {2}build it, if it is yours\n {8}tutti image build DIR -t web:1\n {4}or {2}where/,
  },
]) {
  test(name, async () => {
    const cluster = await clusterOf(1);
    const waiting = container({ waiting: { reason: 'ImagePullBackOff' } });
    await reported(cluster, {}, { ...unready, phase: 'Pending', containerStatuses: [waiting] });
    const body = { status: { images: [{ names: images }] } };
    const patch = { type: 'merge', body } as const;
    await cluster.client.patch(nodesResource, { name: 'node-0' }, patch, { subresource: 'status' });
    const reader = new ClusterReader(cluster.client, async () => undefined, { isTutti: true });
    const found = await explain(await cluster.get('pod/one'), reader, { now: cluster.now() });
    assert.match(linesOf(found).join('\n'), text);
  });
}

for (const { name, count, text } of [
  {
    name: 'a sandbox that fails again and again',
    count: 4,
    text: /^xx {2}pod\/one: its sandbox can't be made; it was tried 4 times\n {4}event {2}Failed to create pod sandbox: no bridge\n {4}try see what the agent/,
  },
  {
    name: 'a sandbox that has failed once',
    count: 1,
    text: /^\.\. {2}pod\/one: main is being started\n {4}event {2}FailedCreatePodSandBox: /,
  },
]) {
  test(name, async () => {
    const cluster = await clusterOf(1);
    const waiting = container({ waiting: { reason: 'ContainerCreating' } });
    await reported(cluster, {}, { ...unready, phase: 'Pending', containerStatuses: [waiting] });
    for (const { metadata } of await cluster.list('events')) {
      await cluster.delete(`event/${metadata.name}`);
    }
    const { uid } = (await cluster.get('pod/one')).metadata;
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e' },
      type: 'Warning',
      reason: 'FailedCreatePodSandBox',
      message: 'Failed to create pod sandbox: no bridge',
      count,
      involvedObject: { kind: 'Pod', name: 'one', namespace: 'default', uid },
    });
    assert.match(await why(cluster, 'pod/one'), text);
  });
}
