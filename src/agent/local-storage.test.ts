// Goal: pin who goes for what he has written to the node's disk, in the words that users know.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsStorage, measuredVolumes, storageExcess } from './local-storage.ts';
import { container, podOf } from './testing.ts';

const limited = (name: string, limit: string, more = {}) =>
  container(name, { resources: { limits: { 'ephemeral-storage': limit } }, ...more });
const volume = (name: string, emptyDir: object) => ({ name, emptyDir });

for (const { name, spec, volumes = {}, containers = {}, want } of [
  { name: 'nobody without a limit', spec: {}, containers: { main: 1e12 } },
  {
    name: 'a volume that is full to the brim stays',
    spec: { volumes: [volume('v', { sizeLimit: '1Mi' })] },
    volumes: { v: 2 ** 20 },
  },
  {
    name: 'a volume beyond its limit',
    spec: { volumes: [volume('a', {}), volume('v', { sizeLimit: '1Mi' })] },
    volumes: { a: 1e9, v: 2 ** 20 + 1 },
    want: 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
  },
  {
    name: 'a container beyond its limit, in a pod that is within',
    spec: { containers: [limited('main', '1Mi'), limited('other', '9Mi')] },
    containers: { main: 2 ** 20 + 1, other: 1 },
    want: 'Container main exceeded its local ephemeral storage limit "1Mi". ',
  },
  {
    name: 'a pod by its volumes and all its containers',
    spec: {
      containers: [limited('main', '1Mi'), limited('other', '1Mi')],
      volumes: [volume('v', {})],
    },
    volumes: { v: 2 ** 20 },
    containers: { main: 2 ** 20, other: 1 },
    want: 'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ',
  },
  {
    name: 'an init container counts where it may have the most',
    spec: {
      initContainers: [limited('init', '3Mi'), limited('side', '1Mi', { restartPolicy: 'Always' })],
      containers: [limited('main', '1Mi')],
    },
    containers: { init: 2 ** 20 * 3, main: 0 },
  },
  {
    name: 'no limit is none',
    spec: { containers: [limited('main', '0')] },
    containers: { main: 9 },
  },
] as {
  name: string;
  spec: object;
  volumes?: Record<string, number>;
  containers?: Record<string, number>;
  want?: string;
}[]) {
  test(name, () => {
    const usage = {
      volumes: new Map(Object.entries(volumes)),
      containers: new Map(Object.entries(containers)),
    };
    const ending = storageExcess(podOf(spec), usage);
    assert.deepEqual(ending, want && { reason: 'Evicted', message: want });
  });
}

test('only what a limit counts is measured', () => {
  const volumes = [
    volume('plain', {}),
    volume('limited', { sizeLimit: '1Mi' }),
    volume('memory', { medium: 'Memory', sizeLimit: '1Mi' }),
  ];
  assert.deepEqual(measuredVolumes(podOf({ volumes })), ['limited']);
  const pod = podOf({ volumes, containers: [limited('main', '1Gi')] });
  assert.deepEqual(measuredVolumes(pod), ['plain', 'limited']);
  assert.deepEqual([limitsStorage(pod), limitsStorage(podOf())], [true, false]);
});
