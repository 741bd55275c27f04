import type { ContainerStatus, Pod, PodPhase } from '../api/generated/core/v1/types.ts';
import { isSidecar } from './pod-runtime.ts';

/** Whether a main container has ever begun to run. */
export const hasStarted = ({ spec }: Pod, statuses: readonly ContainerStatus[]): boolean =>
  spec.containers.some(({ name }) => {
    const status = statuses.find((each) => each.name === name);
    return (
      status?.state?.running !== undefined ||
      status?.state?.terminated !== undefined ||
      status?.lastState?.terminated !== undefined
    );
  });

/**
 * Where a pod is in its life, from the statuses of its containers (all lists together). `ended`
 * says that nothing of it will be started again, whatever its restart policy.
 */
export function podPhase(pod: Pod, statuses: readonly ContainerStatus[], ended: boolean): PodPhase {
  const { restartPolicy } = pod.spec;
  const init = countInit(pod, statuses);
  const main = countMain(pod, statuses);
  if (ended) return init.failed === 0 && hasSucceeded(main, pod) ? 'Succeeded' : 'Failed';
  if (init.failed > 0 && restartPolicy === 'Never') return 'Failed';
  if (init.pending > 0 && !hasStarted(pod, statuses)) return 'Pending';
  if (main.waiting + init.waiting > 0) return 'Pending';
  const unknown = main.unknown + init.unknown > 0;
  const running = main.running + init.running > 0;
  if (running && !unknown) return 'Running';
  if (running || unknown || main.stopped === 0) return 'Pending';
  if (restartPolicy === 'Always') return 'Running';
  if (hasSucceeded(main, pod)) return 'Succeeded';
  return restartPolicy === 'Never' ? 'Failed' : 'Running';
}

const hasSucceeded = ({ succeeded }: { succeeded: number }, { spec }: Pod): boolean =>
  succeeded === spec.containers.length;

function countInit({ spec }: Pod, statuses: readonly ContainerStatus[]) {
  const count = { pending: 0, failed: 0, waiting: 0, running: 0, unknown: 0 };
  for (const container of spec.initContainers ?? []) {
    const status = statuses.find(({ name }) => name === container.name);
    const { state, lastState } = status ?? {};
    if (isSidecar(container)) {
      // One that has ended, now or before, says nothing: it will run again or is no longer needed.
      if (!status) count.unknown++;
      else if (state?.running) {
        count.running++;
        if (!status.started) count.pending++;
      } else if (state?.waiting && !lastState?.terminated) {
        count.pending++;
        count.waiting++;
      }
      continue;
    }
    const end = state?.terminated ?? (state?.waiting ? lastState?.terminated : undefined);
    if (!end) count.pending++;
    else if (end.exitCode !== 0) count.failed++;
  }
  return count;
}

function countMain({ spec }: Pod, statuses: readonly ContainerStatus[]) {
  const count = { unknown: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0 };
  for (const container of spec.containers) {
    const status = statuses.find(({ name }) => name === container.name);
    const { state, lastState } = status ?? {};
    if (state?.running) count.running++;
    else if (state?.terminated) {
      count.stopped++;
      if (state.terminated.exitCode === 0) count.succeeded++;
    } else if (state?.waiting) {
      if (lastState?.terminated) count.stopped++;
      else count.waiting++;
    } else count.unknown++;
  }
  return count;
}
