import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { WorkQueue } from './work-queue.ts';

test('holds a key once, however often it is added', () => {
  const queue = new WorkQueue(new VirtualClock());
  for (const key of ['a', 'b', 'a']) queue.add(key);
  assert.deepEqual([queue.take(), queue.take(), queue.take()], ['a', 'b', undefined]);
});

test('a key added while it is worked on comes again after it is done, not before', () => {
  const queue = new WorkQueue(new VirtualClock());
  queue.add('a');
  assert.equal(queue.take(), 'a');
  queue.add('a');
  assert.equal(queue.take(), undefined);
  queue.done('a');
  assert.equal(queue.take(), 'a');
  queue.done('a');
  assert.equal(queue.take(), undefined);
  assert.equal(queue.idle, true);
});

test('a key that rests comes again after that, once for all that was added meanwhile', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock);
  queue.add('a');
  queue.take();
  queue.done('a', 10);
  queue.add('a');
  queue.add('b');
  assert.deepEqual([queue.take(), queue.take()], ['b', undefined]);
  queue.add('a');
  await clock.advance(10);
  assert.deepEqual([queue.take(), queue.take()], ['a', undefined]);
  queue.done('a', 10);
  await clock.advance(10);
  assert.equal(queue.take(), undefined);
});

test('nothing is left to come once it is closed', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock);
  queue.add('a');
  queue.take();
  queue.done('a', 10);
  queue.addAfter('b', 10);
  queue.close();
  assert.equal(clock.nextDueMs, undefined);
});

test('of two times the earlier one counts', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock);
  queue.addAfter('a', 100);
  queue.addAfter('a', 10);
  queue.addAfter('a', 50);
  await clock.advance(9);
  assert.equal(queue.length, 0);
  await clock.advance(1);
  assert.equal(queue.take(), 'a');
  queue.done('a');
  await clock.advance(1000);
  assert.equal(queue.length, 0);
});

test('delays between retries double up to a bound, and begin anew after a success', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock, { firstMs: 5, maxMs: 20 });
  for (const delayMs of [5, 10, 20, 20]) {
    queue.retry('a');
    await clock.advance(delayMs - 1);
    assert.equal(queue.length, 0, `too early, of ${delayMs}`);
    await clock.advance(1);
    assert.equal(queue.take(), 'a');
    queue.done('a');
  }
  queue.forget('a');
  queue.retry('a');
  await clock.advance(5);
  assert.equal(queue.take(), 'a');
});

test('tells when a key becomes ready', () => {
  const queue = new WorkQueue(new VirtualClock());
  let woken = 0;
  queue.onReady(() => woken++);
  queue.add('a');
  queue.add('a');
  assert.equal(woken, 1);
});
