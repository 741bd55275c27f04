import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventCorrelator } from './event-correlator.ts';

// Goal: pin when events are the same, when they are combined, and when they are too many.

const event = { about: 'uid', type: 'Warning', reason: 'Failed', message: 'no' };

test('the same event has the same key, and any other another', () => {
  const correlator = new EventCorrelator();
  const keyOf = (change: object) => correlator.correlate({ ...event, ...change }, 0)?.key;
  const key = keyOf({});
  assert.equal(keyOf({}), key);
  for (const change of [
    { about: 'other' },
    { type: 'Normal' },
    { reason: 'Other' },
    { message: 'other' },
    { fieldPath: 'spec.containers{main}' },
  ]) {
    assert.notEqual(keyOf(change), key, JSON.stringify(change));
  }
});

test('messages that vary are combined until they pause for ten minutes', () => {
  const correlator = new EventCorrelator();
  const messageAt = (i: number, nowMs: number) =>
    correlator.correlate({ ...event, message: `no ${i}` }, nowMs)?.message;
  for (let i = 1; i < 10; i++) assert.equal(messageAt(i, 0), `no ${i}`);
  assert.equal(messageAt(10, 0), '(combined from similar events): no 10');
  assert.equal(messageAt(11, 600_000), '(combined from similar events): no 11');
  assert.equal(messageAt(12, 1_200_001), 'no 12');
});

test('a burst of 25, then one in five minutes, for each object and type', () => {
  const correlator = new EventCorrelator();
  const told = (count: number, nowMs: number, change: object = {}) =>
    Array.from({ length: count }, () =>
      correlator.correlate({ ...event, ...change }, nowMs),
    ).filter((correlated) => correlated !== undefined).length;
  assert.equal(told(100, 0), 25);
  assert.equal(told(100, 299_999), 0);
  assert.equal(told(100, 300_001), 1);
  assert.equal(told(100, 300_001, { type: 'Normal' }), 25);
  assert.equal(told(100, 300_001, { about: 'other' }), 25);
});
