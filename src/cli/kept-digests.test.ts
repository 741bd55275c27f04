import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../machinery/object.ts';
import { IMAGE_DIGEST, withKeptDigests } from './kept-digests.ts';

// Goal: applying what `up` has applied, without knowing of its digests, changes nothing.

const workload = (image: string, annotations?: Readonly<Record<string, string>> | null) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    template: {
      metadata: { labels: { app: 'web' }, ...(annotations !== undefined && { annotations }) },
      spec: { containers: [{ name: 'main', image }] },
    },
  },
});

const built = workload('web', { [IMAGE_DIGEST]: 'sha256:1', kept: 'no' });

const rows = [
  {
    name: 'is kept, and nothing else with it',
    object: workload('web', { own: 'x' }),
    before: built,
    want: workload('web', { own: 'x', [IMAGE_DIGEST]: 'sha256:1' }),
  },
  {
    name: 'is kept where there are no annotations',
    object: workload('web', null),
    before: built,
    want: workload('web', { [IMAGE_DIGEST]: 'sha256:1' }),
  },
  { name: 'goes with the image', object: workload('web:2'), before: built },
  {
    name: 'is what the manifest says',
    object: workload('web', { [IMAGE_DIGEST]: 'sha256:2' }),
    before: built,
  },
  { name: 'is not there of what nobody built', object: workload('web'), before: workload('web') },
  { name: 'is not there of what is new', object: workload('web'), before: undefined },
  { name: 'is nothing for kinds without pods', object: { kind: 'ConfigMap' }, before: built },
  {
    name: 'bad input passes',
    object: { spec: { template: { spec: { containers: [null] } } } },
    before: built,
  },
];

for (const { name, object, before, want = object } of rows) {
  test(`a digest ${name}`, () => {
    const found = withKeptDigests(object, before as KubeObject | undefined);
    assert.deepEqual(found, want);
  });
}
