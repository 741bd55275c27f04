import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deepFreeze, type KubeList } from '../../machinery/object.ts';
import { encodeJson, jsonBodyOf } from './encode.ts';
import { ListBody } from './list-body.ts';

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

test('a list that is copied out piece by piece is the same, however long the pieces are', () => {
  const text = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 12 });
  fc.assert(
    fc.property(
      text,
      fc.array(fc.integer({ min: 2, max: 90 }), { minLength: 1 }),
      (names, sizes) => {
        const items = names.map((name) => deepFreeze(podOf(name, name)));
        const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items } as never;
        const body = jsonBodyOf(list);
        assert.ok(body instanceof ListBody);
        const pieces: Buffer[] = [];
        for (let i = 0; ; i++) {
          const slab = Buffer.alloc(sizes[i % sizes.length]!, '#');
          const size = body.fill(slab);
          if (size === 0) break;
          pieces.push(slab.subarray(0, size));
        }
        const joined = Buffer.concat(pieces);
        assert.equal(joined.length, body.length);
        assert.equal(joined.toString(), encodeJson(list).toString());
      },
    ),
    { seed: 4 },
  );
});
