import type { Pod } from '../api/generated/core/v1/types.ts';
import { parseTime, toTime } from '../base/clock.ts';

/** Where a simulated pod is in its life. */
export interface PodState {
  readonly ip: string;
  readonly isReady: boolean;
  readonly restarts: number;
  readonly startedAt: number;
  /** When its readiness last changed. */
  readonly turnedAt: number;
  /** How it ended, once it did for good. */
  readonly ended?: PodEnd;
}

/** The end of a pod that isn't started again. */
export interface PodEnd {
  readonly phase: 'Succeeded' | 'Failed';
  readonly exitCode: number;
  /** Why the node ended it, if it was the node. */
  readonly reason?: string;
}

/** What a node's agent would report of a running pod, as a strategic merge patch of its status. */
export function statusPatch(pod: Pod, state: PodState): object {
  const ready = state.isReady ? 'True' : 'False';
  const conditions = ['Ready', 'ContainersReady'].map((type) => ({
    type,
    status: ready,
    lastTransitionTime: toTime(state.turnedAt),
  }));
  const startedAt = toTime(state.startedAt);
  const containerStatuses = pod.spec.containers.map(({ name, image }) => ({
    name,
    image: image ?? '',
    imageID: '',
    ready: state.isReady,
    restartCount: state.restarts,
    state: containerState(state),
  }));
  return {
    metadata: { uid: pod.metadata.uid },
    status: {
      phase: state.ended?.phase ?? 'Running',
      ...(state.ended?.reason && { reason: state.ended.reason }),
      ...(state.ip && {
        podIP: state.ip,
        podIPs: [{ $patch: 'replace' }, { ip: state.ip }], // Merged by address: all or nothing.
      }),
      startTime: pod.status.startTime ?? startedAt,
      conditions,
      containerStatuses,
    },
  };
}

function containerState({ ended, startedAt, turnedAt }: PodState): object {
  const times = { startedAt: toTime(startedAt), finishedAt: toTime(turnedAt) };
  if (!ended) return { running: { startedAt: times.startedAt } };
  const reason = ended.exitCode === 0 ? 'Completed' : 'Error';
  return { running: null, terminated: { exitCode: ended.exitCode, reason, ...times } };
}

/** Where a pod is that runs, going by what its status tells. */
export function stateOf({ status }: Pod): PodState {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const container = status.containerStatuses?.[0];
  const startedAt = parseTime(container?.state?.running?.startedAt) ?? 0;
  return {
    ip: status.podIP ?? '',
    isReady: ready?.status === 'True',
    restarts: container?.restartCount ?? 0,
    startedAt,
    turnedAt: parseTime(ready?.lastTransitionTime) ?? startedAt,
  };
}
