import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, made, withStatus } from '../../fixture.ts';
import { pods } from './pod.ts';

// Goal: what `kubectl get pods` says of a pod, in all its states.

const container = { name: 'main', image: 'web:1.4' };
const pod = made(pods, { spec: { nodeName: 'n', containers: [container] } });
const running = { running: { startedAt: '2026-03-04T05:00:00Z' } };
const of = (name: string, state: object, more: object = {}) => ({
  name,
  image: 'x',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  ...more,
});

for (const { name, object = pod, status, Ready = '0/1', Status, Restarts = '0' } of [
  { name: 'new', status: { phase: 'Pending' }, Status: 'Pending' },
  {
    name: 'running',
    status: {
      phase: 'Running',
      containerStatuses: [of('main', running, { ready: true, started: true })],
    },
    Ready: '1/1',
    Status: 'Running',
  },
  {
    name: 'waiting for its image',
    status: {
      phase: 'Pending',
      containerStatuses: [of('main', { waiting: { reason: 'ImagePullBackOff' } })],
    },
    Status: 'ImagePullBackOff',
  },
  {
    name: 'crashing',
    status: {
      phase: 'Running',
      containerStatuses: [
        of(
          'main',
          { waiting: { reason: 'CrashLoopBackOff' } },
          {
            restartCount: 3,
            lastState: { terminated: { exitCode: 1, finishedAt: '2026-03-04T05:05:07Z' } },
          },
        ),
      ],
    },
    Status: 'CrashLoopBackOff',
    Restarts: '3 (60s ago)',
  },
  {
    name: 'ended with a code',
    status: { phase: 'Failed', containerStatuses: [of('main', { terminated: { exitCode: 3 } })] },
    Status: 'ExitCode:3',
  },
  {
    name: 'killed',
    status: {
      phase: 'Failed',
      containerStatuses: [of('main', { terminated: { exitCode: 0, signal: 9 } })],
    },
    Status: 'Signal:9',
  },
  { name: 'evicted', status: { phase: 'Failed', reason: 'Evicted' }, Status: 'Evicted' },
  {
    name: 'gated',
    status: {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
    },
    Status: 'SchedulingGated',
  },
  {
    name: 'on its way out',
    object: { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-03-04T05:06:00Z' } },
    status: { phase: 'Running', containerStatuses: [of('main', running, { ready: true })] },
    Ready: '1/1',
    Status: 'Terminating',
  },
]) {
  test(`a pod that is ${name}`, () => {
    const cells = cellsOf(pods, withStatus(object, status));
    const shown = { Ready: cells.Ready, Status: cells.Status, Restarts: cells.Restarts };
    assert.deepEqual(shown, { Ready, Status, Restarts });
  });
}

test('a pod that starts shows how far it is', () => {
  const initContainers = [
    { name: 'a', image: 'x:1' },
    { name: 'b', image: 'x:1' },
  ];
  const starting = made(pods, { spec: { containers: [container], initContainers } });
  const initContainerStatuses = [
    of('a', { terminated: { exitCode: 0 } }),
    of('b', { running: {} }),
  ];
  const status = { phase: 'Pending', initContainerStatuses };
  assert.equal(cellsOf(pods, withStatus(starting, status)).Status, 'Init:1/2');
});

test('where it is, for wide tables', () => {
  const cells = cellsOf(
    pods,
    withStatus(pod, { phase: 'Running', podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] }),
  );
  assert.equal(cells.IP, '10.1.2.3');
  assert.equal(cells.Node, 'n');
  assert.equal(cells['Nominated Node'], '<none>');
});

test('a row says when its pod has ended', () => {
  const conditions = (phase: string) => pods.rowConditions?.(withStatus(pod, { phase }));
  assert.equal(conditions('Succeeded')?.[0]?.type, 'Completed');
  assert.equal(conditions('Failed')?.[0]?.reason, 'Failed');
  assert.deepEqual(conditions('Running') ?? [], []);
});
