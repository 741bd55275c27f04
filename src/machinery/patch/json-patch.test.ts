import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import jsonpatch from 'fast-json-patch';
import { deepFreeze } from '../object.ts';
import { applyJsonPatch } from './json-patch.ts';

// Goal: JSON patches apply as in Kubernetes, also where that isn't what the RFC says.
for (const { name, before, operations, want } of [
  {
    name: 'add',
    before: { a: { b: 1 } },
    operations: [{ op: 'add', path: '/a/c', value: { d: [] } }],
    want: { a: { b: 1, c: { d: [] } } },
  },
  {
    name: 'escapes',
    before: { a: {} },
    operations: [{ op: 'add', path: '/a/x~1y~0z', value: 1 }],
    want: { a: { 'x/y~z': 1 } },
  },
  {
    name: 'what is before the first slash is nothing',
    before: {},
    operations: [{ op: 'add', path: 'data/a', value: 1 }],
    want: { a: 1 },
  },
  {
    name: 'add without a value is null',
    before: {},
    operations: [{ op: 'add', path: '/a' }],
    want: { a: null },
  },
  {
    name: 'add to lists',
    before: { l: [1, 2] },
    operations: [
      { op: 'add', path: '/l/1', value: 'x' },
      { op: 'add', path: '/l/-', value: 'y' },
      { op: 'add', path: '/l/-1', value: 'z' },
    ],
    want: { l: [1, 'x', 2, 'y', 'z'] },
  },
  {
    name: 'remove',
    before: { a: 1, l: [1, 2, 3] },
    operations: [
      { op: 'remove', path: '/a' },
      { op: 'remove', path: '/l/-1' },
    ],
    want: { l: [1, 2] },
  },
  {
    name: 'replace what is not there',
    before: { a: {} },
    operations: [{ op: 'replace', path: '/a/b', value: 1 }],
    want: { a: { b: 1 } },
  },
  {
    name: 'replace in a list',
    before: { l: [1, 2] },
    operations: [{ op: 'replace', path: '/l/-2', value: 'x' }],
    want: { l: ['x', 2] },
  },
  {
    name: 'replace all',
    before: { a: 1 },
    operations: [{ op: 'replace', path: '', value: { b: 1 } }],
    want: { b: 1 },
  },
  {
    name: 'move',
    before: { a: { b: 1 }, l: [] },
    operations: [{ op: 'move', from: '/a/b', path: '/l/0' }],
    want: { a: {}, l: [1] },
  },
  {
    name: 'copies are independent',
    before: { a: {} },
    operations: [
      { op: 'add', path: '/a/x', value: 1 },
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'add', path: '/a/y', value: 2 },
      { op: 'add', path: '/b/z', value: 3 },
    ],
    want: { a: { x: 1, y: 2 }, b: { x: 1, z: 3 } },
  },
  {
    name: 'copy of what is not there',
    before: { a: {} },
    operations: [{ op: 'copy', from: '/a/x', path: '/b' }],
    want: { a: {}, b: null },
  },
  {
    name: 'test',
    before: { a: { b: [1, { c: null }] } },
    operations: [
      { op: 'test', path: '/a', value: { b: [1, { c: null }] } },
      { op: 'test', path: '/zz', value: null },
      { op: 'test', path: '', value: { a: { b: [1, { c: null }] } } },
    ],
    want: { a: { b: [1, { c: null }] } },
  },
  {
    name: 'values are used twice',
    before: {},
    operations: [
      { op: 'add', path: '/a', value: {} },
      { op: 'add', path: '/a/b', value: 1 },
    ],
    want: { a: { b: 1 } },
  },
  {
    name: 'a key named like a prototype',
    before: {},
    operations: [{ op: 'add', path: '/__proto__', value: 1 }],
    want: JSON.parse('{"__proto__":1}'),
  },
  { name: 'no operations', before: { a: 1 }, operations: [], want: { a: 1 } },
]) {
  test(`${name}`, () =>
    assert.deepEqual(applyJsonPatch(deepFreeze(before), deepFreeze(operations)), want));
}

