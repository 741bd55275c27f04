// Goal: pin what is begun when, and in which order a pod is taken down.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, PodSpec } from '../api/generated/core/v1/types.ts';
import { afterRestart, durationText, startableAt } from './crash-backoff.ts';
import { effectKey, type PlanInput, type PodMemory, planPod } from './pod-plan.ts';
import { NO_RUNTIME, type PodRuntime } from './pod-runtime.ts';
import { container, podOf, runOf, sandboxOf } from './testing.ts';

const NOW = 100_000;
const FRESH: PodMemory = {
  volumesReady: true,
  cleanedUp: false,
  retryAt: new Map(),
  crashes: new Map(),
  preStopped: new Set(),
  underWay: new Set(),
};
const hook = { lifecycle: { preStop: { exec: { command: ['bye'] } } } };
const sidecar = (name: string, more: Partial<Container> = {}) =>
  container(name, { restartPolicy: 'Always', ...more });
const ready = [sandboxOf()];
const gone = [sandboxOf({ state: 'notReady' })];
const exited = (name: string, finishedAt = NOW - 1000) =>
  runOf(name, { state: 'exited', exitCode: 1, finishedAt });
const down = { deadline: NOW + 20_000, forgotten: false, confirms: true };

interface Row {
  readonly name: string;
  readonly spec?: Partial<PodSpec>;
  readonly runtime: PodRuntime;
  readonly memory?: Partial<PodMemory>;
  readonly termination?: PlanInput['termination'];
  readonly over?: boolean;
  /** Keys of effects; with the grace period where there is one. */
  readonly want: readonly string[];
  readonly wakeAt?: number;
  readonly ended?: boolean;
}

