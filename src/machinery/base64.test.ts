import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalBase64 } from './base64.ts';
import { DecodeError } from './decode-error.ts';

for (const [text, want] of [
  ['', ''],
  ['YQ==', 'YQ=='],
  ['YWI=', 'YWI='],
  ['YWJj', 'YWJj'],
  ['YWJj\r\nYQ==\n', 'YWJjYQ=='],
  ['YQ=\n=', 'YQ=='],
  ['YR==', 'YQ=='], // Bits beyond the last byte are dropped.
]) {
  test(`${JSON.stringify(text)} is ${want}`, () => assert.equal(canonicalBase64(text!), want));
}

for (const [text, byte] of [
  ['*not base64*', 0],
  ['YWJ', 0],
  ['YWJjY', 4],
  ['YQ=', 3],
  ['Y===', 1],
  ['YQ=a', 2],
  ['YQ==a', 4],
  ['YWJj_-==', 4],
  ['YWI=YWI=', 4],
] as const) {
  test(`refuses ${text} at ${byte}`, () =>
    assert.throws(
      () => canonicalBase64(text),
      new DecodeError(`illegal base64 data at input byte ${byte}`),
    ));
}
