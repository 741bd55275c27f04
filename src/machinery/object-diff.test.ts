import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectDiff } from './object-diff.ts';

// Goal: a refused update shows what differs, with a little of what stands around it.
test('one hunk from the first difference to the last', () => {
  const before = { c: 1, a: { x: 1, y: [1, 2] }, b: 'same', d: 4, e: 5 };
  const after = { a: { y: [1, 3], x: 1 }, b: 'same', c: 2, d: 4, e: 5 };
  assert.deepEqual(objectDiff(before, after).split('\n'), [
    '@@ -3,11 +3,11 @@',
    '   "x": 1,',
    '   "y": [',
    '    1,',
    '-   2',
    '-  ]',
    '- },',
    '- "b": "same",',
    '- "c": 1,',
    '+   3',
    '+  ]',
    '+ },',
    '+ "b": "same",',
    '+ "c": 2,',
    '  "d": 4,',
    '  "e": 5',
    ' }',
  ]);
});

test('a value that was added', () => {
  assert.deepEqual(objectDiff({ a: 1 }, { a: 1, b: undefined, c: 2 }).split('\n'), [
    '@@ -1,3 +1,4 @@',
    ' {',
    '- "a": 1',
    '+ "a": 1,',
    '+ "c": 2',
    ' }',
  ]);
});
