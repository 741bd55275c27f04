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
    state: { running: { startedAt } },
  }));
  return {
    metadata: { uid: pod.metadata.uid },
    status: {
      phase: 'Running',
      podIP: state.ip,
      podIPs: [{ $patch: 'replace' }, { ip: state.ip }], // Merged by address: all or nothing.
      startTime: pod.status.startTime ?? startedAt,
      conditions,
      containerStatuses,
    },
  };
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
