import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { StatusError } from '../../machinery/status.ts';
import { failureOf, unreachable } from './failures.ts';

// Goal: whatever a server or a proxy answers, it becomes a StatusError with the reason that tells
// what to do next, and with the time to wait when one was given.

const status = new StatusError('TooManyRequests', 'slow down', { retryAfterSeconds: 3 }).toStatus();

for (const { name, code, headers = {}, text, want } of [
  {
    name: 'a Status',
    code: 429,
    text: JSON.stringify(status),
    want: { reason: 'TooManyRequests', message: 'slow down', code: 429, wait: 3 },
  },
  {
    name: 'a Status without details, with a header',
    code: 429,
    headers: { 'retry-after': '7' },
    text: JSON.stringify({ ...status, details: undefined }),
    want: { reason: 'TooManyRequests', message: 'slow down', code: 429, wait: 7 },
  },
  {
    name: 'plain text of a server that is too busy',
    code: 429,
    headers: { 'retry-after': '1' },
    text: 'Too many requests, please try again later.\n',
    want: {
      reason: 'TooManyRequests',
      message: 'Too many requests, please try again later.',
      code: 429,
      wait: 1,
    },
  },
  {
    name: 'a page of a proxy',
    code: 502,
    text: '<html>Bad Gateway</html>',
    want: { reason: 'Timeout', message: '<html>Bad Gateway</html>', code: 502 },
  },
  {
    name: 'nothing at all, and a date to wait for',
    code: 503,
    headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' },
    text: '',
    want: { reason: 'ServiceUnavailable', message: 'HTTP 503', code: 503 },
  },
  {
    name: 'JSON that is no Status',
    code: 418,
    text: 'null',
    want: { reason: '', message: 'null', code: 418 },
  },
]) {
  test(name, () => {
    const failure = failureOf({ statusCode: code, headers } as unknown as IncomingMessage, text);
    const { reason, message, details } = failure;
    const wait = details?.retryAfterSeconds;
    assert.deepEqual({ reason, message, code: failure.code, ...(wait && { wait }) }, want);
  });
}

for (const { name, error, sent, want } of [
  { name: 'never sent', error: 'EHOSTUNREACH', sent: false, want: 'ServiceUnavailable' },
  { name: 'sent', error: 'ECONNRESET', sent: true, want: 'Timeout' },
  { name: 'nobody there', error: 'ECONNREFUSED', sent: true, want: 'ServiceUnavailable' },
]) {
  test(`a request without an answer: ${name}`, () => {
    const cause = Object.assign(new Error('no'), { code: error });
    assert.equal(unreachable('https://a', cause, sent).reason, want);
  });
}
