import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Regex, regexOf } from './regex.ts';

// Goal: patterns match what Go's do, in time that grows with the text, and are refused in its words.

const BAD: readonly (readonly [string, string])[] = [
  ['[a', 'missing closing ]: `[a`'],
  ['(a', 'missing closing ): `(a`'],
  ['a)', 'unexpected ): `a)`'],
  ['*', 'missing argument to repetition operator: `*`'],
  ['a**', 'invalid nested repetition operator: `**`'],
  ['a{2}{3}', 'invalid nested repetition operator: `{2}{3}`'],
  ['a{1001}', 'invalid repeat count: `{1001}`'],
  ['(a{100}){100}', 'invalid repeat count: `{100}`'],
  ['[z-a]', 'invalid character class range: `z-a`'],
  ['[[:foo:]]', 'invalid character class range: `[:foo:]`'],
  ['\\pX', 'invalid character class range: `\\pX`'],
  ['\\q', 'invalid escape sequence: `\\q`'],
  ['\\8', 'invalid escape sequence: `\\8`'],
  ['\\', 'trailing backslash at end of expression: ``'],
  ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
  ['(?<n', 'invalid named capture: `(?<n`'],
  ['(?i', 'invalid or unsupported Perl syntax: `(?i`'],
];

describe('refused patterns', () => {
  for (const [pattern, message] of BAD) {
    const want = { name: 'RegexError', message: `error parsing regexp: ${message}` };
    test(pattern, () => assert.throws(() => new Regex(pattern), want));
  }
});

const MATCHES: readonly (readonly [string, string, readonly string[]])[] = [
  ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', 'my-name', ['my-name']],
  ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', 'my-name-', []],
  ['a|ab', 'abab', ['a', 'a']],
  ['a*?b', 'aab', ['aab']],
  ['(?i)hello', 'Hello HELLO', ['Hello', 'HELLO']],
  ['(?i)k', 'K\u212a', ['K', '\u212a']],
  ['\\bfoo\\b', 'a foo foob', ['foo']],
  ['\\Ba', 'aab', ['a']],
  ['(?m)^a$', 'b\na\nb', ['a']],
  ['^a$', 'b\na\nb', []],
  ['a.c', 'a\nc abc', ['abc']],
  ['(?s)a.c', 'a\nc', ['a\nc']],
  ['x*', 'xaaay', ['x', '', '', '', '']],
  ['\\p{Greek}+', 'aαβb', ['αβ']],
  ['[^\\d\\s]+', '1 a2', ['a']],
  ['[[:^alpha:]]', 'a1', ['1']],
  ['\\Qa.b\\E', 'axb a.b', ['a.b']],
  ['(?U)a+', 'aa', ['a', 'a']],
  ['😀.', '😀é', ['😀é']],
  ['a{2,3}', 'aaaaa', ['aaa', 'aa']],
  ['\\z', 'ab', ['']],
];

describe('what is found', () => {
  for (const [pattern, text, want] of MATCHES) {
    test(`${pattern} in ${JSON.stringify(text)}`, () => {
      const regex = regexOf(pattern);
      const found = regex.findAll(text).map(({ start, end }) => text.slice(start, end));
      assert.deepEqual(found, want);
      assert.equal(regex.test(text), want.length > 0);
    });
  }
});

test('a pattern that would take others ages takes its time only', () => {
  const text = `${'a'.repeat(20_000)}b`;
  for (const pattern of ['(a+)+$', '(a|aa)+$', '(a?){50}a{50}$', '(.*a){20}$']) {
    assert.equal(new Regex(pattern).test(text), false);
  }
});

// What is the same in JavaScript.
const piece = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '\\d',
  '\\w',
  '^',
  '$',
  '\\b',
  '1',
  '_',
);
const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4 },
    piece,
    fc.tuple(tie('pattern'), tie('pattern')).map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map((parts) => `(?:${parts.join('|')})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '+?', '??'))
      .map(([body, sign]) => `(?:${body})${sign}`),
  ),
}));

test('it agrees with JavaScript where the two mean the same', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', '_', ' ', '\n'), maxLength: 12 });
  const property = fc.property(pattern, text, (source, input) => {
    const want = new RegExp(source).exec(input);
    const regex = new Regex(source);
    assert.equal(regex.test(input), want !== null);
    assert.equal(regex.find(input)?.start, want?.index);
  });
  fc.assert(property, { seed: 7, numRuns: 1500 });
});
