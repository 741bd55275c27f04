// Goal: pin the decision table of a pod's next steps. Each row is one observed world.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, PodSpec } from '../api/generated/core/v1/types.ts';
import { computePodActions, type ProbeResults } from './pod-actions.ts';
import { NO_RUNTIME, type PodRuntime } from './pod-runtime.ts';
import { container, podOf, runOf, sandboxOf } from './testing.ts';

interface Row {
  readonly name: string;
  readonly spec?: Partial<PodSpec>;
  readonly metadata?: Partial<Pod['metadata']>;
  readonly runtime: PodRuntime;
  readonly probes?: Record<string, 'success' | 'failure'>;
  readonly want: {
    readonly killPod?: true;
    readonly sandboxAttempt?: number;
    readonly stop?: readonly string[];
    readonly start?: readonly string[];
  };
}

const sidecar = (name: string, more: Partial<Container> = {}) =>
  container(name, { restartPolicy: 'Always', ...more });
const startupProbe = { exec: { command: ['true'] } };
const livenessProbe = startupProbe;
const two = { containers: [container('a'), container('b')] };
const withInit = { initContainers: [container('i1'), container('i2')] };
const ready = [sandboxOf()];

const rows: Row[] = [
  {
    name: 'a new pod gets a sandbox',
    runtime: NO_RUNTIME,
    want: { sandboxAttempt: 0, start: ['main'] },
  },
  {
    name: 'a new pod with init containers begins with the first',
    spec: withInit,
    runtime: NO_RUNTIME,
    want: { sandboxAttempt: 0, start: ['i1'] },
  },
  {
    name: 'all main containers start together',
    spec: two,
    runtime: { sandboxes: ready, containers: [] },
    want: { start: ['a', 'b'] },
  },
  {
    name: 'what runs is left alone',
    spec: two,
    runtime: { sandboxes: ready, containers: [runOf('a'), runOf('b')] },
    want: {},
  },
  {
    name: 'a sandbox that ended is replaced, and what ran in it starts anew',
    runtime: {
      sandboxes: [sandboxOf({ state: 'notReady', attempt: 3 })],
      containers: [runOf('main', { state: 'exited', exitCode: 137 })],
    },
    want: { killPod: true, sandboxAttempt: 4, start: ['main'] },
  },
  {
    name: 'a sandbox without an address is replaced',
    runtime: { sandboxes: [sandboxOf({ ips: [] })], containers: [] },
    want: { killPod: true, sandboxAttempt: 1, start: ['main'] },
  },
  {
    name: 'on the network of the host a sandbox needs no address',
    spec: { hostNetwork: true },
    runtime: { sandboxes: [sandboxOf({ ips: [], network: 'node' })], containers: [] },
    want: { start: ['main'] },
  },
  {
    name: 'two sandboxes are one too many',
    runtime: { sandboxes: [sandboxOf({ attempt: 1 }), sandboxOf()], containers: [] },
    want: { killPod: true, sandboxAttempt: 2, start: ['main'] },
  },
  {
    name: 'a pod that is never restarted ends with its sandbox',
    spec: { restartPolicy: 'Never', ...two },
    runtime: {
      sandboxes: [sandboxOf({ state: 'notReady' })],
      containers: [runOf('a', { state: 'exited', exitCode: 137 })],
    },
    want: { killPod: true },
  },
  {
    name: 'a finished pod needs no new sandbox',
    spec: { restartPolicy: 'OnFailure' },
    runtime: {
      sandboxes: [sandboxOf({ state: 'notReady' })],
      containers: [runOf('main', { state: 'exited', exitCode: 0 })],
    },
    want: { killPod: true },
  },
  {
    name: 'only failures are run again in a new sandbox when the policy says so',
    spec: { restartPolicy: 'OnFailure', ...two },
    runtime: {
      sandboxes: [sandboxOf({ state: 'notReady' })],
      containers: [
        runOf('a', { state: 'exited', exitCode: 0 }),
        runOf('b', { state: 'exited', exitCode: 1 }),
      ],
    },
    want: { killPod: true, sandboxAttempt: 1, start: ['b'] },
  },
  ...(['Always', 'OnFailure', 'Never'] as const).flatMap((restartPolicy) =>
    [0, 1].map((exitCode) => {
      const again = restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode === 1);
      const exited = runOf('main', { state: 'exited', exitCode });
      return {
        name: `${restartPolicy}: exit code ${exitCode} ${again ? 'starts again' : 'ends the pod'}`,
        spec: { restartPolicy },
        runtime: { sandboxes: ready, containers: [exited] },
        want: again ? { start: ['main'] } : { killPod: true as const },
      };
    }),
  ),
  {
    name: 'one finished container does not end the pod while another runs',
    spec: { restartPolicy: 'Never', ...two },
    runtime: { sandboxes: ready, containers: [runOf('a', { state: 'exited' }), runOf('b')] },
    want: {},
  },
  {
    name: 'the policy of a container goes before that of its pod',
    spec: {
      restartPolicy: 'Never',
      containers: [container('a', { restartPolicy: 'Always' }), container('b')],
    },
    runtime: {
      sandboxes: ready,
      containers: [runOf('a', { state: 'exited' }), runOf('b', { state: 'exited' })],
    },
    want: { start: ['a'] },
  },
  {
    name: 'a rule by exit code goes before the policy',
    spec: {
      restartPolicy: 'Never',
      containers: [
        container('main', {
          restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
        }),
      ],
    },
    runtime: { sandboxes: ready, containers: [runOf('main', { state: 'exited', exitCode: 42 })] },
    want: { start: ['main'] },
  },
  {
    name: 'a start that stopped half-way is made again',
    runtime: { sandboxes: ready, containers: [runOf('main', { state: 'created' })] },
    want: { start: ['main'] },
  },
  {
    name: 'what nobody knows the state of is stopped before it starts again',
    runtime: { sandboxes: ready, containers: [runOf('main', { state: 'unknown' })] },
    want: {
      stop: ['Container is in "unknown" state, try killing it before restart'],
      start: ['main'],
    },
  },
  {
    name: 'another image replaces the container, whatever the policy',
    spec: { restartPolicy: 'Never' },
    runtime: { sandboxes: ready, containers: [runOf('main', { hash: 'old' })] },
    want: {
      stop: ['Container main definition changed, will be restarted'],
      start: ['main'],
    },
  },
  {
    name: 'a failed liveness probe restarts',
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    probes: { 'main/liveness': 'failure' },
    want: {
      stop: ['Container main failed liveness probe, will be restarted'],
      start: ['main'],
    },
  },
  {
    name: 'a failed startup probe only stops what is never restarted',
    spec: { restartPolicy: 'Never' },
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    probes: { 'main/startup': 'failure' },
    want: { stop: ['Container main failed startup probe'] },
  },
  {
    name: 'a failed readiness probe stops nothing',
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    probes: { 'main/readiness': 'failure' },
    want: {},
  },
  {
    name: 'the second init container follows the first',
    spec: withInit,
    runtime: { sandboxes: ready, containers: [runOf('i1', { state: 'exited' })] },
    want: { start: ['i2'] },
  },
  {
    name: 'a running init container is waited for',
    spec: withInit,
    runtime: { sandboxes: ready, containers: [runOf('i1')] },
    want: {},
  },
  {
    name: 'after the last init container the main ones start',
    spec: { ...withInit, ...two },
    runtime: { sandboxes: ready, containers: [runOf('i2', { state: 'exited' })] },
    want: { start: ['a', 'b'] },
  },
  {
    name: 'a failed init container is tried again',
    spec: withInit,
    runtime: { sandboxes: ready, containers: [runOf('i1', { state: 'exited', exitCode: 1 })] },
    want: { start: ['i1'] },
  },
  {
    name: 'a failed init container ends a pod that is never restarted',
    spec: { restartPolicy: 'Never', ...withInit },
    runtime: { sandboxes: ready, containers: [runOf('i1', { state: 'exited', exitCode: 1 })] },
    want: { killPod: true },
  },
  {
    name: 'init containers that were removed are not run again under a running pod',
    spec: withInit,
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    want: {},
  },
  {
    name: 'in a new sandbox all begins from the first',
    spec: withInit,
    runtime: {
      sandboxes: [sandboxOf({ attempt: 1 }), sandboxOf({ state: 'notReady' })],
      containers: [runOf('main', { state: 'exited' }), runOf('i2', { state: 'exited' })],
    },
    want: { start: ['i1'] },
  },
  {
    name: 'what was made but never ran does not count as begun',
    spec: { restartPolicy: 'Never' },
    runtime: {
      sandboxes: [sandboxOf({ state: 'notReady' })],
      containers: [runOf('main', { state: 'created' })],
    },
    want: { killPod: true, sandboxAttempt: 1, start: ['main'] },
  },
  {
    name: 'a sidecar is passed as soon as it runs',
    spec: { initContainers: [sidecar('s'), container('i2')] },
    runtime: { sandboxes: ready, containers: [runOf('s')] },
    want: { start: ['i2'] },
  },
  {
    name: 'a sidecar with a startup probe is passed when that succeeds',
    spec: { initContainers: [sidecar('s', { startupProbe })] },
    runtime: { sandboxes: ready, containers: [runOf('s')] },
    want: {},
  },
  {
    name: 'and then is',
    spec: { initContainers: [sidecar('s', { startupProbe })] },
    runtime: { sandboxes: ready, containers: [runOf('s')] },
    probes: { 's/startup': 'success' },
    want: { start: ['main'] },
  },
  {
    name: 'a sidecar that ended is started again beside the main containers',
    spec: { restartPolicy: 'Never', initContainers: [sidecar('s'), container('i2')] },
    runtime: { sandboxes: ready, containers: [runOf('main'), runOf('s', { state: 'exited' })] },
    want: { start: ['s'] },
  },
  {
    name: 'a sidecar does not keep a finished pod alive',
    spec: { restartPolicy: 'Never', initContainers: [sidecar('s')] },
    runtime: { sandboxes: ready, containers: [runOf('main', { state: 'exited' }), runOf('s')] },
    want: { killPod: true },
  },
  {
    name: 'a failed liveness probe restarts a sidecar',
    spec: { initContainers: [sidecar('s', { livenessProbe })] },
    runtime: { sandboxes: ready, containers: [runOf('main'), runOf('s')] },
    probes: { 's/liveness': 'failure' },
    want: { stop: ['Init container s failed liveness probe'], start: ['s'] },
  },
  {
    name: 'an ephemeral container starts during initialization, and once',
    spec: {
      ...withInit,
      ephemeralContainers: [container('debug'), container('done')] as never,
    },
    runtime: {
      sandboxes: ready,
      containers: [runOf('i1'), runOf('done', { state: 'exited', exitCode: 1 })],
    },
    want: { start: ['debug'] },
  },
];

for (const row of rows) {
  test(row.name, () => {
    const pod = podOf(row.spec, row.metadata);
    const probes: ProbeResults = (id, kind) => row.probes?.[`${id.split('-')[0]}/${kind}`];
    const actions = computePodActions({ pod, runtime: row.runtime, probes });
    assert.deepEqual(
      {
        killPod: actions.killPod,
        sandboxAttempt: actions.sandboxAttempt,
        stop: actions.stop.map(({ message }) => message),
        start: actions.start.map(({ container }) => container.name),
      },
      {
        killPod: row.want.killPod ?? false,
        sandboxAttempt: row.want.sandboxAttempt,
        stop: row.want.stop ?? [],
        start: row.want.start ?? [],
      },
    );
  });
}
