import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { clockJumps } from './clock-jumps.ts';

// Goal: pin when everything is looked at again because the time of day isn't what was expected.

class SettableClock extends VirtualClock {
  setMs = 0;

  override now(): number {
    return super.now() + this.setMs;
  }
}

for (const { name, setMs, want } of [
  { name: 'time that just passes is no jump', setMs: 0, want: [] },
  { name: 'a clock that is set right a little is none', setMs: 900, want: [] },
  { name: 'a machine that slept has everything looked at', setMs: 8 * 3_600_000, want: ['a', 'b'] },
  { name: 'a clock that is set back, too', setMs: -5_000, want: ['a', 'b'] },
]) {
  test(name, async () => {
    const clock = new SettableClock();
    const added: string[] = [];
    const cancel = clockJumps(clock, () => ['a', 'b']).subscribe((key) => added.push(key));
    await clock.advance(30_000);
    clock.setMs = setMs;
    await clock.advance(600_000);
    assert.deepEqual(added, want);
    cancel();
    clock.setMs += 10_000;
    await clock.advance(600_000);
    assert.deepEqual(added, want);
  });
}
