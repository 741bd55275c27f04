import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOOL, INT, listOf, STRING } from './types.ts';
import { Unifier } from './unify.ts';

// Goal: what doesn't agree as a whole leaves no trace, and what did agree before stays known.

test('what was bound on the way to a disagreement is undone', () => {
  const unifier = new Unifier();
  const [a, b, c] = [unifier.create(), unifier.create(), unifier.create()];
  assert.equal(unifier.assign([listOf(a)], [c]), true);
  assert.equal(unifier.assign([a, b, INT], [STRING, BOOL, STRING]), false);
  for (const open of [a, b]) assert.equal(unifier.resolve(open), open);
  assert.deepEqual(unifier.resolve(c), listOf(a));
  assert.equal(unifier.assign([a, b], [INT, BOOL]), true);
  assert.deepEqual(unifier.resolve(c), listOf(INT));
  assert.equal(unifier.assign([b, a], [BOOL, STRING]), false);
  assert.deepEqual(
    [a, b].map((each) => unifier.resolve(each)),
    [INT, BOOL],
  );
});
