// Goal: pin what users see of a pod for each way in which its containers can be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec, PodStatus } from '../api/generated/core/v1/types.ts';
import type { WaitingReason } from './container-status.ts';
import { NO_RUNTIME, type PodRuntime } from './pod-runtime.ts';
import { podStatus } from './pod-status.ts';
import { container, podOf, runOf, sandboxOf } from './testing.ts';

interface World {
  readonly spec?: Partial<PodSpec>;
  readonly metadata?: Parameters<typeof podOf>[1];
  readonly runtime: PodRuntime;
  readonly previous?: PodStatus;
  readonly ended?: boolean;
  readonly ending?: { reason: string; message: string };
  readonly waiting?: Record<string, WaitingReason>;
  readonly probes?: Record<string, 'success' | 'failure'>;
}

const NOW = Date.UTC(2026, 0, 1, 0, 1);
const ready = [sandboxOf()];
const exited = (name: string, exitCode = 0) =>
  runOf(name, {
    state: 'exited',
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    finishedAt: 2000,
  });
const probe = { exec: { command: ['true'] } };

function statusOf(world: World): PodStatus {
  return podStatus({
    pod: podOf(world.spec, world.metadata),
    runtime: world.runtime,
    probes: (id, kind) => world.probes?.[`${id.split('-')[0]}/${kind}`],
    waiting: (name) => world.waiting?.[name],
    previous: world.previous ?? {},
    ended: world.ended ?? false,
    ending: world.ending,
    hostIps: ['192.0.2.1'],
    runtimeName: 'containerd',
    now: NOW,
  });
}

/** A status in one line: phase, conditions that hold, containers, address. */
function summary({ phase, conditions = [], podIP, ...status }: PodStatus): string {
  const holds = conditions.filter((condition) => condition.status === 'True');
  const containers = [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ].map(({ name, state, ready, restartCount, started }) => {
    const [[kind, detail = {}] = ['none']] = Object.entries(state ?? {});
    const { reason } = detail as { reason?: string };
    const marks = `${started ? '+' : ''}${ready ? '!' : ''}`;
    return `${name}=${reason ?? kind}${marks}${restartCount || ''}`;
  });
  const short = holds.map(({ type }) => type.replace(/[a-z]/g, '')).join(' ');
  return `${phase} [${short}] ${containers.join(' ')}${podIP ? ` ${podIP}` : ''}`;
}

