import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../base/logger.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Outage } from './outage.ts';

// Goal: a runtime that is down for long fills no log, and is found soon after it is back.

test('is told once, asked about less and less often, and told to be over', async () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const outage = new Outage(
    clock,
    createLogger(({ message }) => told.push(message)),
  );
  outage.over();
  assert.deepEqual(told, []);
  let asked = 0;
  for (let waitedMs = 0; waitedMs < 600_000; asked++) {
    const waitMs = outage.noticed(new Error('down'));
    outage.noticed(new Error('down, says another pod'));
    await clock.advance(waitMs);
    waitedMs += waitMs;
    assert.ok(waitMs <= 5_000);
  }
  assert.ok(asked < 150, `${asked} times`);
  outage.over();
  outage.over();
  assert.deepEqual(told, [
    'container runtime does not answer, asking until it does',
    'container runtime answers again',
  ]);
  assert.equal(outage.noticed(new Error('again')), 200);
  assert.equal(told.length, 3);
});
