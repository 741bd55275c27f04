import type { Container, Probe } from '../api/generated/core/v1/types.ts';
import type { ProbeKind, ProbeResult } from './pod-actions.ts';

/** What one probe of one run of a container has found so far. */
export interface ProbeState {
  /** What counts: set once a threshold was reached. */
  readonly result: ProbeResult | undefined;
  readonly last: ProbeResult | undefined;
  /** How often in a row the last outcome came. */
  readonly run: number;
}

export const UNPROBED: ProbeState = { result: undefined, last: undefined, run: 0 };

/** The state after one more outcome. */
export function afterProbe(
  state: ProbeState,
  outcome: ProbeResult,
  { successThreshold = 1, failureThreshold = 3 }: Probe,
): ProbeState {
  const run = state.last === outcome ? state.run + 1 : 1;
  const threshold = outcome === 'success' ? successThreshold : failureThreshold;
  return { result: run >= threshold ? outcome : state.result, last: outcome, run };
}

/**
 * Whether to probe now: others wait for the startup probe, which is done once it has succeeded,
 * and a container that failed a probe that restarts it isn't asked again.
 */
export function isProbed(kind: ProbeKind, state: ProbeState, started: boolean): boolean {
  if (kind === 'startup') return state.result === undefined;
  return started && !(kind === 'liveness' && state.result === 'failure');
}

// Many are ready long before their first period is over. Asking early costs little, so that their
// users needn't wait; a failure of such an early look doesn't count.
const EARLY_MS = [50, 150, 350, 750, 1500, 3000, 6000];
// A command costs the machine far more than a request.
const EARLY_EXEC_MS = [500, 2000];

/** When probes of a container are due: milliseconds from the first, in order. */
export function* probeTimes(
  kind: ProbeKind,
  { periodSeconds = 10, exec }: Probe,
): Generator<{ readonly atMs: number; readonly early: boolean }, never> {
  const periodMs = periodSeconds * 1000;
  yield { atMs: 0, early: false };
  if (kind !== 'liveness') {
    for (const atMs of exec ? EARLY_EXEC_MS : EARLY_MS) {
      if (atMs < periodMs) yield { atMs, early: true };
    }
  }
  for (let atMs = periodMs; ; atMs += periodMs) yield { atMs, early: false };
}

/** The probes that a container has. */
export function probesOf(container: Container): [ProbeKind, Probe][] {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const all: [ProbeKind, Probe | undefined][] = [
    ['startup', startupProbe],
    ['liveness', livenessProbe],
    ['readiness', readinessProbe],
  ];
  return all.filter((entry): entry is [ProbeKind, Probe] => entry[1] !== undefined);
}
