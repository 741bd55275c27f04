import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEqual, isSemanticallyEqual } from './equal.ts';

// Goal: sameness of JSON values, strict and as the API means it.
for (const [a, b, equal, semantically] of [
  [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true, true],
  [{ a: 1, b: undefined }, { a: 1 }, true, true],
  [{ a: 1 }, { a: 1, b: undefined }, true, true],
  [{ a: [] }, {}, false, true],
  [{}, { a: {} }, false, true],
  [null, undefined, false, true],
  [{ a: 0 }, {}, false, false],
  [[1, 2], [2, 1], false, false],
  [[1], { 0: 1 }, false, false],
  [{ a: 1 }, { b: 1 }, false, false],
  ['1', 1, false, false],
  [{ a: '1' }, { a: '1', constructor: 'x' }, false, false],
  [{ a: '1', toString: 'x' }, { a: '1' }, false, false],
  [JSON.parse('{"__proto__":{}}'), { a: 1 }, false, false],
  [JSON.parse('{"__proto__":{}}'), {}, false, true],
] as const) {
  test(`${JSON.stringify(a)} and ${JSON.stringify(b)}`, () => {
    assert.equal(isEqual(a, b), equal);
    assert.equal(isSemanticallyEqual(a, b), semantically);
  });
}
