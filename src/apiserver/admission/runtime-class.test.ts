import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: pods of a runtime class cost what it costs, and run where it can.

let heart: TestHeart;
beforeEach(async () => {
  heart = await createTestHeart();
  const at = { namespace: 'default', verb: 'create' } as const;
  await heart.send({ ...at, plural: 'serviceaccounts', body: { metadata: { name: 'default' } } });
  const body = {
    metadata: { name: 'vm' },
    handler: 'vm',
    overhead: { podFixed: { cpu: '250m' } },
    scheduling: {
      nodeSelector: { virtual: 'yes' },
      tolerations: [{ key: 'vm', operator: 'Exists' }],
    },
  };
  const classes = { group: 'node.k8s.io', plural: 'runtimeclasses' };
  await heart.send({ ...classes, verb: 'create', body });
  const plain = { metadata: { name: 'plain' }, handler: 'plain' };
  await heart.send({ ...classes, verb: 'create', body: plain });
});

async function make(spec: object): Promise<Pod['spec']> {
  const body = {
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'main', image: 'x' }], ...spec },
  };
  const at = { plural: 'pods', namespace: 'default', verb: 'create' } as const;
  return ((await heart.send({ ...at, body })) as unknown as Pod).spec;
}

const keysOf = ({ tolerations }: Pod['spec']) =>
  tolerations?.map(({ key, value, effect }) => [key, value, effect].filter(Boolean).join('/'));

test('what a pod leaves out comes from its class', async () => {
  const spec = await make({
    runtimeClassName: 'vm',
    nodeSelector: { zone: 'a' },
    tolerations: [
      { key: 'vm', operator: 'Equal', value: 'x', effect: 'NoSchedule' },
      { key: 'other', operator: 'Equal', value: 'y' },
    ],
  });
  assert.deepEqual(spec.overhead, { cpu: '250m' });
  assert.deepEqual(spec.nodeSelector, { zone: 'a', virtual: 'yes' });
  const [own, , , ofClass] = keysOf(spec) ?? [];
  assert.deepEqual([own, ofClass], ['other/y', 'vm'], 'the class says what the pod said');
});

test('a class without a cost changes nothing', async () => {
  const spec = await make({ runtimeClassName: 'plain' });
  assert.deepEqual([spec.overhead, spec.nodeSelector], [undefined, undefined]);
});

for (const { name, spec, why } of [
  {
    name: 'a class that is not there',
    spec: { runtimeClassName: 'ghost' },
    why: 'pod rejected: RuntimeClass "ghost" not found',
  },
  {
    name: 'another cost',
    spec: { runtimeClassName: 'vm', overhead: { cpu: '1' } },
    why: "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
  },
  {
    name: 'a cost without a class',
    spec: { overhead: { cpu: '1' } },
    why: 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
  },
  {
    name: 'a place where the class is not',
    spec: { runtimeClassName: 'vm', nodeSelector: { virtual: 'no' } },
    why: 'conflict: runtimeClass.scheduling.nodeSelector[virtual] = yes; pod.spec.nodeSelector[virtual] = no',
  },
]) {
  test(`a pod with ${name} is refused`, () =>
    assert.rejects(make(spec), refusal(403, `pods "p" is forbidden: ${why}`)));
}

test('the same cost, written in another way, is fine', async () => {
  const { overhead } = await make({ runtimeClassName: 'vm', overhead: { cpu: '0.25' } });
  assert.deepEqual(overhead, { cpu: '250m' });
});
