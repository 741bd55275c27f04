import type { WaitingReason } from './container-status.ts';
import { type CrashBackoff, durationText } from './crash-backoff.ts';
import type { PodMemory } from './pod-plan.ts';

const FIRST_RETRY_MS = 1_000;
const RETRY_MAX_MS = 10_000;

/** What a worker remembers of its pod. Losing it costs time, never correctness. */
export class WorkerMemory implements PodMemory {
  volumesReady = false;
  cleanedUp = false;
  readonly retryAt = new Map<string, number>();
  readonly crashes = new Map<string, CrashBackoff>();
  readonly preStopped = new Set<string>();
  readonly underWay = new Set<string>();
  /** Why containers aren't started, by name. */
  readonly waiting = new Map<string, WaitingReason>();
  /** Runs whose postStart hook isn't done: to everybody else they haven't started yet. */
  readonly hidden = new Set<string>();
  readonly #failures = new Map<string, number>();

  succeeded(key: string): void {
    this.retryAt.delete(key);
    this.#failures.delete(key);
  }

  /** Sets when a failed effect is tried again: later each time, unless it says when itself. */
  failed(key: string, { now, retryAfterMs }: { now: number; retryAfterMs?: number }): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** failures, RETRY_MAX_MS);
    this.retryAt.set(key, now + (retryAfterMs ?? delayMs));
  }

  /** Lets everything be tried again at once. */
  retryAll(): void {
    this.retryAt.clear();
    this.#failures.clear();
  }
}

/** The words for a container that waits because it keeps ending. */
export const crashLoop = (
  backoff: CrashBackoff,
  { container, pod }: { readonly container: string; readonly pod: string },
): WaitingReason => ({
  reason: 'CrashLoopBackOff',
  message: `back-off ${durationText(backoff.delayMs)} restarting failed container=${container} pod=${pod}`,
});
