/** A length of virtual time: `{ minutes: 6 }`. Parts add up. */
export interface Duration {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

const MS: Readonly<Record<keyof Duration, number>> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
};

/** A length of time in milliseconds. Throws RangeError when it isn't a positive number or 0. */
export function toMs(duration: Duration): number {
  if (typeof duration !== 'object') {
    // It has no entries: no time would pass, and the test would go on as if it had.
    throw new RangeError(`a length of time has a unit: { milliseconds: ${duration} }`);
  }
  let sum = 0;
  for (const [unit, amount] of Object.entries(duration)) {
    const ms = MS[unit as keyof Duration];
    if (ms === undefined) throw new RangeError(`"${unit}" is no unit of time`);
    sum += ms * amount;
  }
  if (!(sum >= 0 && sum < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${JSON.stringify(duration)} is no length of time`);
  }
  return sum;
}
