import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { PodInfo } from '../pod-info.ts';
import { createProfile } from '../profile.ts';
import { type PodParts, testCluster, testNode, testPod } from '../test-objects.ts';
import { SchedulingQueue } from './scheduling-queue.ts';

const clock = () => new VirtualClock();
const podOf = (name: string, priority = 0, parts: PodParts = {}): PodInfo =>
  new PodInfo(testPod(name, { ...parts, spec: { priority, ...parts.spec } }));
const facts = (cpu: string) =>
  testCluster([testNode('n', { allocatable: { cpu } })]).nodes.get('n')!.facts;
const FIT = new Set(['NodeResourcesFit']);

function setUp() {
  const time = clock();
  let wakes = 0;
  const queue = new SchedulingQueue(time, createProfile(), () => wakes++);
  const names = (): string[] => {
    const all: string[] = [];
    for (let next = queue.take(); next; next = queue.take()) all.push(next.info.pod.metadata.name);
    return all;
  };
  return { time, queue, names, wakes: () => wakes };
}

// Goal: who is handed out when. Time stands still unless it is told to move.

test('by priority, then by age', () => {
  const { queue, names, wakes } = setUp();
  for (const pod of [podOf('a'), podOf('b', 5), podOf('c'), podOf('d', 5)]) queue.put(pod);
  assert.equal(wakes(), 4);
  assert.deepEqual(names(), ['b', 'd', 'a', 'c']);
});

test('a pod that was taken is not handed out again, one that was deleted never', () => {
  const { queue, names } = setUp();
  queue.put(podOf('a'));
  queue.put(podOf('b'));
  queue.delete('uid-default-b');
  assert.deepEqual(names(), ['a']);
  queue.put(podOf('a'));
  assert.deepEqual(names(), []);
});

test('gates hold a pod back until they are gone', () => {
  const { queue, names } = setUp();
  queue.put(podOf('a', 0, { spec: { schedulingGates: [{ name: 'x' }] } }));
  assert.deepEqual(names(), []);
  assert.equal(queue.counts.gated, 1);
  queue.put(podOf('a'));
  assert.deepEqual(names(), ['a']);
});

test('what was refused waits for an event that helps, and for its backoff', async () => {
  const { time, queue, names } = setUp();
  queue.put(podOf('a', 0, { requests: { cpu: '8' } }));
  names();
  queue.reject('uid-default-a', FIT);
  queue.notice({ event: 'Node/UpdateTaints', node: facts('64') });
  queue.notice({ event: 'Node/Add', node: facts('4') });
  assert.equal(queue.counts.waiting, 1);
  queue.notice({ event: 'Node/Add', node: facts('8') });
  assert.equal(queue.counts.backoff, 1);
  queue.put(podOf('other'));
  await time.advance(999);
  assert.equal(queue.take()?.info.pod.metadata.name, 'other', 'who has not failed goes first');
  await time.advance(1);
  assert.deepEqual(names(), ['a']);
});

test('a tenth of the backoff is enough when nobody else is there, but not after an error', async () => {
  const { time, queue, names, wakes } = setUp();
  for (const name of ['refused', 'failed']) queue.put(podOf(name));
  names();
  queue.reject('uid-default-refused', FIT);
  queue.fail('uid-default-failed');
  queue.notice({ event: 'AssignedPod/Delete', pod: podOf('gone') });
  await time.advance(99);
  assert.deepEqual(names(), []);
  const before = wakes();
  await time.advance(1);
  assert.ok(wakes() > before, 'woken in time');
  assert.deepEqual(names(), ['refused']);
  await time.advance(900);
  assert.deepEqual(names(), ['failed']);
});

test('an event after the backoff lets the pod try at once', async () => {
  const { time, queue, names } = setUp();
  queue.put(podOf('a'));
  names();
  queue.reject('uid-default-a', FIT);
  await time.advance(1_000);
  queue.notice({ event: 'AssignedPod/Delete', pod: podOf('gone') });
  assert.deepEqual(names(), ['a']);
});

test('the backoff doubles up to ten seconds', async () => {
  const { time, queue, names } = setUp();
  queue.put(podOf('a'));
  const delays: number[] = [];
  for (let i = 0; i < 6; i++) {
    assert.deepEqual(names(), ['a']);
    queue.fail('uid-default-a');
    const startMs = time.monotonicMs();
    while (queue.counts.backoff > 0) await time.advance(500);
    delays.push(time.monotonicMs() - startMs);
  }
  assert.deepEqual(delays, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test('a new version of a refused pod is tried again only if it may fit now', async () => {
  const { time, queue, names } = setUp();
  queue.put(podOf('a'));
  names();
  queue.reject('uid-default-a', FIT);
  await time.advance(1_000);
  queue.put(podOf('a'), false);
  assert.deepEqual(names(), []);
  queue.put(podOf('a'), true);
  assert.deepEqual(names(), ['a']);
});

test('a pod that no plugin refused waits for anything', async () => {
  const { time, queue, names } = setUp();
  queue.put(podOf('a'));
  names();
  queue.reject('uid-default-a', new Set());
  await time.advance(1_000);
  queue.notice({ event: 'Node/Add', node: facts('1') });
  assert.deepEqual(names(), ['a']);
});

test('after five minutes everyone gets another try', async () => {
  const { time, queue, names } = setUp();
  queue.put(podOf('a'));
  names();
  queue.reject('uid-default-a', FIT);
  await time.advance(299_000);
  assert.deepEqual(names(), []);
  await time.advance(31_000);
  assert.deepEqual(names(), ['a']);
});

test('a pod that is held is not tried, but what helped it is not forgotten', async () => {
  const { time, queue, names } = setUp();
  queue.put(podOf('a'));
  names();
  queue.reject('uid-default-a', FIT);
  queue.hold('uid-default-a');
  await time.advance(1_000);
  queue.notice({ event: 'AssignedPod/Delete', pod: podOf('gone') });
  assert.deepEqual(names(), []);
  queue.release('uid-default-a', false);
  assert.deepEqual(names(), ['a']);
});

test('closing drops pods and timers', async () => {
  const { time, queue, names } = setUp();
  queue.put(podOf('a'));
  names();
  queue.fail('uid-default-a');
  queue.close();
  assert.equal(time.nextDueMs, undefined);
  await time.advance(60_000);
  assert.deepEqual(names(), []);
});
