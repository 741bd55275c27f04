// Goal: pin what others learn of the node, and when it says that it is ready.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuntimeStatus } from '../runtime/cri-types.ts';
import { hostIps, isNodeReady, type NodeObserved, nodeLabels, nodeStatus } from './node-object.ts';

const GIB = 2 ** 30;
const OPTIONS = {
  name: 'n1',
  labels: { zone: 'a' },
  taints: [],
  podsMax: 110,
  port: 10_250,
  version: 'v1.36.0',
};
const READY = { type: 'NetworkReady', status: true, reason: '', message: '' };

const observed = (more: Partial<NodeObserved> = {}): NodeObserved => ({
  machine: {
    hostName: 'n1',
    cpus: 2,
    memoryBytes: 4 * GIB,
    machineId: 'm',
    systemUuid: 's',
    bootId: 'b',
    kernelVersion: '6.1',
    osImage: 'Debian',
    architecture: 'amd64',
    addresses: ['192.0.2.1', '192.0.2.2', 'fd00::1'],
  },
  disk: { totalBytes: 100 * GIB, freeBytes: 50 * GIB, totalFiles: 1000, freeFiles: 500 },
  availableMemoryBytes: GIB,
  version: { name: 'containerd', version: '1.6.20', apiVersion: 'v1' },
  runtime: { conditions: [READY] },
  images: [
    { id: '1', repoTags: ['small:1'], repoDigests: [], sizeBytes: 1, userName: '', pinned: false },
    {
      id: '2',
      repoTags: ['big:1'],
      repoDigests: ['big@sha256:2'],
      sizeBytes: 9,
      userName: '',
      pinned: false,
    },
  ],
  ...more,
});
const statusOf = (more: Partial<NodeObserved> = {}) =>
  nodeStatus(OPTIONS, observed(more), { previous: undefined, now: 0 });

test('has what the machine has, less what it keeps for itself', () => {
  const { capacity, allocatable } = statusOf();
  assert.deepEqual(capacity, {
    cpu: '2',
    'ephemeral-storage': '104857600Ki',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: '4194304Ki',
    pods: '110',
  });
  assert.equal(allocatable?.memory, '4091904Ki');
  assert.equal(allocatable?.['ephemeral-storage'], String(90 * GIB));
});

test('is reached at one address per family, and by its name', () => {
  assert.deepEqual(statusOf().addresses, [
    { type: 'InternalIP', address: '192.0.2.1' },
    { type: 'InternalIP', address: 'fd00::1' },
    { type: 'Hostname', address: 'n1' },
  ]);
  assert.deepEqual(hostIps(['fd00::1', '192.0.2.1']), ['fd00::1', '192.0.2.1']);
});

test('lists its images, the largest first', () =>
  assert.deepEqual(statusOf().images, [
    { names: ['big@sha256:2', 'big:1'], sizeBytes: 9 },
    { names: ['small:1'], sizeBytes: 1 },
  ]));

test('lists no image that has lost its name to a newer one', () => {
  const nameless = { id: '3', repoTags: [], repoDigests: [], userName: '', pinned: false };
  const images = [...observed().images, { ...nameless, sizeBytes: 99 }];
  assert.deepEqual(
    statusOf({ images }).images?.map(({ names }) => names?.at(-1)),
    ['big:1', 'small:1'],
  );
});

test('carries the labels of every node, and its own', () =>
  assert.deepEqual(nodeLabels(OPTIONS, observed().machine), {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': 'n1',
    'kubernetes.io/os': 'linux',
    zone: 'a',
  }));

const network = (message: string): RuntimeStatus => ({
  conditions: [{ ...READY, status: false, reason: 'NetworkPluginNotReady', message }],
});
for (const { name, more, want } of [
  { name: 'all is well', more: {}, want: 'True KubeletReady kubelet is posting ready status' },
  {
    name: 'no network yet',
    more: { runtime: network('cni plugin not initialized') },
    want: 'False KubeletNotReady container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized',
  },
  {
    name: 'no runtime',
    more: { runtime: undefined },
    want: 'False KubeletNotReady container runtime is down',
  },
]) {
  test(`ready: ${name}`, () => {
    const status = statusOf(more);
    const {
      status: is,
      reason,
      message,
    } = status.conditions!.find(({ type }) => type === 'Ready')!;
    assert.equal(`${is} ${reason} ${message}`, want);
    assert.equal(isNodeReady(status), is === 'True');
  });
}

test('is under pressure when memory or disk run low', () => {
  const low = statusOf({
    availableMemoryBytes: 50 * 2 ** 20,
    disk: { totalBytes: 100 * GIB, freeBytes: 5 * GIB, totalFiles: 0, freeFiles: 0 },
  });
  const pressed = low.conditions!.filter(
    ({ type, status }) => type !== 'Ready' && status === 'True',
  );
  assert.deepEqual(
    pressed.map(({ type }) => type),
    ['MemoryPressure', 'DiskPressure'],
  );
});

test('a disk is full when no more files fit on it', () => {
  const { disk } = observed();
  const diskPressure = (freeFiles: number, totalFiles = 1000) =>
    nodeStatus(OPTIONS, observed({ disk: { ...disk, totalFiles, freeFiles } }), {
      previous: undefined,
      now: 0,
    }).conditions!.find(({ type }) => type === 'DiskPressure')!.status;
  assert.deepEqual(
    [diskPressure(49), diskPressure(50), diskPressure(0, 0)],
    ['True', 'False', 'False'],
  );
});

test('keeps the time of a condition while it stays as it is', () => {
  const previous = statusOf();
  const next = nodeStatus(OPTIONS, observed({ runtime: undefined }), { previous, now: 5000 });
  assert.deepEqual(
    next.conditions!.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
    [
      ['MemoryPressure', '1970-01-01T00:00:00Z'],
      ['DiskPressure', '1970-01-01T00:00:00Z'],
      ['PIDPressure', '1970-01-01T00:00:00Z'],
      ['Ready', '1970-01-01T00:00:05Z'],
    ],
  );
});
