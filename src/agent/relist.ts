import type { Pod } from '../api/generated/core/v1/types.ts';
import { isSidecar, latestRun, type PodRuntime } from './pod-runtime.ts';

const IDLE_MS = 5_000;
const USUAL_MS = 1_000;
const MIN_MS = 50;
const WITH_EVENTS_MS = 10_000;
// What has just begun may end at once; what has run for long will hardly end in this moment.
const AGE_SHARE = 8;

/**
 * How long to wait before looking at the runtime again. Where something waits for a container to
 * end (init containers, jobs), the shorter it has run, the sooner.
 */
export function relistDelayMs(
  pods: readonly { readonly pod: Pod; readonly runtime: PodRuntime }[],
  { hasEvents, now }: { readonly hasEvents: boolean; readonly now: number },
): number {
  if (hasEvents) return WITH_EVENTS_MS;
  if (pods.length === 0) return IDLE_MS;
  const ages = pods.flatMap(({ pod, runtime }) => awaitedSince(pod, runtime)).map((at) => now - at);
  const shortest = Math.min(...ages, USUAL_MS * AGE_SHARE);
  return Math.round(Math.max(MIN_MS, Math.min(shortest / AGE_SHARE, USUAL_MS)));
}

/** Since when containers have run whose end is waited for. */
function awaitedSince(pod: Pod, runtime: PodRuntime): number[] {
  const { initContainers = [], containers, restartPolicy } = pod.spec;
  const awaited = initContainers.filter((container) => !isSidecar(container));
  if (restartPolicy !== 'Always') awaited.push(...containers);
  return awaited.flatMap(({ name }) => {
    const run = latestRun(runtime, name);
    return run?.state === 'running' ? [run.startedAt ?? run.createdAt] : [];
  });
}
