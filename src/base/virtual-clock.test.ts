import assert from 'node:assert/strict';
import { test } from 'node:test';
import { every, sleep } from './clock.ts';
import { randomInt, seededRandom } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';

test('runs tasks by due time, then in the order they were set', async () => {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const ran: { dueMs: number; order: number }[] = [];
  for (let order = 0; order < 200; order++) {
    const dueMs = randomInt(random, 20);
    clock.after(dueMs, () => ran.push({ dueMs, order }));
  }
  await clock.advance(20);
  assert.equal(ran.length, 200);
  assert.deepEqual(
    ran,
    ran.toSorted((a, b) => a.dueMs - b.dueMs || a.order - b.order),
  );
});

test('does not run what was cancelled, nor what is due later', async () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  const cancel = clock.after(5, () => ran.push('cancelled'));
  clock.after(6, () => ran.push('due'));
  clock.after(11, () => ran.push('later'));
  cancel();
  await clock.advance(10);
  assert.deepEqual(ran, ['due']);
  assert.equal(clock.monotonicMs(), 10);
});

test('every task sees the time at which it was due', async () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const stop = every(clock, 10, () => seen.push(clock.monotonicMs()));
  await clock.advance(35);
  stop();
  await clock.advance(100);
  assert.deepEqual(seen, [10, 20, 30]);
});

test('an aborted sleep rejects at once', async () => {
  const controller = new AbortController();
  const slept = sleep(new VirtualClock(), 1000, controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(slept, /enough/);
});
