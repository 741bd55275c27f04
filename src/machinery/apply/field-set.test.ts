import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  describePath,
  difference,
  type FieldSet,
  forEachPath,
  hasPath,
  includes,
  intersection,
  recursiveDifference,
  setOfPath,
  union,
} from './field-set.ts';
import { parseFieldSet } from './field-set-parser.ts';
import type { Step } from './step.ts';

type Path = readonly Step[];

const pathsOf = (set: FieldSet): Path[] => {
  const paths: Path[] = [];
  forEachPath(set, (path) => paths.push(path));
  return paths;
};
const setOf = (paths: readonly Path[]): FieldSet =>
  paths.reduce<FieldSet>((set, path) => union(set, setOfPath(path)), undefined);
const textsOf = (paths: readonly Path[]): string[] => paths.map((path) => path.join(' ')).sort();

const somePaths = fc.array(
  fc.array(fc.constantFrom('f:a', 'f:b', 'k:{"n":"x"}', 'v:1'), { minLength: 1, maxLength: 3 }),
);

// Goal: trees behave as sets of paths do; the model is a plain list of paths.
test('operations agree with lists of paths', () => {
  const startsWith = (path: Path, start: Path) => start.every((step, i) => path[i] === step);
  fc.assert(
    fc.property(somePaths, somePaths, (a, b) => {
      const [left, right] = [setOf(a), setOf(b)];
      const has = (list: readonly Path[], path: Path) =>
        list.some((each) => each.join(' ') === path.join(' '));
      const distinct = (list: readonly Path[]) => [...new Set(textsOf(list))];
      assert.deepEqual(textsOf(pathsOf(left)), distinct(a));
      assert.deepEqual(textsOf(pathsOf(union(left, right))), distinct([...a, ...b]));
      assert.deepEqual(
        textsOf(pathsOf(intersection(left, right))),
        distinct(a.filter((path) => has(b, path))),
      );
      assert.deepEqual(
        textsOf(pathsOf(difference(left, right))),
        distinct(a.filter((path) => !has(b, path))),
      );
      assert.deepEqual(
        textsOf(pathsOf(recursiveDifference(left, right))),
        distinct(a.filter((path) => !b.some((gone) => startsWith(path, gone)))),
      );
      assert.equal(
        includes(left, right),
        b.every((path) => has(a, path)),
      );
      assert.ok(includes(union(left, right), left));
      for (const path of [...a, ...b]) assert.equal(hasPath(left, path), has(a, path));
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('a set is one text, however it came about', () => {
  fc.assert(
    fc.property(somePaths, (paths) => {
      const text = JSON.stringify(setOf(paths));
      assert.equal(JSON.stringify(setOf(paths.toReversed())), text);
      assert.equal(JSON.stringify(parseFieldSet(text && JSON.parse(text))), text);
    }),
    { seed: 2 },
  );
});

test('operations that change nothing return the set itself', () => {
  const set = setOf([['f:a', 'f:b'], ['f:a']]);
  assert.equal(union(set, undefined), set);
  assert.equal(difference(set, setOf([['f:c']])), set);
  assert.equal(intersection(set, setOf([['f:a'], ['f:a', 'f:b']])), set);
  assert.equal(difference(undefined, set), undefined);
});

test('members of a node come before what is under them', () => {
  const set = setOf([['f:b', 'f:x'], ['f:c'], ['f:a', 'f:y'], ['f:a']]);
  assert.deepEqual(pathsOf(set).map(describePath), ['.a', '.c', '.a.y', '.b.x']);
});

test('large sets are put in order in no time', () => {
  const key = (i: number) => (i * 7919) % 50_000;
  const large = Object.fromEntries(
    Array.from({ length: 50_000 }, (_, i) => [`k:{"port":${key(i)}}`, {}]),
  );
  const steps = Object.keys(parseFieldSet(large)!);
  assert.deepEqual(
    steps.slice(0, 3).concat(steps.slice(-1)),
    [0, 1, 2, 49_999].map((port) => `k:{"port":${port}}`),
  );
});

// Goal: sets of clients are read in any order and spelling, and refused when they mean nothing.
test('parsing brings sets to one form', () => {
  const parsed = parseFieldSet({
    'f:b': { 'k:{"y":1, "x":"a"}': { '.': {} } },
    'f:a': null,
    'z:later': {},
  });
  assert.equal(
    JSON.stringify(parsed),
    JSON.stringify({ 'f:a': {}, 'f:b': { 'k:{"x":"a","y":1}': {} } }),
  );
  assert.equal(parseFieldSet({}), undefined);
  assert.equal(parseFieldSet({ '.': {} }), undefined);
});
for (const value of ['text', [], { 'f:a': 1 }, { 'f:a': [] }, { bad: {} }, { 'k:x': {} }]) {
  test(`parsing refuses ${JSON.stringify(value)}`, () =>
    assert.throws(() => parseFieldSet(value), { name: 'TypedValueError' }));
}
test('parsing refuses what is too deep', () => {
  let deep: object = {};
  for (let i = 0; i < 5000; i++) deep = { 'f:a': deep };
  assert.throws(() => parseFieldSet(deep), { name: 'TypedValueError' });
});
