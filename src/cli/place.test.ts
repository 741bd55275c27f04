import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandFor, placeOf } from './place.ts';

for (const { name, given, want } of [
  { name: 'the usual cluster needs no name', given: {}, want: 'tutti up' },
  { name: 'a name', given: { name: 'test' }, want: 'tutti --name test up' },
  { name: 'a folder', given: { data: '/d/a b' }, want: "tutti --data '/d/a b' up" },
]) {
  test(name, () => assert.equal(commandFor(placeOf(given as never), 'up'), want));
}
