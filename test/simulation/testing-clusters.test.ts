import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { deployments as deploymentsHandle } from '../../src/api/generated/apps/v1/resources.ts';
import type { Deployment } from '../../src/api/generated/apps/v1/types.ts';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import {
  assertHealthy,
  assertReady,
  BEHAVIOUR,
  type ClusterOptions,
  createCluster,
  type Duration,
  explore,
  pods,
  SeedError,
  type TestCluster,
} from '../../src/testing/testing.ts';

// Goal: what the guide promises of clusters in tests, tried on whole clusters.

const open: TestCluster[] = [];
afterEach(() => {
  for (const cluster of open.splice(0)) cluster.close();
});

async function clusterWith(options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await createCluster(options);
  open.push(cluster);
  return cluster;
}

const web = (replicas: number, annotations: Record<string, string> = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' }, annotations },
      spec: { containers: [{ name: 'main', image: 'web:1' }] },
    },
  },
});

const namesOf = (list: readonly Pod[]) => list.map(({ metadata }) => metadata.name).sort();

test('a deployment becomes ready, and settles', async () => {
  const cluster = await clusterWith({ nodes: 3 });
  await cluster.apply(web(3));
  await cluster.settle();
  const deployment = await cluster.get('deployment/web');
  assertReady(deployment, 3);
  assertHealthy(deployment);
  const on = (await cluster.list<Pod>('pods')).map(({ spec }) => spec.nodeName);
  assert.equal(new Set(on).size, 3, 'spread over the nodes');
});

test('YAML with several documents and namespaces', async () => {
  const cluster = await clusterWith();
  const text = `apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: prices, namespace: shop }
data: { tea: "3" }
`;
  const applied = await cluster.apply(text);
  assert.deepEqual(
    applied.map(({ kind }) => kind),
    ['Namespace', 'ConfigMap'],
  );
  assert.ok(await cluster.find('cm/prices', { namespace: 'shop' }));
  assert.ok(await cluster.find('namespace/shop'));
});

test('a text that is wrong is refused with its line', async () => {
  const cluster = await clusterWith();
  const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n';
  await assert.rejects(cluster.apply(text), { message: /^the text: metadata\.name is missing$/ });
  await assert.rejects(cluster.apply('not-there.yaml'), {
    message: /not-there\.yaml/,
  });
});

test('a field that does not exist is refused', async () => {
  const cluster = await clusterWith();
  const given = { ...web(1), spek: {} };
  await assert.rejects(cluster.apply(given), { message: /\.spek: field not declared in schema$/ });
});

test('pods of a node that fails are replaced after their time, and not before', async () => {
  const cluster = await clusterWith({ nodes: 2 });
  await cluster.apply(web(4));
  await cluster.settle();
  const before = namesOf(await cluster.list<Pod>('pods'));
  cluster.node('node-0').fail();
  await cluster.advance({ minutes: 4 });
  assert.deepEqual(namesOf(await cluster.list<Pod>('pods')), before);
  await cluster.advance({ minutes: 3 });
  const left = await cluster.list<Pod>('pods', { fieldSelector: 'spec.nodeName=node-1' });
  assert.equal(left.length, 4);
  assertReady(await cluster.get('deployment/web'), 4);
});

test('annotations tell how pods behave', async () => {
  const cluster = await clusterWith();
  await cluster.apply(web(1, { [BEHAVIOUR.start]: '10', [BEHAVIOUR.ready]: '20' }));
  await cluster.advance({ seconds: 25 });
  assertReady(await cluster.get('deployment/web'), 0);
  await cluster.advance({ seconds: 10 });
  assertReady(await cluster.get('deployment/web'), 1);
  await cluster.apply(web(1, { [BEHAVIOUR.ready]: 'never' }));
  await cluster.advance({ minutes: 11 });
  const { status } = await cluster.get<Deployment>('deployment/web');
  const progress = status.conditions?.find(({ type }) => type === 'Progressing');
  assert.equal(progress?.reason, 'ProgressDeadlineExceeded');
});

