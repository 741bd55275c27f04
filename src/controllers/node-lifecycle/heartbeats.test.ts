import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease } from '../../api/generated/coordination/v1/types.ts';
import type { Node } from '../../api/generated/core/v1/types.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Heartbeats } from './heartbeats.ts';

// Goal: a node is silent for as long as nothing it writes moves, whatever the clocks of the node
// and of this machine show.

const nodeOf = (uid: string, lastHeartbeatTime: string | undefined = '1'): Node =>
  ({
    metadata: { name: 'n', uid },
    status: lastHeartbeatTime && { conditions: [{ type: 'Ready', lastHeartbeatTime }] },
  }) as unknown as Node;
const leaseOf = (renewTime: string): Lease => ({ spec: { renewTime } }) as Lease;

test('silence begins when the node was first seen, and anew with everything that it says', async () => {
  const clock = new VirtualClock();
  const heartbeats = new Heartbeats(clock);
  const silent = (node: Node, lease?: Lease) => heartbeats.of(node, lease).silentMs;
  assert.equal(silent(nodeOf('a')), 0);
  await clock.advance(10_000);
  assert.equal(silent(nodeOf('a')), 10_000);
  assert.equal(silent(nodeOf('a', '2')), 0, 'its status has moved');
  await clock.advance(10_000);
  assert.equal(silent(nodeOf('a', '2'), leaseOf('9')), 0, 'its lease has moved');
  await clock.advance(10_000);
  assert.equal(silent(nodeOf('a', '2'), leaseOf('1')), 0, 'even backwards');
  await clock.advance(10_000);
  assert.equal(silent(nodeOf('a', '2'), leaseOf('1')), 10_000);
  assert.equal(silent(nodeOf('b', '2'), leaseOf('1')), 0, 'another node of the name');
});

test('this machine may sleep, or have its time set', async () => {
  const clock = new VirtualClock();
  let offsetMs = 0;
  const jumping = {
    now: () => clock.now() + offsetMs,
    monotonicMs: () => clock.monotonicMs(),
    after: clock.after.bind(clock),
  };
  const heartbeats = new Heartbeats(jumping);
  heartbeats.of(nodeOf('a'), undefined);
  offsetMs = 8 * 3_600_000;
  await clock.advance(5000);
  assert.equal(heartbeats.of(nodeOf('a'), undefined).silentMs, 5000);
});

test('a node that has told nothing yet may take longer', () => {
  const heartbeats = new Heartbeats(new VirtualClock());
  assert.equal(heartbeats.of(nodeOf('a', ''), undefined).graceMs, 60_000);
  assert.equal(heartbeats.of(nodeOf('a'), undefined).graceMs, 50_000);
});
