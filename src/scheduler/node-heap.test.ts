import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeapSpace, NodeHeap } from './node-heap.ts';

// Goal: the top is the largest of what is in the heap, whatever was put in and taken out.
test('the top is the largest key', () => {
  const steps = fc.array(fc.record({ slot: fc.nat({ max: 40 }), key: fc.nat({ max: 99 }) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const space = new HeapSpace(0);
      const heap = new NodeHeap(space);
      const present = new Set<number>();
      for (const { slot, key } of all) {
        if (present.delete(slot)) {
          heap.remove(slot);
        } else {
          space.fit(slot);
          space.keys[slot] = key;
          heap.add(slot);
          present.add(slot);
        }
        const largest = Math.max(...[...present].map((each) => space.keys[each]!));
        assert.equal(heap.size, present.size);
        if (heap.top === undefined) assert.equal(present.size, 0);
        else assert.equal(space.keys[heap.top], largest);
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});
