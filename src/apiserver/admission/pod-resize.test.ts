import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { StatusError } from '../../machinery/status.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: who asks for more than a node has learns it at once, and can tell why from the cause.

const at = { namespace: 'default', plural: 'pods' } as const;

let heart: TestHeart;
beforeEach(async () => {
  heart = await createTestHeart();
  const body = { metadata: { name: 'default' } };
  await heart.send({ ...at, plural: 'serviceaccounts', verb: 'create', body });
});

async function node(labels: Record<string, string>): Promise<void> {
  const metadata = { name: 'n', labels };
  const status = { allocatable: { cpu: '2', memory: '1Gi' }, capacity: {} };
  await heart.send({ plural: 'nodes', verb: 'create', body: { metadata, status } });
}

async function pod(spec: object = {}): Promise<void> {
  const resources = { requests: { cpu: '1', memory: '64Mi' } };
  const containers = [{ name: 'main', image: 'x', resources }];
  const body = { metadata: { name: 'p' }, spec: { nodeName: 'n', containers, ...spec } };
  await heart.send({ ...at, verb: 'create', body });
}

const resize = (cpu: string, memory = '64Mi') =>
  heart.send({
    ...at,
    verb: 'patch',
    patchType: 'strategic',
    name: 'p',
    subresource: 'resize',
    body: { spec: { containers: [{ name: 'main', resources: { requests: { cpu, memory } } }] } },
  });

const LINUX = { 'kubernetes.io/os': 'linux' };

test('what fits on the node is let through', async () => {
  await node(LINUX);
  await pod();
  await resize('2', '1Gi');
});

test('a pod that has no node yet may become as large as it likes', async () => {
  await pod({ nodeName: undefined });
  await resize('100');
});

test('a node that is gone resizes nothing, which is no matter while nothing changes', async () => {
  await pod();
  await resize('1');
  await assert.rejects(resize('2'), refusal(403, 'pods "p" is forbidden: node "n" not found'));
});

test('more than the node has is refused', async () => {
  await node(LINUX);
  await pod();
  const why =
    "Node didn't have enough allocatable resources: cpu, requested: 2500, allocatable: 2000; memory, requested: 2147483648, allocatable: 1073741824";
  await assert.rejects(resize('2500m', '2Gi'), (error) => {
    assert.ok(error instanceof StatusError);
    assert.equal(error.message, `pods "p" is forbidden: ${why}`);
    assert.deepEqual(error.details?.causes, [{ reason: 'NodeCapacity' }]);
    return error.code === 403;
  });
});

for (const [name, labels, os] of [
  ['of Windows', { 'kubernetes.io/os': 'windows' }, 'windows'],
  ['that does not say', {}, ''],
] as const) {
  test(`a node ${name} resizes nothing`, async () => {
    await node(labels);
    await pod();
    const why = `pod resize is only supported on linux nodes, node "n" is "${os}"`;
    await assert.rejects(resize('2'), (error) => {
      assert.ok(error instanceof StatusError);
      assert.equal(error.message, `pods "p" is forbidden: ${why}`);
      assert.deepEqual(error.details?.causes, [{ reason: 'UnsupportedPlatform' }]);
      return error.code === 403;
    });
  });
}
