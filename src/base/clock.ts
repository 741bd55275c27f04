/** Cancels what it was handed out for. Calling it again, or too late, does nothing. */
export type Cancel = () => void;

/** The only source of time. Nothing above `base` may call Date, setTimeout or performance. */
export interface Clock {
  /** Wall-clock milliseconds since the epoch. May jump; for timestamps only. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never goes back; for measuring how long things take. */
  monotonicMs(): number;
  /** Runs `task` once, `delayMs` from now. Tasks due together run in the order they were set. */
  after(delayMs: number, task: () => void): Cancel;
}

// What timers can wait for: 25 days. Asked for more they wait a millisecond; so those go by steps.
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The machine's own time. Its timers don't keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, task) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, TIMER_MAX_MS);
      timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : task()), stepMs);
      timer.unref();
    };
    wait(delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Runs `task` every `periodMs`, the first time after one period, until cancelled. */
export function every(clock: Clock, periodMs: number, task: () => void): Cancel {
  let cancel = clock.after(periodMs, tick);
  function tick(): void {
    cancel = clock.after(periodMs, tick);
    task();
  }
  return () => cancel();
}

// Thousands of objects get the same second: they share its text.
let lastSecond = Number.NaN;
let lastText = '';

/** RFC 3339 in whole seconds, the form of `metav1.Time`: `2026-01-31T09:00:00Z`. */
export function toTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastText = `${new Date(ms).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastText;
}

/** RFC 3339 in microseconds, the form of `metav1.MicroTime`: `2026-01-31T09:00:00.000000Z`. */
export function toMicroTime(ms: number): string {
  const millisecond = String(Math.floor(ms) - Math.floor(ms / 1000) * 1000);
  return `${toTime(ms).slice(0, -1)}.${millisecond.padStart(3, '0')}000Z`;
}

/** Milliseconds since the epoch of an RFC 3339 time, or undefined when it isn't one. */
export function parseTime(text: string | null | undefined): number | undefined {
  const ms = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** The same moment as a Date, for libraries that ask for one. */
export function toDate(ms: number): Date {
  return new Date(ms);
}

/** Keeps the process alive, which the system clock's timers alone don't, until cancelled. */
export function holdProcess(): Cancel {
  const timer = setInterval(() => {}, 2 ** 30);
  return () => clearInterval(timer);
}
