import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { QuietTime } from './quiet-time.ts';

// Goal: tasks run at once when it is quiet, else when it becomes quiet, else after a second.
test('what is not urgent waits for what is, a second at most', async () => {
  const clock = new VirtualClock();
  const quiet = new QuietTime(clock);
  const done: string[] = [];
  quiet.add(() => done.push('at once'));
  assert.deepEqual(done, ['at once']);

  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const works = [first, second].map(({ promise }) => quiet.during(() => promise));
  quiet.add(() => done.push('when quiet'));
  first.resolve();
  await works[0];
  assert.equal(done.length, 1);
  second.resolve();
  await works[1];
  assert.deepEqual(done, ['at once', 'when quiet']);

  void quiet.during(() => new Promise(() => {}));
  quiet.add(() => done.push('after a second'));
  await clock.advance(999);
  assert.equal(done.length, 2);
  await clock.advance(1);
  assert.deepEqual(done, ['at once', 'when quiet', 'after a second']);
  assert.equal(clock.nextDueMs, undefined);
});
