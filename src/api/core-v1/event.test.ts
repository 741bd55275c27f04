import assert from 'node:assert/strict';
import { test } from 'node:test';
import { events as newEvents } from '../events-v1/event.ts';
import { cellsOf, changed, made, refusals } from '../fixture.ts';
import { events } from './event.ts';

// Goal: an event is the same, whichever of the two groups it is asked for in.

const involvedObject = { kind: 'Pod', namespace: 'default', name: 'p' };
const fresh = {
  eventTime: '2026-03-04T05:06:07.000000Z',
  reportingController: 'a.example/b',
  reportingInstance: 'b-1',
  action: 'Look',
  reason: 'Seen',
  type: 'Normal',
  regarding: involvedObject,
};

test('of old, anything goes but another namespace', () => {
  assert.deepEqual(refusals(events, { involvedObject }), []);
  const other = { involvedObject: { ...involvedObject, namespace: 'b' } };
  assert.match(refusals(events, other).join(), /involvedObject\.namespace: Invalid value: "b"/);
});

test('of today, it says who saw what, and when', () => {
  assert.deepEqual(refusals(newEvents, fresh), []);
  const { reason: _, action: __, ...rest } = fresh;
  const fields = refusals(newEvents, rest).map((text) => text.split(':')[0]);
  assert.deepEqual(fields.sort(), ['action', 'reason']);
});

test('who tells of it goes by another name in each version', () => {
  const { regarding: _, reportingController: __, ...rest } = fresh;
  assert.match(
    refusals(events, { ...rest, involvedObject }).join(),
    /^reportingComponent: Required/,
  );
  const { reportingController: ___, ...untold } = fresh;
  assert.match(refusals(newEvents, untold).join(), /^reportingController: Required/);
});

test('what is stored of today reads back as it was', () => {
  const event = made(newEvents, { ...fresh, note: 'hello', deprecatedCount: 2 });
  const { storedAs } = newEvents;
  const stored = storedAs?.toStored(event) as unknown as Record<string, unknown>;
  assert.deepEqual([stored.apiVersion, stored.message, stored.count], ['v1', 'hello', 2]);
  const back = storedAs?.fromStored(stored as never) as unknown as Record<string, unknown>;
  assert.deepEqual([back.note, back.deprecatedCount, back.regarding], ['hello', 2, involvedObject]);
});

test('of today, only a series goes on', () => {
  const { errors } = changed(newEvents, made(newEvents, fresh), { reason: 'Lost' });
  assert.match(errors.join(), /reason: .*field is immutable/);

  const { errors: moved } = changed(newEvents, made(newEvents, fresh), {
    regarding: { name: 'z' },
  });
  assert.match(
    moved.join(),
    /^involvedObject: Invalid value: \{"Kind":"Pod",.*"Name":"z","UID":""/,
  );
});

test('cells tell of what, and when it was last', () => {
  const event = made(events, {
    involvedObject,
    reason: 'Seen',
    type: 'Normal',
    message: 'hi ',
    lastTimestamp: '2026-03-04T05:05:07Z',
  });
  const cells = cellsOf(events, event);
  assert.equal(cells.Object, 'pod/p');
  assert.equal(cells['Last Seen'], '60s');
  assert.equal(cells.Message, 'hi');
});

test('they vanish by themselves', () => {
  assert.equal(events.expiresAfterSeconds, 3600);
  assert.equal(newEvents.expiresAfterSeconds, 3600);
});
