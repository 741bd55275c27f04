import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deepFreeze } from '../object.ts';
import { applyMergePatch } from './merge-patch.ts';

// Goal: merge patches follow RFC 7386; the rows are its examples, and what Kubernetes makes of nulls
// in lists: they stay where the list takes the place of a map.
for (const [before, body, want] of [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  [{ a: { b: 1 } }, { a: [{ c: null }] }, { a: [{ c: null }] }],
  [{ a: 1 }, { a: [{ c: null }] }, { a: [{}] }],
] as const) {
  test(`${JSON.stringify(before)} with ${JSON.stringify(body)}`, () =>
    assert.deepEqual(applyMergePatch(deepFreeze(before), deepFreeze(body)), want));
}

test('what stays is shared, and nothing new is the document itself', () => {
  const document = deepFreeze({ a: { b: 1 }, c: { d: [1] } });
  assert.equal(applyMergePatch(document, { a: { b: 1 }, c: { d: [1] }, x: null }), document);
  const patched = applyMergePatch(document, { a: { b: 2 } }) as typeof document;
  assert.equal(patched.c, document.c);
});
