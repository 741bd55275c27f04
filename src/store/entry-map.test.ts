import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pick, randomInt, seededRandom } from '../base/random.ts';
import { EntryMap } from './entry-map.ts';

// Goal: the map is a sorted list of entries, however large, and copies never see each other.

const entryOf = (key: string, revision = 1) => ({ key, value: key, revision, createRevision: 1 });

function mapOf(keys: readonly string[]): EntryMap<string> {
  const map = new EntryMap<string>();
  for (const key of keys) map.put(entryOf(key));
  return map;
}

describe('list and count', () => {
  const map = mapOf(['a', 'a/', 'a/b', 'a/b/c', 'a/c', 'a0', 'b', 'z\uffff', 'z\uffff\uffffa']);
  for (const { prefix, after, limit, want } of [
    { prefix: 'a/', want: ['a/', 'a/b', 'a/b/c', 'a/c'] },
    { prefix: 'a/', limit: 2, want: ['a/', 'a/b'] },
    { prefix: 'a/', limit: 0, want: [] },
    { prefix: 'a/', after: 'a/', want: ['a/b', 'a/b/c', 'a/c'] },
    { prefix: 'a/', after: 'a/b', limit: 1, want: ['a/b/c'] },
    { prefix: 'a/', after: 'a/bzz', want: ['a/c'] },
    { prefix: 'a/', after: 'a/c', want: [] },
    { prefix: 'a/', after: 'b', want: [] },
    { prefix: 'a/', after: '', want: ['a/', 'a/b', 'a/b/c', 'a/c'] },
    { prefix: 'a/b', want: ['a/b', 'a/b/c'] },
    { prefix: '', after: 'b', want: ['z\uffff', 'z\uffff\uffffa'] },
    { prefix: '', limit: 1, want: ['a'] },
    { prefix: 'z\uffff', want: ['z\uffff', 'z\uffff\uffffa'] },
    { prefix: '\uffff', want: [] },
    { prefix: 'nothing', want: [] },
  ]) {
    const of = `${JSON.stringify(prefix)} after ${JSON.stringify(after)}, at most ${limit}`;
    test(`${of}`, () => {
      const keys = map.list(prefix, { after, limit }).map(({ key }) => key);
      assert.deepEqual(keys, want);
      if (limit === undefined) assert.equal(map.count(prefix, after), want.length);
    });
  }

  test('an empty map has nothing', () => {
    assert.deepEqual(new EntryMap().list(''), []);
    assert.equal(new EntryMap().count(''), 0);
  });
});

test('copies of a large map change independently of each other', () => {
  const random = seededRandom(1);
  const maps = [{ map: new EntryMap<string>(), model: new Map<string, number>() }];
  for (let step = 1; step <= 30_000; step++) {
    const { map, model } = pick(random, maps);
    const key = `registry/pods/ns-${randomInt(random, 9)}/pod-${randomInt(random, 400)}`;
    if (step % 3000 === 0) {
      if (maps.length > 4) maps.shift();
      maps.push({ map: map.copy(), model: new Map(model) });
    } else if (random.float() < 0.45) {
      map.delete(key);
      model.delete(key);
    } else {
      map.put(entryOf(key, step));
      model.set(key, step);
    }
    assert.equal(map.get(key)?.revision, model.get(key));
  }
  for (const { map, model } of maps) {
    const want = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
    assert.ok(want.length > 500);
    assert.deepEqual(
      map.list('').map(({ key, revision }) => [key, revision]),
      want,
    );
    const namespace = want.filter(([key]) => key.startsWith('registry/pods/ns-3/'));
    assert.equal(map.count('registry/pods/ns-3/'), namespace.length);
  }
});
