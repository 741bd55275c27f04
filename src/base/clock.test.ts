import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock, toMicroTime, toTime } from './clock.ts';

// Goal: times are cut to what their form can say, whatever was asked for before.
for (const [ms, time, microTime] of [
  [0, '1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000000Z'],
  [999, '1970-01-01T00:00:00Z', '1970-01-01T00:00:00.999000Z'],
  [1000, '1970-01-01T00:00:01Z', '1970-01-01T00:00:01.000000Z'],
  [0, '1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000000Z'],
  [-1, '1969-12-31T23:59:59Z', '1969-12-31T23:59:59.999000Z'],
  [Date.UTC(2026, 0, 31, 9), '2026-01-31T09:00:00Z', '2026-01-31T09:00:00.000000Z'],
] as const) {
  test(`${ms} ms after the epoch`, () => {
    assert.equal(toTime(ms), time);
    assert.equal(toMicroTime(ms), microTime);
  });
}

test('what is no time is refused', () => assert.throws(() => toTime(Number.NaN), RangeError));

test('what is far off is not done at once', async () => {
  let isDone = false;
  const cancel = systemClock.after(2 ** 40, () => {
    isDone = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 5)); // More than the timer that overflows waits.
  assert.equal(isDone, false);
  cancel();
});