for (const { operation, want } of [
  { operation: { op: 'leap', path: '/a' }, want: 'Unexpected kind: leap' },
  { operation: { path: '/a' }, want: 'Unexpected kind: unknown' },
  { operation: { op: 'add' }, want: 'add operation failed to decode path: missing value' },
  {
    operation: { op: 'add', path: '', value: 1 },
    want: 'add operation does not apply: doc is missing path: "": missing value',
  },
  {
    operation: { op: 'add', path: '/x/y', value: 1 },
    want: 'add operation does not apply: doc is missing path: "/x/y": missing value',
  },
  {
    operation: { op: 'add', path: '/s/y', value: 1 },
    want: 'add operation does not apply: doc is missing path: "/s/y": missing value',
  },
  {
    operation: { op: 'add', path: '/l/4', value: 1 },
    want: "error in add for path: '/l/4': Unable to access invalid index: 4: invalid index referenced",
  },
  {
    operation: { op: 'remove', path: '/ghost' },
    want: "error in remove for path: '/ghost': Unable to remove nonexistent key: ghost: missing value",
  },
  {
    operation: { op: 'remove', path: '/l/x' },
    want: `error in remove for path: '/l/x': strconv.Atoi: parsing "x": invalid syntax`,
  },
  {
    operation: { op: 'remove', path: '/l/2' },
    want: "error in remove for path: '/l/2': Unable to access invalid index: 2: invalid index referenced",
  },
  {
    operation: { op: 'remove', path: '/constructor' },
    want: "error in remove for path: '/constructor': Unable to remove nonexistent key: constructor: missing value",
  },
  {
    operation: { op: 'replace', path: '/l/2', value: 1 },
    want: 'replace operation does not apply: doc is missing key: /l/2: missing value',
  },
  {
    operation: { op: 'move', from: '/ghost', path: '/a' },
    want: "error in move for path: 'ghost': Unable to remove nonexistent key: ghost: missing value",
  },
  {
    operation: { op: 'test', path: '/s', value: 'no' },
    want: 'testing value /s failed: test failed',
  },
]) {
  test(`refuses ${JSON.stringify(operation)}`, () => {
    const document = deepFreeze({ s: 'text', l: [1, 2] });
    assert.throws(() => applyJsonPatch(document, [operation]), {
      name: 'JsonPatchError',
      message: want,
    });
  });
}

test('copies that double a document again and again are refused', () => {
  const operations = [
    { op: 'add', path: '/a', value: 'x'.repeat(1000) },
    ...Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '', path: `/c${i}` })).map(
      (each) => ({ ...each, from: '/a', path: '/a' }),
    ),
    ...Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '/b', path: `/b/${i}` })),
  ];
  const document = { b: { x: 'x'.repeat(1000) } };
  assert.throws(() => applyJsonPatch(document, operations), /exceeding the limit/);
});

test('many operations on one list take their time, not more', () => {
  const operations = Array.from({ length: 10_000 }, () => ({ op: 'add', path: '/l/-', value: {} }));
  const { l } = applyJsonPatch({ l: [] }, operations) as { l: unknown[] };
  assert.equal(l.length, 10_000);
});

test('agrees with another library on what the RFC says', () => {
  const value = fc.oneof(fc.integer(), fc.constant({ x: 1 }), fc.constant([1, 2]));
  const path = fc.constantFrom('/a', '/b', '/a/x', '/l/0', '/l/1', '/l/-', '/b/0');
  const operation = fc.oneof(
    fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path, value }),
    fc.record({ op: fc.constant('remove'), path }),
    fc.record({ op: fc.constantFrom('move', 'copy'), from: path, path }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 5 }), (operations) => {
      const document = { a: { x: 1 }, b: [1], l: [1, { y: 2 }] };
      let theirs: unknown;
      try {
        const copy = JSON.parse(JSON.stringify(operations)) as jsonpatch.Operation[];
        theirs = jsonpatch.applyPatch(structuredClone(document), copy, true).newDocument;
      } catch {
        return; // It refuses more: replacing what isn't there, for one.
      }
      assert.deepEqual(applyJsonPatch(deepFreeze(document), operations), theirs);
    }),
    { seed: 3, numRuns: 500 },
  );
});
