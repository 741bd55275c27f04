import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { isNoSpace, watchDisk } from './disk-watch.ts';

test('aborts once there is no room, with what to do about it', async () => {
  const clock = new VirtualClock();
  let free = 1 << 20;
  const { signal } = watchDisk(clock, '/d', () => free);
  await clock.advance(5000);
  assert.equal(signal.aborted, false);
  free = 0;
  await clock.advance(500);
  assert.equal(signal.reason.message, 'there is no space left on the disk of /d');
  assert.match(signal.reason.advice, /--data/);
});

test('looks no more when it is told to stop', async () => {
  const clock = new VirtualClock();
  const { signal, stop } = watchDisk(clock, '/d', () => 0);
  stop();
  await clock.advance(5000);
  assert.equal(signal.aborted, false);
});

for (const [message, want] of [
  ['no space left on device, write', true],
  ["/d/state.db can't be opened: database or disk is full", true],
  ['no room for /d/state.db: free some space', true],
  ['port 6443 on 127.0.0.1 is in use', false],
] as const) {
  test(message, () => assert.equal(isNoSpace(message), want));
}
