import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse, validateHeaderValue } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { StatusError } from '../../machinery/status.ts';
import { Exchange, warningHeaders } from './exchange.ts';
import { parseQuery } from './query.ts';

// Goal: whatever a warning quotes of a request, its header can be sent: the write has landed by then.

const valuesOf = (warnings: readonly string[]): string[] =>
  warningHeaders(warnings).filter((_, i) => i % 2 === 1);

for (const { name, text, want } of [
  {
    name: 'plain text',
    text: 'unknown field "spec.x"',
    want: '299 - "unknown field \\"spec.x\\""',
  },
  { name: 'line breaks and other controls', text: 'a\r\nb\u0000c\u007f', want: '299 - "a b c "' },
  { name: 'letters beyond ASCII, as UTF-8', text: 'é😀', want: '299 - "Ã©ð\u009f\u0098\u0080"' },
]) {
  test(`a warning with ${name}`, () => {
    const [value = ''] = valuesOf([text]);
    assert.equal(value, want);
    validateHeaderValue('Warning', value);
  });
}

test('says the same once', () => {
  assert.equal(valuesOf(['a', 'b', 'a']).length, 2);
});

test('cuts texts that are too much together, and leaves many short ones', () => {
  const long = valuesOf(Array.from({ length: 30 }, (_, i) => `${i} ${'x'.repeat(1000)}`));
  assert.equal(long.length, 16);
  assert.ok(long.every((value) => value.length <= 256 + '299 - ""'.length));
  assert.equal(valuesOf(Array.from({ length: 30 }, (_, i) => `field ${i}`)).length, 30);
  const hundreds = Array.from({ length: 300 }, (_, i) => `${1000 + i} ${'é'.repeat(35)}`);
  assert.equal(valuesOf(hundreds).length, 103); // 40 characters each; the last goes beyond 4096.
});

for (const { name, error, accept } of [
  {
    name: 'with a code that no answer has',
    error: new StatusError('', 'x', {}, 99999),
    accept: '*/*',
  },
  {
    name: 'with details that have no place in protobuf',
    error: new StatusError('', 'x', { retryAfterSeconds: Number.NaN }),
    accept: 'application/vnd.kubernetes.protobuf',
  },
]) {
  test(`an error ${name} is answered nevertheless`, () => {
    const request = new IncomingMessage(new Socket());
    request.headers.accept = accept;
    const response = new ServerResponse(request);
    const user = { name: 'pia', groups: [] };
    const about = { path: '/', query: parseQuery(''), user, auditId: 'a', upgrade: undefined };
    new Exchange(request, response, about).fail(error);
    assert.equal(response.statusCode, 500);
    assert.ok(response.writableEnded);
  });
}