const rows: (World & { name: string; want: string })[] = [
  {
    name: 'a new pod waits for its containers',
    runtime: NO_RUNTIME,
    want: 'Pending [I PS] main=ContainerCreating',
  },
  {
    name: 'with init containers nothing is initialized yet',
    spec: { initContainers: [container('i')] },
    runtime: { sandboxes: ready, containers: [] },
    want: 'Pending [PRTSC PS] i=PodInitializing main=PodInitializing 10.0.0.9',
  },
  {
    name: 'a running container is ready at once when nothing probes it',
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    want: 'Running [PRTSC I R CR PS] main=running+! 10.0.0.9',
  },
  {
    name: 'with a readiness probe it is ready when that succeeds',
    spec: { containers: [container('main', { readinessProbe: probe })] },
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    want: 'Running [PRTSC I PS] main=running+ 10.0.0.9',
  },
  {
    name: 'and then is',
    spec: { containers: [container('main', { readinessProbe: probe })] },
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    probes: { 'main/readiness': 'success' },
    want: 'Running [PRTSC I R CR PS] main=running+! 10.0.0.9',
  },
  {
    name: 'with a startup probe it has started when that succeeds',
    spec: { containers: [container('main', { startupProbe: probe })] },
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    want: 'Running [PRTSC I PS] main=running 10.0.0.9',
  },
  {
    name: 'a finished job has succeeded',
    spec: { restartPolicy: 'Never' },
    runtime: { sandboxes: ready, containers: [exited('main')] },
    want: 'Succeeded [PRTSC I PS] main=Completed 10.0.0.9',
  },
  {
    name: 'a failed one has failed',
    spec: { restartPolicy: 'Never' },
    runtime: { sandboxes: ready, containers: [exited('main', 1)] },
    want: 'Failed [PRTSC I PS] main=Error 10.0.0.9',
  },
  {
    name: 'a failed one that is tried again runs',
    spec: { restartPolicy: 'OnFailure' },
    runtime: { sandboxes: ready, containers: [exited('main', 1)] },
    want: 'Running [PRTSC I PS] main=Error 10.0.0.9',
  },
  {
    name: 'a crash loop is waited out',
    runtime: { sandboxes: ready, containers: [{ ...exited('main', 1), restartCount: 4 }] },
    waiting: { main: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
    want: 'Running [PRTSC I PS] main=CrashLoopBackOff4 10.0.0.9',
  },
  {
    name: 'an image that cannot be pulled keeps a pod pending',
    runtime: { sandboxes: ready, containers: [] },
    waiting: { main: { reason: 'ErrImagePull', message: 'no' } },
    want: 'Pending [PRTSC I PS] main=ErrImagePull 10.0.0.9',
  },
  {
    name: 'a reason from before counts for nothing once it runs',
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    waiting: { main: { reason: 'ErrImagePull', message: 'no' } },
    want: 'Running [PRTSC I R CR PS] main=running+! 10.0.0.9',
  },
  {
    name: 'a deleted pod whose containers ended by signal has failed',
    metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' },
    runtime: { sandboxes: [sandboxOf({ state: 'notReady' })], containers: [exited('main', 137)] },
    ended: true,
    want: 'Failed [I PS] main=Error 10.0.0.9',
  },
  {
    name: 'a pod that is deleted before it began has failed',
    metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' },
    runtime: NO_RUNTIME,
    ended: true,
    want: 'Failed [I PS] main=ContainerCreating',
  },
  {
    name: 'a pod that ends with a container that never began has failed',
    spec: { restartPolicy: 'Never', containers: [container('a'), container('b')] },
    runtime: {
      sandboxes: [sandboxOf({ state: 'notReady' })],
      containers: [exited('a'), runOf('b', { state: 'created' })],
    },
    ended: true,
    want: 'Failed [I PS] a=Completed b=waiting 10.0.0.9',
  },
  {
    name: 'a deadline fails a running pod',
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    ending: { reason: 'DeadlineExceeded', message: 'too long' },
    want: 'Failed [PRTSC I PS] main=running+! 10.0.0.9',
  },
  {
    name: 'a pod that is over stays so',
    previous: { phase: 'Succeeded' },
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    want: 'Succeeded [PRTSC I PS] main=running+! 10.0.0.9',
  },
  {
    name: 'a sidecar that runs counts once it has started',
    spec: { initContainers: [container('s', { restartPolicy: 'Always', startupProbe: probe })] },
    runtime: { sandboxes: ready, containers: [runOf('s')] },
    want: 'Pending [PRTSC PS] s=running main=PodInitializing 10.0.0.9',
  },
  {
    name: 'all of it ready',
    spec: { initContainers: [container('i'), container('s', { restartPolicy: 'Always' })] },
    runtime: { sandboxes: ready, containers: [runOf('main'), runOf('s'), exited('i')] },
    want: 'Running [PRTSC I R CR PS] i=Completed! s=running+! main=running+! 10.0.0.9',
  },
  {
    name: 'a failed init container fails a pod that is never restarted',
    spec: { restartPolicy: 'Never', initContainers: [container('i')] },
    runtime: { sandboxes: ready, containers: [exited('i', 1)] },
    want: 'Failed [PRTSC PS] i=Error main=PodInitializing 10.0.0.9',
  },
  {
    name: 'a run that the runtime has lost is not taken for one that never was',
    previous: statusOf({ runtime: { sandboxes: ready, containers: [runOf('main')] } }),
    runtime: NO_RUNTIME,
    want: 'Running [I PS] main=ContainerCreating1 10.0.0.9',
  },
  {
    name: 'on the network of the host the address is that of the node',
    spec: { hostNetwork: true },
    runtime: NO_RUNTIME,
    want: 'Pending [I PS] main=ContainerCreating 192.0.2.1',
  },
  {
    name: 'an ephemeral container never counts as ready',
    spec: { ephemeralContainers: [container('debug')] as never },
    runtime: { sandboxes: ready, containers: [runOf('debug'), runOf('main')] },
    want: 'Running [PRTSC I R CR PS] main=running+! debug=running+ 10.0.0.9',
  },
];

for (const { name, want, ...world } of rows) {
  test(name, () => assert.equal(summary(statusOf(world)), want));
}

test('says which containers are not ready, and why a condition is as it is', () => {
  const { conditions } = statusOf({
    spec: { containers: [container('b'), container('a')], initContainers: [container('i')] },
    runtime: { sandboxes: ready, containers: [] },
  });
  assert.deepEqual(
    conditions?.map(({ type, reason, message }) => [type, reason, message]),
    [
      ['PodReadyToStartContainers', undefined, undefined],
      ['Initialized', 'ContainersNotInitialized', 'containers with incomplete status: [i]'],
      ['Ready', 'ContainersNotReady', 'containers with unready status: [b a]'],
      ['ContainersReady', 'ContainersNotReady', 'containers with unready status: [b a]'],
      ['PodScheduled', undefined, undefined],
    ],
  );
});

test('keeps the time of a condition while it stays as it is', () => {
  const first = statusOf({ runtime: { sandboxes: ready, containers: [] } });
  const old = (first.conditions ?? []).map((c) => ({ ...c, lastTransitionTime: 'then' }));
  const next = statusOf({
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    previous: { ...first, conditions: old },
  });
  const times = next.conditions?.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]);
  assert.deepEqual(times, [
    ['PodReadyToStartContainers', 'then'],
    ['Initialized', 'then'],
    ['Ready', '2026-01-01T00:01:00Z'],
    ['ContainersReady', '2026-01-01T00:01:00Z'],
    ['PodScheduled', 'then'],
  ]);
});

test('shows the run before as the last state', () => {
  const before = { ...exited('main', 3), message: 'goodbye' };
  const { containerStatuses } = statusOf({
    runtime: { sandboxes: ready, containers: [runOf('main', { restartCount: 1 }), before] },
  });
  assert.deepEqual(containerStatuses?.[0]?.lastState?.terminated, {
    exitCode: 3,
    reason: 'Error',
    message: 'goodbye',
    startedAt: '1970-01-01T00:00:01Z',
    finishedAt: '1970-01-01T00:00:02Z',
    containerID: 'containerd://main-0',
  });
});

test('remembers a run that was removed from the runtime', () => {
  const previous = statusOf({ runtime: { sandboxes: ready, containers: [exited('main', 3)] } });
  const { containerStatuses } = statusOf({
    previous,
    runtime: { sandboxes: ready, containers: [runOf('main', { restartCount: 1 })] },
  });
  assert.equal(containerStatuses?.[0]?.lastState?.terminated?.exitCode, 3);
});
