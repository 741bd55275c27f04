import type { Container, Pod } from '../api/generated/core/v1/types.ts';
import type { Obstacle } from './pod-times.ts';

// What a node's agent would report of a pod, as strategic merge patches of its status.

const conditions = (status: 'True' | 'False', time: string) =>
  ['Ready', 'ContainersReady'].map((type) => ({ type, status, lastTransitionTime: time }));

const statusOf = ({ name, image = '' }: Container, state: object, ready: boolean) => ({
  name,
  image,
  imageID: '',
  ready,
  started: ready,
  restartCount: 0,
  state: { waiting: null, running: null, terminated: null, ...state }, // One of them at a time.
});

const containersOf = ({ spec }: Pod, state: object, { ready }: { readonly ready: boolean }) =>
  spec.containers.map((container) => statusOf(container, state, ready));

/** Its containers can't start. */
export const waitingStatus = (
  pod: Pod,
  { past = [], ...waiting }: Obstacle,
  now: string,
): object => ({
  phase: 'Pending',
  startTime: pod.status.startTime ?? now,
  conditions: conditions('False', now),
  containerStatuses: containersOf(pod, { waiting }, { ready: false }).map((each) => {
    const like = past.find(({ name }) => name === each.name);
    return like ? { ...each, restartCount: like.restartCount, lastState: like.lastState } : each;
  }),
});

/** Its containers run. */
export const runningStatus = (
  pod: Pod,
  { ip, isReady, now }: { readonly ip: string; readonly isReady: boolean; readonly now: string },
): object => {
  const startedAt = pod.status.containerStatuses?.[0]?.state?.running?.startedAt ?? now;
  return {
    phase: 'Running',
    podIP: ip,
    podIPs: [{ $patch: 'replace' }, { ip }], // Merged by address: all or nothing.
    startTime: pod.status.startTime ?? now,
    conditions: conditions(isReady ? 'True' : 'False', now),
    containerStatuses: containersOf(pod, { running: { startedAt } }, { ready: isReady }),
  };
};

/** Its containers have ended by themselves, for good. */
export const endedStatus = (
  pod: Pod,
  { exitCode, now }: { readonly exitCode: number; readonly now: string },
): object => {
  const startedAt = pod.status.containerStatuses?.[0]?.state?.running?.startedAt ?? now;
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  const terminated = { exitCode, reason, startedAt, finishedAt: now };
  return {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    conditions: conditions('False', now).map((each) => ({ ...each, reason: 'PodCompleted' })),
    containerStatuses: containersOf(pod, { terminated }, { ready: false }),
  };
};
