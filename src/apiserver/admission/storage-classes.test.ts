import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { PersistentVolumeClaim } from '../../api/generated/core/v1/types.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: claims get the class that the cluster means by default, and grow only where volumes can.

const claims = { plural: 'persistentvolumeclaims', namespace: 'default' };
const IS_DEFAULT = 'storageclass.kubernetes.io/is-default-class';

let heart: TestHeart;
beforeEach(async () => {
  heart = await createTestHeart();
});

const makeClass = (name: string, annotations: object = {}, more: object = {}) =>
  heart.send({
    group: 'storage.k8s.io',
    plural: 'storageclasses',
    verb: 'create',
    body: { metadata: { name, annotations }, provisioner: 'x.example', ...more },
  });

async function makeClaim(spec: object = {}): Promise<PersistentVolumeClaim> {
  const resources = { requests: { storage: '1Gi' } };
  const body = {
    metadata: { name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], resources, ...spec },
  };
  return (await heart.send({
    ...claims,
    verb: 'create',
    body,
  })) as unknown as PersistentVolumeClaim;
}

const patch = (body: object, subresource?: string) =>
  heart.send({ ...claims, verb: 'patch', patchType: 'merge', name: 'c', body, subresource });

const grow = (storage: string) => patch({ spec: { resources: { requests: { storage } } } });
const bind = () => patch({ status: { phase: 'Bound', capacity: { storage: '1Gi' } } }, 'status');

test('a claim that names no class gets the youngest default, and one that wants none has none', async () => {
  await makeClass('old', { [IS_DEFAULT]: 'true' });
  await makeClass('other');
  await heart.clock.advance(5000);
  await makeClass('young', { 'storageclass.beta.kubernetes.io/is-default-class': 'true' });
  assert.equal((await makeClaim()).spec.storageClassName, 'young');
  await heart.send({ ...claims, verb: 'delete', name: 'c', options: {} });
  await patch({ metadata: { finalizers: null } });
  assert.equal((await makeClaim({ storageClassName: '' })).spec.storageClassName, '');
});

test('a claim without a default class stays without', async () => {
  await makeClass('other', { [IS_DEFAULT]: 'false' });
  assert.equal((await makeClaim()).spec.storageClassName, undefined);
});

test('a claim grows where its class allows it', async () => {
  await makeClass('grows', {}, { allowVolumeExpansion: true });
  await makeClaim({ storageClassName: 'grows' });
  await bind();
  const grown = (await grow('2Gi')) as unknown as PersistentVolumeClaim;
  assert.equal(grown.spec.resources?.requests?.storage, '2Gi');
});

test('a claim does not grow where nobody knows whether its volume can', async () => {
  await makeClass('fixed');
  await makeClaim({ storageClassName: 'fixed' });
  await bind();
  await assert.rejects(
    grow('2Gi'),
    refusal(
      403,
      'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    ),
  );
});
