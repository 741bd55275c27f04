import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deepFreeze, type KubeList } from '../../machinery/object.ts';
import { encodeJson } from './encode.ts';

// Goal: a list that is joined of ready bytes says the same as one that is written as a whole.

const podOf = (name: string, data: unknown) => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name, annotations: { data } },
});

const bare = ({ kind: _, apiVersion: __, ...rest }: ReturnType<typeof podOf>) => rest;

test('a list leaves out what its own kind tells', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string({ unit: 'binary' }))), (given) => {
      const items = given.map(([name, data]) => deepFreeze(podOf(name, data)));
      const list = { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '9' }, items };
      const text = encodeJson(list as unknown as KubeList).toString();
      const whole = { ...list, items: items.map(bare) };
      assert.equal(text, JSON.stringify(whole).toWellFormed());
    }),
    { seed: 3 },
  );
});

test('a list of metadata tells the kind of each', () => {
  const items = [deepFreeze({ ...podOf('a', 1), kind: 'PartialObjectMetadata' })];
  const list = { kind: 'PartialObjectMetadataList', apiVersion: 'v1', metadata: {}, items };
  assert.deepEqual(JSON.parse(encodeJson(list as unknown as KubeList).toString()), list);
});

test('the bytes of an object are made once', () => {
  const pod = deepFreeze(podOf('a', 1)) as never;
  assert.equal(encodeJson(pod), encodeJson(pod));
});