test('rules tell how pods behave', async () => {
  const crashing = pods(({ spec }) =>
    spec.containers[0]?.image === 'web:1' ? { crashMs: 5000 } : undefined,
  );
  const cluster = await clusterWith({ pods: crashing });
  await cluster.apply(web(1));
  await cluster.advance({ seconds: 30 });
  const [pod] = await cluster.list<Pod>('pods');
  assert.ok((pod?.status.containerStatuses?.[0]?.restartCount ?? 0) > 0);
});

test('a snapshot stays as it was, and tells what has changed since', async () => {
  const cluster = await clusterWith();
  await cluster.apply(web(1));
  await cluster.settle();
  const before = cluster.snapshot();
  await cluster.patch('deployment/web', { spec: { replicas: 2 } });
  await cluster.delete('serviceaccount/default');
  await cluster.settle();
  const after = cluster.snapshot();
  assert.equal(before.get<Deployment>('deploy/web')?.spec.replicas, 1);
  assert.equal(after.get<Deployment>('deploy/web')?.spec.replicas, 2);
  assert.equal(before.list('pods').length, 1);
  const created = before
    .changesTo(after)
    .filter((change) => change.before === undefined && change.after?.kind === 'Pod');
  assert.equal(created.length, 1);
});

test('a fork goes its own way', async () => {
  const cluster = await clusterWith({ nodes: 2 });
  await cluster.apply(web(2));
  await cluster.settle();
  const before = cluster.snapshot();
  const fork = cluster.fork();
  open.push(fork);
  assert.equal(fork.now(), cluster.now());
  await fork.patch('deployment/web', { spec: { replicas: 5 } });
  await fork.settle();
  assertReady(await fork.get('deployment/web'), 5);
  assertReady(await cluster.get('deployment/web'), 2);
  assert.deepEqual(before.changesTo(cluster.snapshot()), []);
  const ips = (await fork.list<Pod>('pods')).map(({ status }) => status.podIP);
  assert.equal(new Set(ips).size, 5, 'addresses are given once');
});

test('what is written in a fork before time passes is acted upon', async () => {
  const cluster = await clusterWith({ nodes: 2 });
  await cluster.apply(web(2));
  await cluster.settle();
  cluster.node('node-0').fail();
  const fork = cluster.fork();
  open.push(fork);
  const [pod] = await fork.list<Pod>('pods', { fieldSelector: 'spec.nodeName=node-1' });
  await fork.delete(`pod/${pod?.metadata.name}`);
  const powers = fork.nodes.map(({ isRunning }) => isRunning);
  assert.deepEqual(powers, [false, true]);
  await fork.advance({ seconds: 5 });
  assert.equal(await fork.find(`pod/${pod?.metadata.name}`), undefined);
  await fork.advance({ minutes: 7 });
  assertReady(await fork.get('deployment/web'), 2);
});

test('pods that run go on in a fork without a restart', async () => {
  const cluster = await clusterWith();
  await cluster.apply(web(2));
  await cluster.settle();
  const before = await cluster.list<Pod>('pods');
  const fork = cluster.fork();
  open.push(fork);
  await fork.advance({ minutes: 2 });
  const statusOf = ({ status }: Pod) => status;
  assert.deepEqual((await fork.list<Pod>('pods')).map(statusOf), before.map(statusOf));
});

test('the same seed gives the same life', async () => {
  const life = async (seed: number) => {
    const cluster = await clusterWith({ seed, nodes: 3, faults: 'random' });
    await cluster.apply(web(5));
    await cluster.advance({ minutes: 3 });
    const { revision } = cluster.snapshot();
    return [revision, ...namesOf(await cluster.list<Pod>('pods'))];
  };
  assert.deepEqual(await life(7), await life(7));
  assert.notDeepEqual(await life(7), await life(8));
});

test('a test that fails on a seed names it', async () => {
  const seen: number[] = [];
  const exploring = explore({ first: 3, count: 5 }, async (cluster) => {
    seen.push(cluster.seed);
    assert.ok(cluster.seed < 5, 'too large');
  });
  await assert.rejects(exploring, (error) => {
    assert.ok(error instanceof SeedError);
    assert.equal(error.seed, 5);
    assert.match(error.message, /^seed 5: too large\n/);
    return true;
  });
  assert.deepEqual(seen, [3, 4, 5]);
});

