import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../api/generated/core/v1/types.ts';
import { toTime } from '../base/clock.ts';
import { NodeImages } from './node-images.ts';
import { ObservedTimes } from './observed-times.ts';

// Goal: pods are expected to take as long as those most alike have, and to fail as those have.

const NOW = Date.UTC(2026, 0, 1);

interface Parts {
  readonly owner?: string;
  readonly image?: string;
  /** Seconds from being bound to running, and on to ready. */
  readonly took?: readonly [start: number, ready: number];
  readonly restarts?: number;
  readonly waiting?: string;
  readonly spec?: object;
  readonly container?: object;
}

let count = 0;

function pod({ owner = 'web-5d8f', image = 'web:1', took, ...more }: Parts): Pod {
  const { restarts = 0, waiting, spec, container } = more;
  const boundAt = NOW - 3_600_000;
  const [start = 0, ready = 0] = took ?? [];
  const runningAt = boundAt + start * 1000;
  const time = (ms: number) => ({ status: 'True', lastTransitionTime: toTime(ms) });
  const conditions = [
    { type: 'PodScheduled', ...time(boundAt) },
    { type: 'Ready', ...time(runningAt + ready * 1000) },
  ];
  const state = waiting
    ? { waiting: { reason: waiting, message: 'no' } }
    : { running: { startedAt: toTime(runningAt) } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${count}`,
      namespace: 'default',
      uid: `uid-${count++}`,
      labels: { 'pod-template-hash': '5d8f' },
      ownerReferences: [{ kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
    },
    spec: { restartPolicy: 'Always', containers: [{ name: 'main', image, ...container }], ...spec },
    status: took
      ? { phase: 'Running', conditions, containerStatuses: [{ restartCount: restarts, state }] }
      : { phase: 'Pending', containerStatuses: waiting ? [{ restartCount: 0, state }] : [] },
  } as unknown as Pod;
}

const nodeWith = (...names: string[]) =>
  ({ status: { images: names.map((name) => ({ names: [name] })) } }) as unknown as Node;

const observed = (pods: readonly Pod[], ...nodes: Node[]) =>
  new ObservedTimes(pods, { images: new NodeImages(nodes), now: NOW });

for (const { name, seen, asked, want, nodes = [] } of [
  {
    name: 'as its own kind, in the median',
    seen: [{ took: [1, 2] }, { took: [3, 4] }, { took: [9, 9] }],
    asked: {},
    want: { startMs: 3000, readyMs: 4000, seenAt: '3 pods of web' },
  },
  {
    name: 'as its workload, when the image is new',
    seen: [{ took: [1, 2] }],
    asked: { image: 'web:2' },
    want: { startMs: 1000, readyMs: 2000, seenAt: '1 pod of web' },
  },
  {
    name: 'as other tags of the image elsewhere',
    seen: [{ owner: 'old-5d8f', took: [2, 5] }],
    asked: { owner: 'new-5d8f', image: 'web:2' },
    want: { startMs: 2000, readyMs: 5000, seenAt: '1 pod of other tags of web' },
  },
  {
    name: 'nothing is learned of pods that were restarted',
    seen: [{ took: [1, 2], restarts: 1 }],
    asked: {},
    want: { startMs: 2000, readyMs: 0, seenAt: undefined },
  },
  {
    name: 'assumed, with the time to pull an image that no node has',
    seen: [],
    asked: { image: 'other:1' },
    nodes: ['docker.io/library/web:1'],
    want: { startMs: 7000, readyMs: 0, seenAt: undefined },
  },
  {
    name: 'not ready before its probe may ask',
    seen: [{ took: [1, 2] }],
    asked: { container: { readinessProbe: { initialDelaySeconds: 20 } } },
    want: { startMs: 1000, readyMs: 20_500, seenAt: '1 pod of web' },
  },
] as readonly {
  name: string;
  seen: Parts[];
  asked: Parts;
  nodes?: string[];
  want: object;
}[]) {
  test(name, () => {
    const { startMs, readyMs, seenAt } = observed(seen.map(pod), nodeWith(...nodes)).times(
      pod(asked),
    );
    assert.deepEqual({ startMs, readyMs, seenAt }, want);
  });
}

test('an image that could not be pulled is not pulled next time, unless it was elsewhere', () => {
  const stuck = pod({ waiting: 'ImagePullBackOff' });
  assert.equal(observed([stuck]).obstacle(pod({}))?.reason, 'ImagePullBackOff');
  assert.equal(observed([stuck, pod({ took: [1, 1] })]).obstacle(pod({})), undefined);
});

test('an image that may not be pulled and is on no node', () => {
  const never = pod({ image: 'lost:1', container: { imagePullPolicy: 'Never' } });
  const nodes = nodeWith('docker.io/library/web:1');
  assert.equal(observed([], nodes).obstacle(never)?.reason, 'ErrImageNeverPull');
  const known = nodeWith('docker.io/library/lost:1');
  assert.equal(observed([], known).obstacle(never), undefined);
  assert.equal(observed([]).obstacle(never), undefined, 'nobody tells of images');
  assert.equal(observed([]).obstacle(pod({ image: 'Not A Name' }))?.reason, 'InvalidImageName');
});

test('what ends again and again does so again, unless it is made anew', () => {
  const crashing = pod({ waiting: 'CrashLoopBackOff', took: [1, 1], restarts: 5 });
  const { conditions = [] } = crashing.status;
  const unready = conditions.filter(({ type }) => type !== 'Ready');
  const found: Pod = { ...crashing, status: { ...crashing.status, conditions: unready } };
  const known = observed([found]);
  assert.equal(known.times(found).readyMs, undefined);
  assert.deepEqual(known.obstacle(pod({})), {
    reason: 'CrashLoopBackOff',
    message: `a pod that is alike, ${found.metadata.name}, ends again and again`,
    past: found.status.containerStatuses,
  });
  const mended = pod({ owner: 'web-77aa' });
  assert.equal(known.obstacle(mended), undefined);
  assert.equal(known.times(mended).readyMs, 0);
  assert.equal(observed([found, pod({ took: [1, 1] })]).obstacle(pod({})), undefined);
});
