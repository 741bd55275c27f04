import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../api/generated/core/v1/types.ts';
import { Zones } from './zones.ts';

// Goal: pin how fast nodes may lose their pods, by how many of their zone, and of all, are lost.

const nodeOf = (zone: string, i: number, ready: string | undefined, labels = {}): Node =>
  ({
    metadata: {
      name: `${zone}-${i}`,
      labels: { 'topology.kubernetes.io/zone': zone, ...labels },
    },
    status: { conditions: ready ? [{ type: 'Ready', status: ready }] : [] },
  }) as unknown as Node;

/** Zones with so many nodes that are well, and so many that are lost. */
function zonesOf(counts: Readonly<Record<string, readonly [well: number, lost: number]>>) {
  const zones = new Zones();
  const lost: Node[] = [];
  for (const [zone, [well, ill]] of Object.entries(counts)) {
    for (let i = 0; i < well; i++) zones.put(nodeOf(zone, i, 'True'));
    for (let i = 0; i < ill; i++) {
      const node = nodeOf(zone, well + i, i % 2 ? 'False' : 'Unknown');
      zones.put(node);
      lost.push(node);
    }
  }
  return { zones, lost };
}

for (const { name, counts, want } of [
  { name: 'one of many: at once', counts: { a: [9, 1] }, want: [0] },
  { name: 'some of many: one every ten seconds', counts: { a: [9, 3] }, want: [0, 10, 20] },
  { name: 'two of three are few', counts: { a: [1, 2] }, want: [0, 10] },
  { name: 'most of a small zone: none', counts: { a: [2, 3], b: [3, 0] }, want: [-1, -1, -1] },
  { name: 'most of a large zone: slowly', counts: { a: [24, 30] }, want: [0, 100, 200] },
  { name: 'a whole zone of several', counts: { a: [0, 3], b: [1, 0] }, want: [0, 10, 20] },
  { name: 'all there are: none', counts: { a: [0, 3], b: [0, 2] }, want: [-1, -1, -1] },
] as { name: string; counts: Record<string, [number, number]>; want: number[] }[]) {
  test(`turns: ${name}`, () => {
    const { zones, lost } = zonesOf(counts);
    const turns = lost.slice(0, want.length).map((node) => zones.turnInMs(node, 0));
    assert.deepEqual(
      turns.map((ms) => (ms === undefined ? -1 : ms / 1000)),
      want,
    );
  });
}

test('who has had a turn makes the next one wait', () => {
  const { zones, lost } = zonesOf({ a: [9, 2] });
  const [first, second] = lost as [Node, Node];
  zones.turnInMs(first, 0);
  assert.equal(zones.takeTurn(second, 0), false, 'the first has asked before');
  assert.equal(zones.takeTurn(first, 0), true);
  assert.equal(zones.turnInMs(second, 4000), 6000);
  assert.equal(zones.takeTurn(second, 10_000), true);
});

test('who is well again waits no more', () => {
  const { zones, lost } = zonesOf({ a: [9, 2] });
  const [first, second] = lost as [Node, Node];
  assert.equal(zones.turnInMs(first, 0), 0);
  assert.equal(zones.turnInMs(second, 0), 10_000);
  zones.giveUpTurn(first);
  assert.equal(zones.turnInMs(second, 0), 0);
});

test('tells when the state of a zone turns', () => {
  const { zones } = zonesOf({ a: [2, 2], b: [1, 0] });
  assert.equal(zones.put(nodeOf('a', 1, 'Unknown')), true, 'most of it is lost now');
  assert.equal(zones.put(nodeOf('a', 0, 'True')), false);
  assert.equal(zones.put(nodeOf('a', 1, 'True')), true);
  assert.equal(zones.remove('b-0'), false);
});

test('nodes that are excluded, or have told nothing, say nothing of their zone', () => {
  const { zones, lost } = zonesOf({ a: [2, 2] });
  zones.put(nodeOf('a', 9, 'Unknown', { 'node.kubernetes.io/exclude-disruption': '' }));
  zones.put(nodeOf('a', 10, undefined));
  assert.equal(zones.turnInMs(lost[0]!, 0), 0);
});
