import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilNothingFound } from './once.ts';

// Goal: what can't change is judged once, what can is judged each time, and faults are told each time.

function counted() {
  const asked: object[] = [];
  const rule = untilNothingFound((value: { readonly port: number }) => {
    asked.push(value);
    return value.port > 0 ? [] : ['must be positive'];
  });
  return { asked, rule };
}

test('what is frozen and right is asked about once', () => {
  const { asked, rule } = counted();
  const value = Object.freeze({ port: 1 });
  assert.deepEqual([rule(value), rule(value)], [[], []]);
  assert.equal(asked.length, 1);
});

test('what may change is asked about again', () => {
  const { rule } = counted();
  const value = { port: 1 };
  assert.deepEqual(rule(value), []);
  value.port = -1;
  assert.deepEqual(rule(value), ['must be positive']);
});

test('a fault is told each time', () => {
  const { rule } = counted();
  const value = Object.freeze({ port: -1 });
  assert.deepEqual([rule(value), rule(value)], [['must be positive'], ['must be positive']]);
});
