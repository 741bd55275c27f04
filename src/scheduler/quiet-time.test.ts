import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { QuietTime } from './quiet-time.ts';

// Goal: what isn't urgent waits until nothing urgent has been under way for a moment, five seconds
// at most, and doesn't take the event loop for itself.

test('runs what is not urgent when it has been quiet for a moment', async () => {
  const clock = new VirtualClock();
  const quiet = new QuietTime(clock);
  const done: string[] = [];
  quiet.add(() => done.push('at once'));
  await clock.advance(0);
  assert.deepEqual(done, ['at once']);

  for (let i = 0; i < 10; i++) {
    const work = Promise.withResolvers<void>();
    const working = quiet.during(() => work.promise);
    quiet.add(() => done.push('later'));
    await clock.advance(60);
    work.resolve();
    await working;
    await clock.advance(49);
    assert.equal(done.length, 1, 'another piece of work may follow at once');
  }
  await clock.advance(1);
  assert.equal(done.length, 11);
  assert.equal(clock.nextDueMs, undefined);
});

test('waits five seconds at most, and then goes on beside what is urgent', async () => {
  const clock = new VirtualClock();
  const quiet = new QuietTime(clock);
  let done = 0;
  void quiet.during(() => new Promise(() => {}));
  for (let i = 0; i < 40; i++) quiet.add(() => done++);
  await clock.advance(4999);
  assert.equal(done, 0);
  await clock.advance(1);
  assert.equal(done, 40);
  assert.equal(clock.nextDueMs, undefined);
});

test('a turn of the event loop does a few of many', async () => {
  const clock = new VirtualClock();
  const quiet = new QuietTime(clock);
  const turns: number[] = [];
  let done = 0;
  for (let i = 0; i < 40; i++) quiet.add(() => done++);
  await clock.advance(0, () => turns.push(done));
  assert.deepEqual(turns, [0, 16, 32, 40]);
});
