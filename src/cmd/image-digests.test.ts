import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IMAGE_DIGEST } from '../cli/kept-digests.ts';
import { parseManifests } from '../cli/manifests.ts';
import type { KubeObject } from '../machinery/object.ts';
import { hasOtherImages, withImageDigests } from './image-digests.ts';

const built = new Map([
  ['docker.io/library/web:latest', 'sha256:b'],
  ['docker.io/library/init:2', 'sha256:a'],
]);

const workload = (kind: string, podSpec: object, metadata: object = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web' },
  spec: { template: { metadata, spec: podSpec } },
});
const noted = (object: object): unknown => {
  const [manifest = assert.fail()] = parseManifests(JSON.stringify(object), 'f');
  return withImageDigests(manifest, built).object;
};
const web = { containers: [{ name: 'web', image: 'web' }] };
const note = (digest: string) => ({ annotations: { [IMAGE_DIGEST]: digest } });

for (const { name, object, want } of [
  {
    name: 'a built image, by its short name',
    object: workload('Deployment', web),
    want: 'sha256:b',
  },
  { name: 'a set of pods', object: workload('StatefulSet', web), want: 'sha256:b' },
  { name: 'a pod on every node', object: workload('DaemonSet', web), want: 'sha256:b' },
  {
    name: 'several images, each once and in an order of their own',
    object: workload('Deployment', {
      initContainers: [{ name: 'init', image: 'docker.io/library/init:2' }],
      containers: [
        { name: 'a', image: 'web:latest' },
        { name: 'b', image: 'web' },
      ],
    }),
    want: 'sha256:a,sha256:b',
  },
]) {
  test(`noted: ${name}`, () => {
    const { kind, spec } = object;
    assert.deepEqual(noted(object), workload(kind, spec.template.spec, note(want)));
  });
}

test('what else the template says of its pods stays', () => {
  const metadata = { labels: { app: 'web' }, annotations: { owner: 'me' } };
  const want = { ...metadata, annotations: { owner: 'me', [IMAGE_DIGEST]: 'sha256:b' } };
  assert.deepEqual(noted(workload('Deployment', web, metadata)), workload('Deployment', web, want));
});

for (const { name, object } of [
  { name: 'another tag', object: workload('Deployment', { containers: [{ image: 'web:2' }] }) },
  { name: 'no image name', object: workload('Deployment', { containers: [{ image: '?' }, null] }) },
  { name: 'no list of containers', object: workload('Deployment', { containers: 'web' }) },
  { name: 'pods that are never replaced', object: workload('Job', web) },
  { name: 'no template', object: { ...workload('Deployment', web), spec: {} } },
]) {
  test(`left as it is: ${name}`, () => assert.deepEqual(noted(object), object));
}

test('another digest is told from the same, and from an object that is new', () => {
  const [one, other] = ['sha256:a', 'sha256:b'].map((digest) =>
    workload('Deployment', web, note(digest)),
  ) as unknown as [KubeObject, KubeObject];
  assert.equal(hasOtherImages(one, other), true);
  assert.equal(hasOtherImages(one, one), false);
  assert.equal(hasOtherImages(undefined, one), false);
});
