import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Deployment, ReplicaSet, StatefulSet } from '../api/generated/apps/v1/types.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { mainTrouble, newestPods, troubleLines } from './pod-troubles.ts';

const pod = (name: string, status: object, metadata: object = {}) =>
  ({ kind: 'Pod', metadata: { name, ...metadata }, spec: {}, status }) as unknown as Pod;
const waiting = (reason: string, message: string) => ({
  phase: 'Pending',
  containerStatuses: [{ state: { waiting: { reason, message } } }],
});
const pullFails = waiting('ErrImagePull', 'no such host');
const pullWaits = waiting(
  'ImagePullBackOff',
  'Back-off pulling image "web": ErrImagePull: no such host',
);
const crashes = (name: string, delay: string) =>
  waiting(
    'CrashLoopBackOff',
    `back-off ${delay} restarting failed container=web pod=${name}_default(1-2-3)`,
  );
const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
const unready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] };
const CRASH = 'CrashLoopBackOff: restarting failed container=web';

describe('lines of troubles', () => {
  for (const { name, pods, want } of [
    { name: 'none of pods that are well', pods: [pod('a', ready)], want: [] },
    {
      name: 'a pull that failed and one that waits are one',
      pods: [pod('a', pullFails), pod('b', pullWaits)],
      want: ['2 pods: ErrImagePull: no such host'],
    },
    {
      name: 'crashes are one whatever pod and pause, and the most frequent come first',
      pods: [pod('a', pullFails), pod('b', crashes('b', '10s')), pod('c', crashes('c', '5m0s'))],
      want: [`2 pods: ${CRASH}`, 'pod/a: ErrImagePull: no such host'],
    },
    {
      name: 'a pod that runs and is not ready is named, one that goes is not',
      pods: [pod('a', unready), pod('b', pullFails, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
      want: ['pod/a: runs, but is not ready'],
    },
    {
      name: 'at most five',
      pods: [1, 2, 3, 4, 5, 6].map((n) => pod(`p${n}`, waiting('Bad', `${n}`))),
      want: [
        ...[1, 2, 3, 4].map((n) => `pod/p${n}: Bad: ${n}`),
        '... and 2 pods with other troubles',
      ],
    },
  ]) {
    test(name, () => assert.deepEqual(troubleLines(pods), want));
  }
});

test('the trouble that most pods have stays the same from attempt to attempt', () => {
  assert.equal(mainTrouble([pod('a', ready)]), undefined);
  for (const first of [crashes('b', '10s'), crashes('b', '20s')]) {
    assert.equal(
      mainTrouble([pod('a', pullFails), pod('b', first), pod('c', crashes('c', '10s'))]),
      CRASH,
    );
  }
});

describe('the newest pods', () => {
  const hashed = (name: string, label: string, hash: string) =>
    pod(name, ready, { labels: { [label]: hash } });
  const replicaSet = (hash: string, revision: string, uid: string) =>
    ({
      metadata: {
        labels: { 'pod-template-hash': hash },
        annotations: { 'deployment.kubernetes.io/revision': revision },
        ownerReferences: [{ uid }],
      },
    }) as unknown as ReplicaSet;
  const namesOf = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name);

  test('of a deployment are those of its newest replica set', () => {
    const deployment = { kind: 'Deployment', metadata: { uid: '1' } } as unknown as Deployment;
    const pods = ['old', 'new'].map((hash) => hashed(hash, 'pod-template-hash', hash));
    const sets = [
      replicaSet('old', '9', '1'),
      replicaSet('new', '10', '1'),
      replicaSet('x', '11', '2'),
    ];
    assert.deepEqual(namesOf(newestPods(deployment, pods, sets)), ['new']);
  });

  test('of a stateful set are those of its update revision', () => {
    const set = { kind: 'StatefulSet', status: { updateRevision: 'b' } } as unknown as StatefulSet;
    const pods = ['a', 'b'].map((hash) => hashed(hash, 'controller-revision-hash', hash));
    assert.deepEqual(namesOf(newestPods(set, pods, [])), ['b']);
  });

  test('are all where nothing tells revisions apart', () => {
    const job = pod('job', {});
    assert.deepEqual(namesOf(newestPods(job, [pod('a', ready)], [])), ['a']);
  });
});
