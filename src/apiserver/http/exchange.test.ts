import assert from 'node:assert/strict';
import { validateHeaderValue } from 'node:http';
import { test } from 'node:test';
import { warningHeaders } from './exchange.ts';

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
});
