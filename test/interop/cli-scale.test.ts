import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { scale } from '../../src/cli/commands/scale.ts';
import { memoryIo, SERVED, testTools } from '../../src/cli/testing.ts';
import { createCluster, type TestCluster } from '../../src/testing/testing.ts';

// Goal: whoever asks to scale what can't be is told so, and what to type instead.

const open: TestCluster[] = [];
afterEach(() => {
  for (const cluster of open.splice(0)) cluster.close();
});

const labels = { app: 'web' };
const containers = [{ name: 'main', image: 'web:1' }];

async function scaleIn(words: readonly string[]): Promise<{ cluster: TestCluster; out: string }> {
  const cluster = await createCluster({ nodes: 1 });
  open.push(cluster);
  await cluster.apply([
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'alone' }, spec: { containers } },
  ]);
  await cluster.settle();
  const [made] = (await cluster.list('pods')).filter(({ metadata }) => metadata.name !== 'alone');
  const named = words.map((word) => (word === 'pod/MADE' ? `pod/${made?.metadata.name}` : word));
  const io = memoryIo();
  const { client } = cluster;
  const openCluster = async () => ({ client, namespace: 'default', resources: async () => SERVED });
  const options = { replicas: '3', namespace: undefined, 'dry-run': false };
  const input = { arguments: named, options };
  await scale.run(input as never, { ...testTools(io), openCluster } as never);
  return { cluster, out: io.out };
}

test('a deployment', async () => {
  const { cluster, out } = await scaleIn(['deploy/web']);
  assert.equal(out, 'deployment.apps/web scaled\n');
  await cluster.settle();
  assert.equal((await cluster.list('pods')).length, 4);
});

for (const { word, message, advice } of [
  {
    word: 'deploy/nope',
    message: 'there is no deployment.apps/nope in the namespace "default"',
    advice: /^See what there is: tutti get deployments -n default$/,
  },
  {
    word: 'pod/alone',
    message: 'pod/alone has no number of replicas to set',
    advice: /^See what can be scaled: tutti get deployments,/,
  },
  {
    word: 'pod/MADE',
    message: /^pod\/web-\S+ has no number of replicas to set$/,
    advice: /^Scale what it belongs to: tutti scale deployment\/web -n default --replicas 3$/,
  },
]) {
  test(word, () => assert.rejects(scaleIn([word]), { name: 'CommandError', message, advice }));
}