test('what never comes to rest is told', async () => {
  const restless = pods(() => ({ crashMs: 3000 }));
  const cluster = await clusterWith({ pods: restless });
  await cluster.apply(web(1));
  await assert.rejects(cluster.settle({ within: { minutes: 2 } }), {
    message: /^after 120 s something is still being written, last:\n.*pods\/default\/web-/s,
  });
});

test('names that mean nothing', async () => {
  const cluster = await clusterWith();
  const { rejects } = assert;
  await rejects(cluster.get('web'), { message: /^"web" names no object; write TYPE\/NAME/ });
  await rejects(cluster.get('deploymnt/web'), { message: /resource type "deploymnt"/ });
  await rejects(cluster.patch('web', {}), { message: /^"web" names no object/ });
  assert.throws(() => cluster.node('node-9'), { message: /no node "node-9"/ });
});

test('a closed cluster says so, and so do its nodes', async () => {
  const cluster = await createCluster();
  const [node] = cluster.nodes;
  cluster.close();
  const said = { message: 'the cluster was closed' };
  assert.throws(() => cluster.client, said);
  assert.throws(() => cluster.fork(), said);
  assert.throws(() => node?.recover(), said);
  await assert.rejects(cluster.get('deployment/web'), said);
  await assert.rejects(cluster.advance({ seconds: 1 }), said);
});

test('a length of time needs a unit', async () => {
  const cluster = await clusterWith();
  const given = 5000 as unknown as Duration;
  await assert.rejects(cluster.advance(given), {
    name: 'RangeError',
    message: /milliseconds: 5000/,
  });
});

test('nodes have names of their own', async () => {
  const cluster = await clusterWith({ nodes: [{ name: 'node-1' }, {}, {}] });
  assert.deepEqual(
    cluster.nodes.map(({ name }) => name),
    ['node-1', 'node-0', 'node-2'],
  );
  assert.throws(() => cluster.addNode({ name: 'node-0' }), { message: /already.*node-0/ });
});

test('a rule for pods that throws is told to whoever lets time pass', async () => {
  const rule = pods(() => {
    throw new Error('my rule is wrong');
  });
  const cluster = await clusterWith({ pods: rule });
  await cluster.apply(web(1));
  await assert.rejects(cluster.settle(), { message: 'my rule is wrong' });
  const other = await clusterWith();
  await other.apply(web(1, { [BEHAVIOUR.start]: 'soon' }));
  await assert.rejects(other.settle(), { message: /start-seconds is "soon"/ });
});

test('a condition that throws ends the waiting for it', async () => {
  const cluster = await clusterWith();
  const waiting = cluster.until(() => {
    throw new Error('what I looked for is gone');
  });
  await assert.rejects(waiting, { message: 'what I looked for is gone' });
});

test('a fork of a fork goes its own way, with what goes wrong in it', async () => {
  const cluster = await clusterWith();
  await cluster.apply(web(2));
  await cluster.settle();
  const fork = cluster.fork();
  open.push(fork);
  fork.faults('random');
  const second = fork.fork();
  open.push(second);
  await second.patch('deployment/web', { spec: { replicas: 4 } });
  fork.close();
  // With watches that stand still it may be quiet for long though something is left to be done.
  const readyOf = async () => (await second.get<Deployment>('deployment/web')).status.readyReplicas;
  await second.until(async () => (await readyOf()) === 4);
  assertReady(await cluster.get('deployment/web'), 2);
});

test('clusters side by side know nothing of each other', async () => {
  const life = async (meanwhile: () => Promise<void>) => {
    const cluster = await clusterWith({ seed: 5, nodes: 2, faults: 'random' });
    await cluster.apply(web(3));
    for (let n = 0; n < 10; n++) {
      await cluster.advance({ seconds: 5 });
      await meanwhile();
    }
    const list = await cluster.list('pods');
    return [cluster.snapshot().revision, ...list.map(({ metadata }) => metadata.uid)];
  };
  const alone = await life(async () => {});
  const other = await clusterWith({ seed: 9, nodes: 3 });
  await other.apply(web(7));
  assert.deepEqual(await life(() => other.advance({ seconds: 7 })), alone);
});

