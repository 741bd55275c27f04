import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../api/generated/core/v1/types.ts';
import { byTime } from './event-order.ts';

// Goal: pin that events are told in the order in which they happened.

const event = (resourceVersion: string, times: object): Event =>
  ({ metadata: { resourceVersion }, ...times }) as unknown as Event;

const at = (time: string) => `2026-01-01T12:00:${time}Z`;

for (const { name, events, want } of [
  {
    name: 'by the time',
    events: [event('1', { lastTimestamp: at('05') }), event('2', { lastTimestamp: at('03') })],
    want: ['2', '1'],
  },
  {
    name: 'of one second by what was written first, as numbers',
    events: [event('100', { lastTimestamp: at('05') }), event('99', { lastTimestamp: at('05') })],
    want: ['99', '100'],
  },
  {
    name: 'of one second, though one says it to the microsecond',
    events: [
      event('11', { lastTimestamp: at('05') }),
      event('10', { lastTimestamp: null, eventTime: at('05.700000') }),
    ],
    want: ['10', '11'],
  },
  {
    name: 'of a series, by when it was last seen',
    events: [
      event('3', { eventTime: at('01.5'), series: { count: 2, lastObservedTime: at('09.5') } }),
      event('4', { lastTimestamp: at('05') }),
    ],
    want: ['4', '3'],
  },
  {
    name: 'that say no time, by when they were made',
    events: [
      { metadata: { resourceVersion: '5', creationTimestamp: at('06') } } as unknown as Event,
      event('6', { lastTimestamp: at('05') }),
    ],
    want: ['6', '5'],
  },
])
  test(`events ${name}`, () => {
    const sorted = [...events].sort(byTime);
    assert.deepEqual(
      sorted.map(({ metadata }) => metadata.resourceVersion),
      want,
    );
  });
