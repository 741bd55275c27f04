import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pods } from '../../src/api/generated/core/v1/resources.ts';
import type { Pod } from '../../src/api/generated/core/v1/types.ts';
import type { PodDisruptionBudget } from '../../src/api/generated/policy/v1/types.ts';
import { createCluster } from '../../src/testing/testing.ts';

// Goal: a budget lets a node be emptied one pod at a time, as each is replaced, and never faster.

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'web:1' }] },
    },
  },
};

const budget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web' },
  spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
};

test('draining a node', async () => {
  const cluster = await createCluster({ nodes: 2 });
  await cluster.node('node-1').cordon();
  await cluster.apply([web, budget]);
  await cluster.settle();
  const { status } = await cluster.get<PodDisruptionBudget>('pdb/web');
  assert.equal(status?.disruptionsAllowed, 1);
  await cluster.node('node-0').cordon();
  await cluster.node('node-1').uncordon();
  const onFirst = async () =>
    (await cluster.list<Pod>('pods')).filter(({ spec }) => spec.nodeName === 'node-0');
  const names = (await onFirst()).map(({ metadata }) => metadata.name);
  const evict = async (name: string) => {
    const where = { namespace: 'default', name };
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: where };
    await cluster.client.createSubresource(pods, where, 'eviction', body);
  };
  await evict(names[0]!);
  await assert.rejects(evict(names[1]!), { reason: 'TooManyRequests' });
  await cluster.settle();
  await evict(names[1]!);
  await cluster.settle();
  await evict(names[2]!);
  await cluster.settle();
  assert.deepEqual(await onFirst(), []);
  cluster.close();
});
