import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstUnprintable, isPrintable, quote, quoteList, sortedByKey, toJson } from './quote.ts';

// Goal: values print in messages exactly as Go's %q and encoding/json print them.
for (const row of [
  { name: 'plain', text: 'web', want: '"web"' },
  { name: 'quotes and backslashes', text: 'a"b\\c', want: '"a\\"b\\\\c"' },
  { name: 'short escapes', text: '\x07\b\f\n\r\t\v', want: '"\\a\\b\\f\\n\\r\\t\\v"' },
  { name: 'other control characters', text: '\x00\x1b\x7f', want: '"\\x00\\x1b\\x7f"' },
  { name: 'visible Unicode stays', text: 'naïve 世界 😀', want: '"naïve 世界 😀"' },
  { name: 'other spaces', text: '\u00a0\u2028', want: '"\\u00a0\\u2028"' },
  { name: 'beyond the basic plane', text: '\u{e0001}', want: '"\\U000e0001"' },
  { name: 'HTML is no matter', text: '<&>', want: '"<&>"' },
]) {
  test(`quotes ${row.name}`, () => assert.equal(quote(row.text), row.want));
}

test('prints a list of texts', () => {
  assert.equal(quoteList(['a', 'b"']), '[]string{"a", "b\\""}');
  assert.equal(quoteList([]), '[]string{}');
});

test('JSON escapes what could be HTML', () => {
  assert.equal(toJson({ b: '<a>&\u2028', a: 1 }), '{"b":"\\u003ca\\u003e\\u0026\\u2028","a":1}');
});

test('maps print with sorted keys, absent ones as null', () => {
  assert.equal(toJson(sortedByKey({ b: '1', a: '2' })), '{"a":"2","b":"1"}');
  assert.equal(toJson(sortedByKey(undefined)), 'null');
});

test('finds the first character that can not be printed', () => {
  assert.deepEqual(firstUnprintable('ä\u0007'), { character: 'U+0007', byte: 2 });
  assert.equal(firstUnprintable('a b'), undefined);
  assert.equal(isPrintable('a\tb'), false);
});
