/** How long a container that keeps ending waits before it is started again. */
export interface CrashBackoff {
  readonly delayMs: number;
  /** When it was last started again. */
  readonly updatedAt: number;
}

const FIRST_MS = 10_000;
const MAX_MS = 300_000;
// One that ran for longer than this has recovered: the next end counts as the first.
const RECOVERED_MS = 2 * MAX_MS;

/**
 * When a container whose last run ended at `finishedAt` may be started: at once after the first
 * end, then after 10 s, 20 s and so on up to 5 min, counted from the end.
 */
export function startableAt(backoff: CrashBackoff | undefined, finishedAt: number): number {
  if (!backoff || finishedAt - backoff.updatedAt > RECOVERED_MS) return finishedAt;
  return finishedAt + backoff.delayMs;
}

/** The backoff after a container was started again at `now`. */
export function afterRestart(
  backoff: CrashBackoff | undefined,
  { finishedAt, now }: { readonly finishedAt: number; readonly now: number },
): CrashBackoff {
  const recovered = !backoff || finishedAt - backoff.updatedAt > RECOVERED_MS;
  const delayMs = recovered ? FIRST_MS : Math.min(backoff.delayMs * 2, MAX_MS);
  return { delayMs, updatedAt: now };
}

/** `10s`, `1m20s`, `5m0s`: durations as messages show them. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const seconds = (ms % 60_000) / 1000;
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  const tail = `${Number(seconds.toFixed(3))}s`;
  if (minutes === 0) return tail;
  return hours === 0 ? `${minutes}m${tail}` : `${hours}h${minutes % 60}m${tail}`;
}
