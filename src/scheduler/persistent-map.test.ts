import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PersistentMap } from './persistent-map.ts';

const step = fc.record({
  key: fc.nat({ max: 150 }).map(String),
  value: fc.option(fc.nat(), { nil: undefined, freq: 3 }),
});

const entriesOf = (map: PersistentMap<number>, keys: Iterable<string>) =>
  [...keys].flatMap((key) => (map.get(key) === undefined ? [] : [[key, map.get(key)]]));

// Goal: it is a map; what was made before doesn't change; and what changed between two of one
// family is found exactly.
test('every version stays as it was, and versions tell what differs', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const versions: { map: PersistentMap<number>; model: Map<string, number> }[] = [];
      let map = PersistentMap.empty<number>();
      const model = new Map<string, number>();
      for (const { key, value } of steps) {
        map = value === undefined ? map.without(key) : map.with(key, value);
        if (value === undefined) model.delete(key);
        else model.set(key, value);
        versions.push({ map, model: new Map(model) });
      }
      for (const { map, model } of versions) {
        assert.equal(map.size, model.size);
        assert.deepEqual(map.values().sort(), [...model.values()].sort());
        assert.deepEqual(entriesOf(map, model.keys()), [...model]);
      }
      const first = versions[0];
      const last = versions.at(-1);
      if (!first || !last) return;
      const changed = new Map<number, [number | undefined, number | undefined]>();
      assert.ok(last.map.diff(first.map, (slot, was, is) => changed.set(slot, [was, is])));
      for (const { key } of steps) {
        const was: number | undefined = first.model.get(key);
        const is: number | undefined = last.model.get(key);
        const slot: number | undefined = last.map.slotOf(key) ?? first.map.slotOf(key);
        if (was !== is) assert.deepEqual(changed.get(slot!), [was, is]);
        else if (slot !== undefined) assert.equal(changed.get(slot), undefined);
      }
    }),
    { seed: 1 },
  );
});

test('a map that has lost most of its keys forgets their slots', () => {
  let map = PersistentMap.empty<number>();
  for (let i = 0; i < 2000; i++) map = map.with(`k${i}`, i);
  const full = map;
  for (let i = 0; i < 1990; i++) map = map.without(`k${i}`);
  assert.equal(map.size, 10);
  assert.equal(map.get('k1999'), 1999);
  assert.ok(map.slotCount < 1000, `${map.slotCount} slots`);
  assert.equal(full.get('k0'), 0);
  assert.equal(
    map.diff(full, () => assert.fail('not of one family')),
    false,
  );
});
