import type { Pod } from '../api/generated/core/v1/types.ts';
import type { PodBehaviour, PodModel } from '../sim/pod-model.ts';

/** Annotations by which a pod says how it behaves, each a number of seconds, `ready` also `never`. */
export const BEHAVIOUR = {
  start: 'simulation.tutti.dev/start-seconds',
  ready: 'simulation.tutti.dev/ready-seconds',
  crash: 'simulation.tutti.dev/crash-seconds',
  stop: 'simulation.tutti.dev/stop-seconds',
} as const;

const START_MS = 500;
const READY_MS = 500;
const STOP_MS = 500;

/**
 * Pods that start in half a second and are ready in another, once their readiness probe may ask;
 * that never crash, and end when they are told to: unless annotations say otherwise.
 */
export const steadyPods: PodModel = (pod) => {
  const { startMs, readyMs, crashMs, stopMs } = annotated(pod);
  return {
    startMs: startMs ?? START_MS,
    readyMs: readyMs === 'never' ? undefined : (readyMs ?? firstProbeMs(pod) + READY_MS),
    crashMs,
    stopMs: stopMs ?? STOP_MS,
  };
};

/** When the last of a pod's readiness probes is asked first. */
const firstProbeMs = ({ spec }: Pod): number =>
  Math.max(
    0,
    ...spec.containers.map(
      ({ readinessProbe }) => (readinessProbe?.initialDelaySeconds ?? 0) * 1000,
    ),
  );

function annotated({ metadata }: Pod) {
  const { annotations = {} } = metadata;
  const msOf = (name: string): number | undefined => {
    const text = annotations[name];
    if (text === undefined) return undefined;
    const seconds = Number(text);
    if (text.trim() !== '' && seconds >= 0) return seconds * 1000;
    throw new Error(`pod ${metadata.name}: ${name} is "${text}", which is no number of seconds`);
  };
  return {
    startMs: msOf(BEHAVIOUR.start),
    readyMs: annotations[BEHAVIOUR.ready] === 'never' ? ('never' as const) : msOf(BEHAVIOUR.ready),
    crashMs: msOf(BEHAVIOUR.crash),
    stopMs: msOf(BEHAVIOUR.stop),
  };
}

/** A model that asks yours first, and goes on as steady pods where it says nothing. */
export function pods(model: (pod: Pod) => Partial<PodBehaviour> | undefined): PodModel {
  return (pod, random) => ({ ...steadyPods(pod, random), ...model(pod) });
}
