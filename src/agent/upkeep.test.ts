// Goal: pin what is removed to make room, when the runtime is looked at, and what a pod refers to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Image } from '../runtime/cri-types.ts';
import { unusedSandboxes } from './caretaker.ts';
import { imagesToRemove, noteUses } from './image-gc.ts';
import { referencedBy } from './references.ts';
import { relistDelayMs } from './relist.ts';
import { patchOf } from './status-writer.ts';
import { container, podOf, runOf, sandboxOf } from './testing.ts';

const imageOf = (id: string, sizeBytes: number, more: Partial<Image> = {}): Image => ({
  id,
  repoTags: [`${id}:1`],
  repoDigests: [],
  sizeBytes,
  userName: '',
  pinned: false,
  ...more,
});
const NOW = 1_000_000;

for (const { name, freeBytes, images, isShared = false, want } of [
  { name: 'nothing while there is room', freeBytes: 20, images: [imageOf('a', 50)], want: [] },
  {
    name: 'what nobody uses, when there is none',
    freeBytes: 10,
    images: [imageOf('a', 50)],
    want: ['a'],
  },
  {
    name: 'no more than needed',
    freeBytes: 10,
    images: [imageOf('a', 15), imageOf('b', 15)],
    want: ['a'],
  },
  {
    name: 'the longest unused first',
    freeBytes: 10,
    images: [imageOf('recent', 15), imageOf('old', 15)],
    want: ['old'],
  },
  { name: 'nothing that is used', freeBytes: 10, images: [imageOf('used', 15)], want: [] },
  {
    name: 'nothing that is pinned',
    freeBytes: 10,
    images: [imageOf('a', 15, { pinned: true })],
    want: [],
  },
  {
    name: 'of a shared runtime only what our pods have used',
    freeBytes: 10,
    images: [imageOf('a', 15), imageOf('old', 15)],
    isShared: true,
    want: ['old'],
  },
  { name: 'nothing that has just come', freeBytes: 10, images: [imageOf('new', 15)], want: [] },
]) {
  test(`removes ${name}`, () => {
    const inUse = new Set(['used:1']);
    const past = { a: [0, 0], b: [0, 0], recent: [0, 900_000], old: [0, 100_000], used: [0, 0] };
    const uses = new Map(
      Object.entries(past).map(([id, [seenAt = 0, usedAt = 0]]) => [id, { seenAt, usedAt }]),
    );
    const noted = noteUses(uses, { images, inUse, now: NOW });
    const removed = imagesToRemove({
      images,
      inUse,
      uses: noted,
      isShared,
      totalBytes: 100,
      freeBytes,
      now: NOW,
    });
    assert.deepEqual(
      removed.map(({ id }) => id),
      want,
    );
  });
}

test('sandboxes that were replaced go once their containers have gone', () => {
  const [newest, second, first] = [2, 1, 0].map((attempt) =>
    sandboxOf({ attempt, state: 'notReady' }),
  );
  const sandboxes = [newest!, second!, first!];
  const containers = [runOf('main', { sandboxId: 'sandbox-1', state: 'exited' })];
  assert.deepEqual(unusedSandboxes({ sandboxes, containers }), ['sandbox-0']);
});

const job = podOf({ restartPolicy: 'Never' });
for (const { name, pods, hasEvents = false, want } of [
  { name: 'nothing runs', pods: [], want: 5000 },
  { name: 'servers run', pods: [{ pod: podOf(), startedAt: NOW - 10 }], want: 1000 },
  { name: 'a job has just begun', pods: [{ pod: job, startedAt: NOW - 10 }], want: 50 },
  {
    name: 'a job has run for four seconds',
    pods: [{ pod: job, startedAt: NOW - 4000 }],
    want: 500,
  },
  {
    name: 'a job has run for an hour',
    pods: [{ pod: job, startedAt: NOW - 3_600_000 }],
    want: 1000,
  },
  {
    name: 'the runtime tells',
    pods: [{ pod: job, startedAt: NOW - 10 }],
    hasEvents: true,
    want: 10_000,
  },
]) {
  test(`looks again after ${want} ms when ${name}`, () => {
    const seen = pods.map(({ pod, startedAt }) => {
      return {
        pod,
        runtime: { sandboxes: [sandboxOf()], containers: [runOf('main', { startedAt })] },
      };
    });
    assert.equal(relistDelayMs(seen, { hasEvents, now: NOW }), want);
  });
}

test('finds all that a pod refers to', () => {
  const env = [
    { name: 'A', valueFrom: { configMapKeyRef: { name: 'c1', key: 'k' } } },
    { name: 'B', valueFrom: { secretKeyRef: { name: 's1', key: 'k' } } },
  ];
  const keys = referencedBy(
    podOf({
      containers: [container('a', { env, envFrom: [{ configMapRef: { name: 'c2' } }] })],
      initContainers: [container('i', { envFrom: [{ secretRef: { name: 's2' } }] })],
      volumes: [
        { name: 'v1', configMap: { name: 'c3' } },
        { name: 'v2', secret: { secretName: 's3' } },
        {
          name: 'v3',
          projected: { sources: [{ configMap: { name: 'c4' } }, { secret: { name: 's4' } }] },
        },
      ],
      imagePullSecrets: [{ name: 's5' }],
    }),
  );
  const names = keys.map((key) => key.split('/')[2]);
  assert.deepEqual(names.sort(), ['c1', 'c2', 'c3', 'c4', 's1', 's2', 's3', 's4', 's5']);
});

test('a patch of a status says what is new and what is gone, and leaves what is not ours', () => {
  const ready = { type: 'Ready', status: 'True' };
  const before = {
    phase: 'Pending',
    message: 'x',
    nominatedNodeName: 'n',
    podIPs: [{ ip: '1' }],
    conditions: [
      { ...ready, status: 'False', reason: 'why' },
      { type: 'Other', status: 'True' },
    ],
  } as const;
  const next = {
    phase: 'Running',
    podIPs: [{ ip: '2' }],
    conditions: [ready, { type: 'Other', status: 'False' }],
  } as const;
  assert.deepEqual(patchOf(next, before), {
    phase: 'Running',
    message: null,
    podIPs: [{ $patch: 'replace' }, { ip: '2' }],
    conditions: [{ reason: null, message: null, ...ready }],
  });
});
