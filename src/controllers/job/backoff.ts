import type { Pod } from '../../api/generated/core/v1/types.ts';
import { parseTime } from '../../base/clock.ts';

// Pods that fail are made again after 10 s, 20 s, 40 s and so on, ten minutes at the most.

const FIRST_MS = 10_000;
const MAX_MS = 600_000;

/** Failures since the last success, and when the last of them was. */
export interface Backoff {
  readonly failures: number;
  readonly lastFailureMs: number | undefined;
}

/** A job that hasn't failed since it last succeeded. */
export const NO_BACKOFF: Backoff = { failures: 0, lastFailureMs: undefined };

/** The backoff after these pods, none of which was looked at before, have ended. */
export function nextBackoff(
  before: Backoff,
  { succeeded, failed }: { readonly succeeded: readonly Pod[]; readonly failed: readonly Pod[] },
): Backoff {
  const failedMs = failed.map(endedMs).toSorted((a, b) => a - b);
  if (succeeded.length === 0) {
    if (failed.length === 0) return before;
    return { failures: before.failures + failed.length, lastFailureMs: failedMs.at(-1) };
  }
  const lastSuccessMs = Math.max(...succeeded.map(endedMs));
  const since = failedMs.filter((each) => each > lastSuccessMs);
  return { failures: since.length, lastFailureMs: since.at(-1) };
}

/** How long no pod is made yet, in milliseconds. */
export function backoffMs({ failures, lastFailureMs }: Backoff, now: number): number {
  if (failures === 0 || lastFailureMs === undefined) return 0;
  const delayMs = Math.min(FIRST_MS * 2 ** (failures - 1), MAX_MS);
  return Math.max(0, lastFailureMs + delayMs - now);
}

/**
 * When a pod ended, as well as its status, or its deletion, tells. One that its node refused tells
 * nothing, and ended when it was made: a time that moved on with the clock would never be long ago.
 */
export function endedMs({ metadata, status }: Pod): number {
  const ends = (status.containerStatuses ?? []).map(({ state }) =>
    parseTime(state?.terminated?.finishedAt),
  );
  if (ends.length > 0 && ends.every((each) => each !== undefined)) return Math.max(...ends);
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const unreadyMs = ready?.status === 'False' ? parseTime(ready.lastTransitionTime) : undefined;
  if (unreadyMs !== undefined) return unreadyMs;
  const deletedMs = parseTime(metadata.deletionTimestamp);
  const graceMs = (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  return deletedMs === undefined
    ? (parseTime(metadata.creationTimestamp) ?? 0)
    : deletedMs - graceMs;
}
