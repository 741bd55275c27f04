import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCount, parseDuration } from './options.ts';

for (const [text, ms] of [
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['1.5s', 1500],
  ['0s', 0],
] as const) {
  test(`duration ${text}`, () => assert.equal(parseDuration(text, 'timeout'), ms));
}

for (const text of ['', '5', 'm', '5 m', '5m ', '-5m', '5d', '5mm', '1e3s', 'infinity']) {
  test(`no duration: "${text}"`, () => {
    const message = `--timeout takes a duration, not "${text}"`;
    assert.throws(() => parseDuration(text, 'timeout'), {
      name: 'CommandError',
      isMisuse: true,
      message,
    });
  });
}

for (const [text, least, value] of [
  ['0', 0, 0],
  ['12', 0, 12],
  ['1', 1, 1],
] as const) {
  test(`count ${text}`, () => assert.equal(parseCount(text, 'tail', least), value));
}

for (const [text, least] of [
  ['', 0],
  ['-1', 0],
  ['1.5', 0],
  ['0x10', 0],
  ['99999999999999999999', 0],
  ['0', 1],
  ['many', 0],
] as const) {
  test(`no count of at least ${least}: "${text}"`, () => {
    assert.throws(() => parseCount(text, 'tail', least), { name: 'CommandError', isMisuse: true });
  });
}
