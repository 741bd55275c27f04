import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { toTime } from '../base/clock.ts';
import { availableInMs, byLossOrder } from './pods.ts';

// Goal: pin in which order a workload gives up its pods. In each row the first goes before the
// second, whichever way round they come.

const NOW = Date.UTC(2026, 0, 1);

interface Facts {
  readonly uid?: string;
  readonly node?: string;
  readonly phase?: Pod['status']['phase'];
  readonly readyForS?: number;
  readonly ageS?: number;
  readonly cost?: string;
  readonly restarts?: number;
  readonly sidecarRestarts?: number;
  readonly initRestarts?: number;
}

function pod(facts: Facts, uid: string): Pod {
  const { node = 'n', phase = 'Running', readyForS, ageS = 3600, cost } = facts;
  const { restarts = 0, sidecarRestarts = 0, initRestarts = 0 } = facts;
  const lastTransitionTime = toTime(NOW - (readyForS ?? 0) * 1000);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: uid,
      uid: facts.uid ?? uid,
      resourceVersion: '1',
      creationTimestamp: toTime(NOW - ageS * 1000),
      ...(cost && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: {
      nodeName: node,
      containers: [{ name: 'main' }],
      initContainers: [{ name: 'init' }, { name: 'sidecar', restartPolicy: 'Always' }],
    },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: readyForS ? 'True' : 'False', lastTransitionTime }],
      containerStatuses: [{ name: 'main', restartCount: restarts }],
      initContainerStatuses: [
        { name: 'init', restartCount: initRestarts },
        { name: 'sidecar', restartCount: sidecarRestarts },
      ],
    },
  } as unknown as Pod;
}

const ready = { readyForS: 100 };

for (const { name, first, second, crowd = [] } of [
  { name: 'without a node', first: { ...ready, node: '' }, second: {} },
  { name: 'pending', first: { ...ready, phase: 'Pending' }, second: { phase: 'Unknown' } },
  { name: 'unknown', first: { ...ready, phase: 'Unknown' }, second: {} },
  { name: 'not ready', first: { cost: '9' }, second: { ...ready, cost: '-9' } },
  { name: 'cheaper', first: { ...ready, cost: '-1', node: 'n2' }, second: ready, crowd: ['n'] },
  {
    name: 'a cost that is no number counts as none',
    first: { ...ready, cost: '+2' },
    second: { ...ready, cost: '1' },
  },
  { name: 'in a crowd', first: { readyForS: 9000 }, second: { ...ready, node: 'm' }, crowd: ['n'] },
  { name: 'ready for less long by magnitude', first: { readyForS: 10 }, second: { readyForS: 90 } },
  {
    name: 'of one magnitude by UID, whatever their restarts',
    first: { readyForS: 100, uid: '1' },
    second: { readyForS: 90, uid: '2', restarts: 5 },
  },
  {
    name: 'restarted more often',
    first: { restarts: 2 },
    second: { restarts: 1, sidecarRestarts: 5 },
  },
  {
    name: 'restarted as often, with a sidecar that was more often',
    first: { restarts: 1, sidecarRestarts: 3 },
    second: { restarts: 1, sidecarRestarts: 2, initRestarts: 9 },
  },
  { name: 'younger by magnitude', first: { ageS: 10 }, second: { ageS: 90 } },
] as {
  name: string;
  first: Facts;
  second: Facts;
  crowd?: string[];
}[]) {
  test(`goes first: ${name}`, () => {
    const [a, b] = [pod(first, 'y'), pod(second, 'z')];
    const related = [a, b, ...crowd.map((node, i) => pod({ node }, `crowd-${i}`))];
    for (const pods of [
      [a, b],
      [b, a],
    ]) {
      const order = byLossOrder(pods, { related, now: NOW }).map(({ metadata }) => metadata.name);
      assert.deepEqual(order, ['y', 'z']);
    }
  });
}

for (const { name, readyForS, minReadySeconds, want } of [
  { name: 'at once where nothing is to be waited for', readyForS: 1, want: 0 },
  { name: 'even by a clock that is ahead', readyForS: -60, want: 0 },
  { name: 'when it was ready for long enough', readyForS: 4, minReadySeconds: 10, want: 6000 },
  { name: 'never unless it is ready', readyForS: 0, want: undefined },
]) {
  test(`a pod is available ${name}`, () => {
    const options = { minReadySeconds, now: NOW };
    assert.equal(availableInMs(pod({ readyForS }, 'a'), options), want);
  });
}