const rows: Row[] = [
  {
    name: 'volumes and sandbox are made side by side',
    runtime: NO_RUNTIME,
    memory: { volumesReady: false },
    want: ['prepareVolumes', 'createSandbox'],
  },
  {
    name: 'nothing is begun twice',
    runtime: NO_RUNTIME,
    memory: { volumesReady: false, underWay: new Set(['prepareVolumes']) },
    want: ['createSandbox'],
  },
  {
    name: 'what failed is tried again later',
    runtime: NO_RUNTIME,
    memory: { retryAt: new Map([['createSandbox', NOW + 500]]) },
    want: [],
    wakeAt: NOW + 500,
  },
  {
    name: 'containers wait for their volumes',
    runtime: { sandboxes: ready, containers: [] },
    memory: { volumesReady: false },
    want: ['prepareVolumes'],
  },
  {
    name: 'and then start',
    runtime: { sandboxes: ready, containers: [] },
    want: ['start main'],
  },
  {
    name: 'the first end is followed by a start at once',
    runtime: { sandboxes: ready, containers: [exited('main')] },
    want: ['start main'],
  },
  {
    name: 'the second has to wait',
    runtime: { sandboxes: ready, containers: [exited('main')] },
    memory: { crashes: new Map([['main', { delayMs: 10_000, updatedAt: NOW - 5000 }]]) },
    want: [],
    wakeAt: NOW + 9000,
  },
  {
    name: 'one that is replaced is stopped first',
    runtime: { sandboxes: ready, containers: [runOf('main', { hash: 'old' })] },
    want: ['stop main-0 30'],
  },
  {
    name: 'after its hook',
    spec: { containers: [container('main', hook)] },
    runtime: { sandboxes: ready, containers: [runOf('main', { hash: 'old' })] },
    want: ['preStop main-0 30'],
  },
  {
    name: 'an old sandbox that still stands goes before the new one comes',
    runtime: { sandboxes: [sandboxOf({ ips: [] })], containers: [] },
    want: ['stopSandbox sandbox-0'],
  },
  {
    name: 'a finished pod gives back its sandbox',
    spec: { restartPolicy: 'Never' },
    runtime: { sandboxes: ready, containers: [exited('main')] },
    want: ['stopSandbox sandbox-0'],
  },
  {
    name: 'then all else',
    spec: { restartPolicy: 'Never' },
    runtime: { sandboxes: gone, containers: [exited('main')] },
    want: ['cleanUp'],
    ended: true,
  },
  {
    name: 'then it rests',
    spec: { restartPolicy: 'Never' },
    runtime: { sandboxes: gone, containers: [exited('main')] },
    memory: { cleanedUp: true },
    want: [],
    ended: true,
  },
  {
    name: 'a pod that is over is taken down, though its containers would restart',
    over: true,
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    want: ['stop main-0 30'],
  },
  {
    name: 'deleted: all main containers are stopped with the time that is left',
    spec: { containers: [container('a'), container('b')] },
    runtime: { sandboxes: ready, containers: [runOf('a'), runOf('b')] },
    termination: down,
    want: ['stop a-0 20', 'stop b-0 20'],
  },
  {
    name: 'deleted: sidecars are stopped after the main containers',
    spec: { initContainers: [sidecar('s1'), sidecar('s2')] },
    runtime: { sandboxes: ready, containers: [runOf('main'), runOf('s1'), runOf('s2')] },
    termination: down,
    want: ['stop main-0 20'],
  },
  {
    name: 'deleted: the last sidecar goes first',
    spec: { initContainers: [sidecar('s1'), sidecar('s2')] },
    runtime: { sandboxes: ready, containers: [exited('main'), runOf('s1'), runOf('s2')] },
    termination: down,
    want: ['stop s2-0 20'],
  },
  {
    name: 'deleted: hooks wait for nobody',
    spec: { containers: [container('main', hook)], initContainers: [sidecar('s', hook)] },
    runtime: { sandboxes: ready, containers: [runOf('main'), runOf('s')] },
    termination: down,
    want: ['preStop main-0 20', 'preStop s-0 20'],
  },
  {
    name: 'deleted: after the hook the signal',
    spec: { containers: [container('main', hook)] },
    runtime: { sandboxes: ready, containers: [runOf('main')] },
    memory: { preStopped: new Set(['main-0']) },
    termination: down,
    want: ['stop main-0 20'],
  },
  {
    name: 'deleted: when time is up all go at once',
    spec: { containers: [container('main', hook)], initContainers: [sidecar('s')] },
    runtime: { sandboxes: ready, containers: [runOf('main'), runOf('s')] },
    termination: { ...down, deadline: NOW },
    want: ['stop main-0 2', 'stop s-0 2'],
  },
  {
    name: 'deleted: a start under way is waited for',
    runtime: { sandboxes: gone, containers: [] },
    memory: { underWay: new Set(['start main']) },
    termination: down,
    want: [],
  },
  {
    name: 'deleted: then the sandbox',
    runtime: { sandboxes: ready, containers: [exited('main')] },
    termination: down,
    want: ['stopSandbox sandbox-0'],
  },
  {
    name: 'deleted: then what it has on the machine',
    runtime: { sandboxes: gone, containers: [exited('main')] },
    termination: down,
    want: ['cleanUp'],
    ended: true,
  },
  {
    name: 'deleted: then the API is told',
    runtime: { sandboxes: gone, containers: [exited('main')] },
    memory: { cleanedUp: true },
    termination: down,
    want: ['confirmDeletion'],
    ended: true,
  },
  {
    name: 'gone from the API: then its containers',
    runtime: { sandboxes: gone, containers: [exited('main')] },
    memory: { cleanedUp: true },
    termination: { ...down, forgotten: true, confirms: false },
    want: ['forget'],
    ended: true,
  },
];

for (const row of rows) {
  test(row.name, () => {
    const plan = planPod({
      pod: podOf(row.spec),
      runtime: row.runtime,
      probes: () => undefined,
      memory: { ...FRESH, ...row.memory },
      termination: row.termination,
      over: row.over ?? false,
      now: NOW,
    });
    const keys = plan.effects.map((effect) =>
      'graceSeconds' in effect ? `${effectKey(effect)} ${effect.graceSeconds}` : effectKey(effect),
    );
    assert.deepEqual(keys, row.want);
    assert.equal(plan.wakeAt, row.wakeAt);
    assert.equal(plan.ended, row.ended ?? false);
  });
}

test('the wait doubles with each end up to five minutes, and begins anew after a good run', () => {
  let backoff = undefined as ReturnType<typeof afterRestart> | undefined;
  const waits: number[] = [];
  let now = 0;
  for (let end = 0; end < 8; end++) {
    const finishedAt = now + 1000;
    now = startableAt(backoff, finishedAt);
    waits.push((now - finishedAt) / 1000);
    backoff = afterRestart(backoff, { finishedAt, now });
  }
  assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
  assert.equal(startableAt(backoff, now + 601_000), now + 601_000);
});

for (const [ms, text] of [
  [10_000, '10s'],
  [80_000, '1m20s'],
  [300_000, '5m0s'],
  [1234, '1.234s'],
  [350, '350ms'],
] as const) {
  test(`${ms} ms is ${text}`, () => assert.equal(durationText(ms), text));
}
