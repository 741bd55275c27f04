import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery } from './query.ts';

// Goal: parameters are read as Kubernetes reads them, the forgiving ones and the strict ones.

for (const { text, options, isWatch = false, isPretty, isExport = false } of [
  { text: '', options: {} },
  { text: 'watch', options: {}, isWatch: true },
  { text: 'watch=0', options: {}, isWatch: false },
  { text: 'watch=False', options: {}, isWatch: false },
  { text: 'watch=yes', options: {}, isWatch: true },
  { text: 'pretty=true', options: {}, isPretty: true },
  { text: 'pretty=yes', options: {}, isPretty: false },
  { text: 'pretty=', options: {} },
  { text: 'export=true', options: {}, isExport: true },
  { text: 'uid=a', options: { uid: 'a' } },
  { text: 'limit=5&limit=9', options: { limit: 5 } },
  { text: 'watch=0&watch=1', options: {}, isWatch: false },
  { text: 'limit=9223372036854775807', options: { limit: 2 ** 63 } },
  { text: 'timeoutSeconds=-3', options: { timeoutSeconds: -3 } },
  { text: 'labelSelector=a%3Db%2Cc', options: { labelSelector: 'a=b,c' } },
  { text: 'fieldSelector=a+b', options: { fieldSelector: 'a b' } },
  { text: 'dryRun=All&dryRun=All', options: { dryRun: ['All', 'All'] } },
  { text: 'sendInitialEvents=true', options: { sendInitialEvents: true } },
  { text: '__proto__=x&hasOwnProperty=y&constructor=z', options: {} },
  { text: 'gracePeriodSeconds=0&unknown=1', options: { gracePeriodSeconds: 0 } },
]) {
  test(`the query ?${text}`, () => {
    const query = parseQuery(text);
    assert.deepEqual(
      { ...query, includeObject: query.includeObject },
      { options, isWatch, isPretty, isExport, includeObject: undefined, text, faults: new Map() },
    );
  });
}

for (const { text, fault } of [
  { text: 'limit=x', fault: 'parsing "x": invalid syntax' },
  { text: 'limit=', fault: 'parsing "": invalid syntax' },
  { text: 'limit=x&limit=1', fault: 'parsing "x": invalid syntax' },
  {
    text: 'limit=9223372036854775808',
    fault: 'parsing "9223372036854775808": value out of range',
  },
]) {
  test(`a number that is none: ?${text}`, () => {
    const { options, faults } = parseQuery(text);
    assert.deepEqual(options, {});
    assert.equal(faults.get('limit')?.message, `strconv.ParseInt: ${fault}`);
  });
}

for (const { text, problem } of [
  { text: 'timeout=30s', problem: undefined },
  { text: 'timeout=-1.5h30m', problem: undefined },
  { text: 'timeout=0', problem: undefined },
  { text: 'timeout=', problem: undefined },
  { text: 'timeout=abc', problem: 'time: invalid duration "abc"' },
  { text: 'timeout=5', problem: 'time: missing unit in duration "5"' },
  { text: 'timeout=5x', problem: 'time: unknown unit "x" in duration "5x"' },
]) {
  test(`a timeout: ?${text}`, () => {
    const { message } = parseQuery(text).faults.get('timeout') ?? {};
    const told = problem && `invalid timeout specified in the request URL - ${problem}`;
    assert.equal(message, told);
  });
}
