import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from './decode-error.ts';
import { canonicalMicroTime, canonicalTime } from './timestamps.ts';

for (const [text, want] of [
  ['2026-01-31T09:00:00Z', '2026-01-31T09:00:00Z'],
  ['2026-01-31T09:00:00.999Z', '2026-01-31T09:00:00Z'],
  ['2026-01-31T00:30:00+01:00', '2026-01-30T23:30:00Z'],
  ['2026-01-31T23:30:00-01:00', '2026-02-01T00:30:00Z'],
  ['2024-02-29T09:00:00Z', '2024-02-29T09:00:00Z'],
  ['2026-01-31T9:00:00Z', '2026-01-31T09:00:00Z'],
  ['0001-01-01T00:00:00Z', undefined],
]) {
  test(`${text} is ${want}`, () => assert.equal(canonicalTime(text!), want));
}

test('micro times have six digits', () => {
  assert.equal(canonicalMicroTime('2026-01-31T09:00:00.123456Z'), '2026-01-31T09:00:00.123456Z');
  assert.equal(
    canonicalMicroTime('2026-01-31T09:00:00.000001+01:00'),
    '2026-01-31T08:00:00.000001Z',
  );
  assert.equal(canonicalMicroTime('0001-01-01T00:00:00.000000Z'), undefined);
});

// Goal: what is no time is refused in the words of Go's time.Parse.
const AS = ' as "2006-01-02T15:04:05Z07:00": cannot parse ';
for (const [text, message] of [
  ['', `parsing time ""${AS}"" as "2006"`],
  ['2026', `parsing time "2026"${AS}"" as "-"`],
  ['2026-1-01T00:00:00Z', `parsing time "2026-1-01T00:00:00Z"${AS}"1-01T00:00:00Z" as "01"`],
  ['2026-13-01T00:00:00Z', 'parsing time "2026-13-01T00:00:00Z": month out of range'],
  ['2026-02-29T00:00:00Z', 'parsing time "2026-02-29T00:00:00Z": day out of range'],
  ['2026-01-01T24:00:00Z', 'parsing time "2026-01-01T24:00:00Z": hour out of range'],
  ['2026-01-01 00:00:00Z', `parsing time "2026-01-01 00:00:00Z"${AS}" 00:00:00Z" as "T"`],
  ['2026-01-01T00:00:00', `parsing time "2026-01-01T00:00:00"${AS}"" as "Z07:00"`],
  ['2026-01-01T00:00:00Zx', 'parsing time "2026-01-01T00:00:00Zx": extra text: "x"'],
]) {
  test(`refuses ${JSON.stringify(text)}`, () =>
    assert.throws(() => canonicalTime(text!), new DecodeError(message!)));
}
test('refuses a micro time without fraction', () =>
  assert.throws(() => canonicalMicroTime('2026-01-01T00:00:00Z'), {
    message:
      'parsing time "2026-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
  }));
