import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance } from './edit-distance.ts';

for (const { words, want } of [
  { words: ['front', 'front'], want: 0 },
  { words: ['front', 'frnt'], want: 1 },
  { words: ['front', 'frnot'], want: 2 },
  { words: ['', 'web'], want: 3 },
  { words: ['back', 'front'], want: 5 },
] as const) {
  test(`${words.join(' and ')} are ${want} apart`, () => assert.equal(editDistance(words), want));
}
