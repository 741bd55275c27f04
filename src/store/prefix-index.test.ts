import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pick, randomInt, seededRandom } from '../base/random.ts';
import { PrefixIndex } from './prefix-index.ts';

// Goal: it finds each prefix of a key once, as if all had been tried, while they come and go.

const PARTS = ['a', 'b', 'ab', '/', '/', '//', 'a/', '/b'];

test('it finds what trying every prefix would find', () => {
  const random = seededRandom(2);
  const draw = () =>
    Array.from({ length: randomInt(random, 6) }, () => pick(random, PARTS)).join('');
  const index = new PrefixIndex<string>();
  const model = new Set<string>();
  let found = 0;
  for (let step = 0; step < 20_000; step++) {
    const prefix = draw();
    if (random.float() < 0.5) {
      if (index.get(prefix) === undefined) index.add(prefix, prefix);
      model.add(prefix);
    } else {
      index.delete(prefix);
      model.delete(prefix);
    }
    const key = draw();
    const visited: string[] = [];
    index.forEachPrefixOf(key, (value) => visited.push(value));
    assert.deepEqual(visited.sort(), [...model].filter((one) => key.startsWith(one)).sort());
    assert.equal(index.size, model.size);
    found += visited.length;
  }
  assert.ok(found > 20_000);
});