test('what dies is started again, and a node that has failed is not', async () => {
  const cluster = await clusterWith({ nodes: 2 });
  await cluster.apply(web(2));
  cluster.faults({ crash: 0.05 });
  await cluster.advance({ minutes: 5 });
  cluster.node('node-0').fail();
  await cluster.advance({ minutes: 10 });
  cluster.faults({});
  await cluster.apply(web(4));
  await cluster.advance({ minutes: 1 });
  assertReady(await cluster.get('deployment/web'), 4);
  const powers = cluster.nodes.map(({ isRunning }) => isRunning);
  assert.deepEqual(powers, [false, true]);
});

test('exploring no seeds proves nothing', async () => {
  await assert.rejects(
    explore(0, async () => {}),
    { name: 'RangeError', message: /0/ },
  );
});

test('a seed on which there is no cluster to begin with is named, too', async () => {
  const nodes = [{ name: 'a' }, { name: 'a' }];
  await assert.rejects(
    explore(2, async () => {}, { nodes }),
    { name: 'SeedError', message: /^seed 1: / },
  );
});

const budget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web' },
  spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } },
};

test('an eviction that a budget forbids is refused', async () => {
  const cluster = await clusterWith({ nodes: 2 });
  await cluster.apply([web(3), budget]);
  await cluster.settle();
  const [first, second] = namesOf(await cluster.list<Pod>('pods'));
  await cluster.evict(`pod/${first}`);
  await assert.rejects(cluster.evict(`pod/${second}`), { reason: 'TooManyRequests' });
  await cluster.settle();
  await cluster.evict(`pod/${second}`);
});

test('a node is drained, and no more pods are away at once than a budget allows', async () => {
  const cluster = await clusterWith({ nodes: 2 });
  await cluster.apply([web(3, { [BEHAVIOUR.start]: '20' }), budget]);
  await cluster.settle();
  const node = cluster.node('node-0');
  let least = 3;
  const watching = cluster.clientFor('watcher');
  const draining = node.drain();
  const stop = watching.watch(
    deploymentsHandle,
    { namespace: 'default' },
    {
      next: ({ object }) => {
        least = Math.min(least, (object as Deployment).status?.readyReplicas ?? 0);
      },
      end: () => {},
    },
  );
  await draining;
  stop();
  await cluster.settle();
  assert.equal(least, 2);
  const on = (await cluster.list<Pod>('pods')).map(({ spec }) => spec.nodeName);
  assert.deepEqual(on, ['node-1', 'node-1', 'node-1']);
});

test('a node that can not be drained says what is in the way', async () => {
  const cluster = await clusterWith({ nodes: 1 });
  await cluster.apply([web(2), budget]);
  await cluster.settle();
  await assert.rejects(cluster.node('node-0').drain({ within: { minutes: 1 } }), {
    message: /^after 60 s there are pods on node-0 yet:\n {2}default\/web-.*: Cannot evict pod/,
  });
});

test('what is misspelt or means nothing is said rather than passed over', async () => {
  const make = (options: object) => clusterWith(options as ClusterOptions);
  await assert.rejects(make({ node: 3 }), /createCluster has no option "node", but nodes, seed/);
  await assert.rejects(make({ nodes: -1 }), /from 0 on, or a list of nodes, not -1/);
  await assert.rejects(make({ nodes: '3' }), RangeError);
  await assert.rejects(make({ nodes: [{ label: {} }] }), /a node has no option "label"/);
  const cluster = await clusterWith({ nodes: 0 });
  await assert.rejects(
    cluster.server({ time: 'fast' as never }),
    /time is real or stepped, not fast/,
  );
  await assert.rejects(cluster.server({ prot: 1 } as never), /a server has no option "prot"/);
  await assert.rejects(cluster.apply(''), /there is nothing to apply/);
  await assert.rejects(cluster.apply(null as never), /there is nothing to apply/);
  assert.throws(() => assertReady(undefined as never, 3), /undefined is no object of a cluster/);
  assert.throws(() => assertHealthy([] as never), /is no object of a cluster/);
});
