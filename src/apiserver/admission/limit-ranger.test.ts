import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: pods get what their namespace gives by default, and nobody gets more than it allows.

const at = { namespace: 'default', verb: 'create' } as const;

let heart: TestHeart;
beforeEach(async () => {
  heart = await createTestHeart();
  const body = { metadata: { name: 'default' } };
  await heart.send({ ...at, plural: 'serviceaccounts', body });
});

const bound = (...limits: readonly object[]) =>
  heart.send({
    ...at,
    plural: 'limitranges',
    body: { metadata: { generateName: 'l-' }, spec: { limits } },
  });

async function make(...resources: readonly object[]): Promise<Pod> {
  const containers = resources.map((each, i) => ({ name: `c${i}`, image: 'x', resources: each }));
  const body = { metadata: { name: 'p' }, spec: { containers } };
  return (await heart.send({ ...at, plural: 'pods', body })) as unknown as Pod;
}

test('what a container leaves open is filled in, and noted', async () => {
  await bound({ type: 'Container', default: { cpu: '500m' }, defaultRequest: { memory: '1Mi' } });
  const { metadata, spec } = await make({}, { limits: { cpu: '2' }, requests: { memory: '2Mi' } });
  assert.deepEqual(
    spec.containers.map(({ resources }) => resources),
    [
      { limits: { cpu: '500m' }, requests: { cpu: '500m', memory: '1Mi' } },
      { limits: { cpu: '2' }, requests: { cpu: '2', memory: '2Mi' } },
    ],
  );
  assert.equal(
    metadata.annotations?.['kubernetes.io/limit-ranger'],
    'LimitRanger plugin set: cpu, memory request for container c0; cpu limit for container c0',
  );
});

test('without limits nothing is added', async () => {
  assert.deepEqual((await make({})).spec.containers[0]?.resources, {});
});

describe('what is refused', () => {
  for (const { limit, resources, told } of [
    {
      limit: { type: 'Container', max: { cpu: '1' } },
      resources: [{ limits: { cpu: '2' } }],
      told: 'maximum cpu usage per Container is 1, but limit is 2',
    },
    {
      limit: { type: 'Container', min: { memory: '10Mi' } },
      resources: [
        { requests: { memory: '20Mi' }, limits: { memory: '1Gi' } },
        { requests: { memory: '5Mi' } },
      ],
      told: 'minimum memory usage per Container is 10Mi, but request is 5Mi',
    },
    {
      limit: { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      resources: [{ requests: { cpu: '100m' } }],
      told: 'cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0',
    },
    {
      limit: { type: 'Pod', max: { cpu: '1' }, min: { memory: '1Mi' } },
      resources: [{ limits: { cpu: '600m' } }, { limits: { cpu: '600m' } }],
      told: '[minimum memory usage per Pod is 1Mi.  No request is specified, maximum cpu usage per Pod is 1, but limit is 1200m]',
    },
  ]) {
    test(told, async () => {
      await bound(limit);
      await assert.rejects(make(...resources), refusal(403, `pods "p" is forbidden: ${told}`));
    });
  }

  test('a claim, when it is made and when it grows', async () => {
    await bound({ type: 'PersistentVolumeClaim', max: { storage: '2Gi' } });
    const claims = { ...at, plural: 'persistentvolumeclaims' };
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '3Gi' } } };
    await assert.rejects(
      heart.send({ ...claims, body: { metadata: { name: 'c' }, spec } }),
      refusal(403, /maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi/),
    );
  });
});

test('pods that are there already are left alone', async () => {
  await make({ limits: { cpu: '2' } });
  await bound({ type: 'Container', max: { cpu: '1' } });
  const patch = { verb: 'patch', patchType: 'merge', plural: 'pods', name: 'p' } as const;
  await heart.send({ ...at, ...patch, body: { metadata: { labels: { a: 'b' } } } });
});

test('a pod is resized within bounds only', async () => {
  await make({ requests: { cpu: '1' }, limits: { cpu: '1' } });
  await bound({ type: 'Container', max: { cpu: '2' } });
  const resize = (cpu: string) => {
    const containers = [{ name: 'c0', resources: { requests: { cpu }, limits: { cpu } } }];
    const pod = { verb: 'patch', patchType: 'strategic', plural: 'pods', name: 'p' } as const;
    return heart.send({ ...at, ...pod, subresource: 'resize', body: { spec: { containers } } });
  };
  await resize('2');
  const why = 'maximum cpu usage per Container is 2, but limit is 3';
  await assert.rejects(resize('3'), refusal(403, `pods "p" is forbidden: ${why}`));
});
