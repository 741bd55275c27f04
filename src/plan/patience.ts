import type { Deployment } from '../api/generated/apps/v1/types.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import { hasDeadline, isComplete } from '../controllers/deployment/progress.ts';
import type { PodExpectation, PodTimes } from './pod-times.ts';

const LEAST_QUIET_MS = 30_000;
const MARGIN_MS = 5000;

/** Knows for how long nothing may happen and something still come: pods that take long to start. */
export class Patience implements PodExpectation {
  readonly #expectation: PodExpectation;
  #longestMs = 0;

  constructor(expectation: PodExpectation) {
    this.#expectation = expectation;
  }

  times(pod: Pod): PodTimes {
    const times = this.#expectation.times(pod);
    const { startMs, readyMs = 0, stopMs, exitMs = 0 } = times;
    this.#longestMs = Math.max(this.#longestMs, startMs, readyMs, stopMs, exitMs);
    return times;
  }

  obstacle(pod: Pod) {
    return this.#expectation.obstacle(pod);
  }

  /** After so long without a write all has come to rest. */
  quietMs(deployments: readonly Deployment[]): number {
    const waits = deployments.flatMap((deployment) => {
      const { spec, status } = deployment;
      const readySeconds = [(spec.minReadySeconds ?? 0) * 1000];
      const isOver = status.conditions?.some(({ reason }) => reason === DEADLINE_EXCEEDED);
      if (isOver || spec.paused || isComplete(deployment, status)) return readySeconds;
      const deadlineSeconds = hasDeadline(deployment) ? (spec.progressDeadlineSeconds ?? 600) : 0;
      return [...readySeconds, deadlineSeconds * 1000];
    });
    const longestMs = Math.max(this.#longestMs, ...waits);
    return Math.max(LEAST_QUIET_MS, longestMs + MARGIN_MS);
  }
}

const DEADLINE_EXCEEDED = 'ProgressDeadlineExceeded';
