import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from './decode-error.ts';
import { duplicateFields } from './json-codec.ts';
import { parseJsonSlowly } from './json-parser.ts';
import { JSON_DEPTH_MAX, parseJson } from './json-text.ts';

// Goal: broken text is refused in the words of Go's scanner.
for (const [text, message] of [
  ['', 'unexpected end of JSON input'],
  ['{"a":', 'unexpected end of JSON input'],
  ['{"a', 'unexpected end of JSON input'],
  ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
  ['[1 2]', "invalid character '2' after array element"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['tru', 'unexpected end of JSON input'],
  ['trux', "invalid character 'x' in literal true (expecting 'e')"],
  ['01', "invalid character '1' after top-level value"],
  ['-a', "invalid character 'a' in numeric literal"],
  ['1.a', "invalid character 'a' after decimal point in numeric literal"],
  ['1ea', "invalid character 'a' in exponent of numeric literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['"\n"', "invalid character '\\n' in string literal"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
  ['é', "invalid character 'Ã' looking for beginning of value"],
]) {
  test(`refuses ${JSON.stringify(text)}`, () =>
    assert.throws(() => parseJson(text!), new DecodeError(message!)));
}

test('finds doubled keys, wherever colons and quotes stand', () => {
  for (const [text, want] of [
    ['{"a":1,"b":{"a":":\\":{"}}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"a\\\\":[{"b":1,"b":2,"b":3}]}', ['a\\[0].b']],
    ['{"a":{"x":1},"a":{}}', ['a']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
  ] as const) {
    const { value, duplicates } = parseJson(text);
    const found = duplicates ? duplicateFields(value, duplicates) : [];
    assert.deepEqual(
      found,
      want.map((path) => `duplicate field "${path}"`),
    );
    assert.deepEqual(value, JSON.parse(text));
  }
});

test('bounds the depth, brackets in text aside', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  assert.ok(parseJson(nested(JSON_DEPTH_MAX)));
  assert.throws(() => parseJson(nested(JSON_DEPTH_MAX + 1)), new DecodeError('exceeded max depth'));
  assert.throws(() => parseJson('['.repeat(1e6)), new DecodeError('exceeded max depth'));
  assert.equal(parseJson(JSON.stringify('['.repeat(1e4))).value, '['.repeat(1e4));
});

// Goal: the slow parser takes and refuses what the fast one does, and makes the same of it.
test('agrees with JSON.parse', () => {
  const check = (text: string): void => {
    let want: unknown;
    try {
      want = JSON.parse(text);
    } catch {
      assert.throws(() => parseJsonSlowly(text), DecodeError);
      return;
    }
    assert.deepEqual(parseJsonSlowly(text).value, want);
  };
  const options = { seed: 11, numRuns: 2000 };
  fc.assert(fc.property(fc.json(), check), options);
  const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '}', ',', '1', '\\', ' '));
  const damage = ([text, at, put]: [string, number, string]): string => {
    const index = at % (text.length + 1);
    return text.slice(0, index) + put + text.slice(index + 1);
  };
  fc.assert(fc.property(broken.map(damage), check), options);
});
