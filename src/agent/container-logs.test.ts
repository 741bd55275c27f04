// Goal: pin whose log is meant, and the words when there is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerStatus } from '../api/generated/core/v1/types.ts';
import { logTarget, parseLogRequest } from './container-logs.ts';

const ended = { terminated: { exitCode: 1, containerID: 'containerd://old' } };
const WHICH = 'container "main" in pod "web"';
const rows: {
  name: string;
  status?: Partial<ContainerStatus>;
  previous?: boolean;
  want: string;
}[] = [
  {
    name: 'running',
    status: { state: { running: {} }, containerID: 'containerd://now' },
    want: 'now',
  },
  { name: 'ended', status: { state: ended }, want: 'old' },
  { name: 'the one before', status: { lastState: ended }, previous: true, want: 'old' },
  {
    name: 'no one before',
    status: { state: { running: {} } },
    previous: true,
    want: `previous terminated ${WHICH} not found`,
  },
  {
    name: 'waiting, after it ended',
    status: { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended },
    want: 'old',
  },
  {
    name: 'waiting',
    status: { state: { waiting: { reason: 'ContainerCreating' } } },
    want: `${WHICH} is waiting to start: ContainerCreating`,
  },
  {
    name: 'waiting for its image',
    status: { state: { waiting: { reason: 'ErrImagePull' } } },
    want: `${WHICH} is waiting to start: trying and failing to pull image`,
  },
  {
    name: 'waiting for its image for long',
    status: { state: { waiting: { reason: 'ImagePullBackOff' } } },
    want: `${WHICH} is waiting to start: image can't be pulled`,
  },
  {
    name: 'waiting, nobody knows why',
    status: { state: { waiting: {} } },
    want: `${WHICH} is waiting to start - no logs yet`,
  },
  { name: 'unknown', want: `${WHICH} is not available` },
];
for (const { name, status, previous = false, want } of rows) {
  test(name, () => {
    const base = { name: 'main', ready: false, restartCount: 0, image: '', imageID: '' };
    const podStatus = { containerStatuses: status ? [{ ...base, ...status }] : [] };
    const target = logTarget({ pod: 'web', container: 'main' }, podStatus, previous);
    assert.equal(target.problem ?? target.containerId, want);
  });
}

const parse = (query: string) =>
  parseLogRequest(new URLSearchParams(query), { now: 10_000, parseTime: Date.parse });

test('reads what is asked for', () => {
  assert.deepEqual(
    parse('follow=true&previous=false&timestamps=true&tailLines=5&limitBytes=9&sinceSeconds=3'),
    {
      follow: true,
      previous: false,
      timestamps: true,
      tailLines: 5,
      limitBytes: 9,
      sinceMs: 7000,
    },
  );
});

for (const query of ['tailLines=-1', 'limitBytes=x', 'sinceSeconds=1.5']) {
  test(`refuses ${query}`, () => assert.ok('problem' in parse(query)));
}
