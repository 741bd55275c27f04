import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { OutsideActivity } from './outside-activity.ts';
import { Passage } from './passage.ts';

// Goal: time passes once, in order, whoever asks for it, and waits for those outside.

const nothing = () => {};

test('stretches that are asked for at once follow each other', async () => {
  const clock = new VirtualClock();
  const passage = new Passage(clock, nothing);
  const [first, second] = [passage.pass(1000), passage.pass(500)];
  assert.ok(passage.isUnderWay);
  await first;
  assert.equal(clock.monotonicMs(), 1000);
  await second;
  assert.equal(clock.monotonicMs(), 1500);
  await passage.pass(0);
  assert.ok(!passage.isUnderWay);
});

test('a stretch that is ended by a check is told, and the next one begins there', async () => {
  const clock = new VirtualClock();
  let fault: Error | undefined;
  const passage = new Passage(clock, () => {
    if (fault) throw fault;
  });
  clock.after(300, () => {
    fault = new Error('wrong');
  });
  await assert.rejects(passage.pass(1000), { message: 'wrong' });
  fault = undefined;
  await passage.pass(200);
  assert.equal(clock.monotonicMs(), 500);
});

test('what those outside do about something happens before the next thing', async () => {
  const clock = new VirtualClock();
  const passage = new Passage(clock, nothing);
  const happened: string[] = [];
  for (const ms of [100, 200]) clock.after(ms, () => happened.push(`${ms}`));
  passage.await({
    async calm() {
      happened.push(`calm at ${clock.monotonicMs()}`);
    },
  });
  await passage.pass(250);
  assert.deepEqual(happened, ['calm at 0', '100', 'calm at 100', '200', 'calm at 200']);
  assert.equal(clock.monotonicMs(), 250);
});

test('what those outside make due at once is done at once', async () => {
  const clock = new VirtualClock();
  const passage = new Passage(clock, nothing);
  const at: number[] = [];
  const patience = {
    async calm() {
      passage.forget(patience);
      clock.after(0, () => at.push(clock.monotonicMs()));
    },
  };
  clock.after(50, () => at.push(clock.monotonicMs()));
  passage.await(patience);
  await passage.pass(60);
  assert.deepEqual(at, [0, 50]);
});

test('those outside are calm when nothing was asked or told for a while', async () => {
  const clock = new VirtualClock();
  const activity = new OutsideActivity(clock, 50);
  let isCalm = false;
  await activity.calm(); // Nobody was there yet.
  activity.note();
  clock.after(40, activity.note);
  void activity.calm().then(() => {
    isCalm = true;
  });
  await clock.advance(80);
  assert.equal(isCalm, false);
  await clock.advance(10);
  assert.equal(isCalm, true);
});

test('those who are never calm are not waited for without end', async () => {
  const clock = new VirtualClock();
  const activity = new OutsideActivity(clock, 50);
  const poll = () => {
    activity.note();
    clock.after(20, poll);
  };
  poll();
  let isOver = false;
  void activity.calm().then(() => {
    isOver = true;
  });
  await clock.advance(1900);
  assert.equal(isOver, false);
  await clock.advance(200);
  assert.equal(isOver, true);
  isOver = false;
  void activity.calm().then(() => {
    isOver = true;
  });
  await clock.advance(110);
  assert.equal(isOver, true, 'and not for as long again');
});
