import type { Clock } from '../base/clock.ts';

interface Noted {
  readonly value: number;
  /** Until when it held; undefined while it does. */
  endedMs: number | undefined;
}

/** The largest of the values that held within the last while, by key. */
export class RecentMaximum {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #noted = new Map<string, Noted[]>();

  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock;
    this.#windowMs = windowMs;
  }

  /** From now on this is the value. */
  note(key: string, value: number): void {
    const noted = this.#noted.get(key) ?? [];
    const last = noted.at(-1);
    if (last?.value === value) return;
    if (last) last.endedMs = this.#clock.monotonicMs();
    this.#noted.set(key, [...noted, { value, endedMs: undefined }]);
  }

  /** Undefined for a key of which nothing was ever noted. */
  of(key: string): number | undefined {
    const sinceMs = this.#clock.monotonicMs() - this.#windowMs;
    const recent = this.#noted
      .get(key)
      ?.filter(({ endedMs }) => endedMs === undefined || endedMs >= sinceMs);
    return recent && Math.max(...recent.map(({ value }) => value));
  }
}
