// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the strings under test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExpandError, expand, splitWords } from './expand.ts';

const variables = new Map([
  ['A', 'one'],
  ['EMPTY', ''],
  ['B_2', 'two'],
]);
const expanded = (word: string) => expand(word, { variables, escapeChar: '\\' });

// Goal: the same results as Docker's shell-like expansion.
for (const [word, want] of [
  ['plain', 'plain'],
  ['$A', 'one'],
  ['${A}x', 'onex'],
  ['$B_2.$A', 'two.one'],
  ['$NONE|', '|'],
  ['${NONE:-d}', 'd'],
  ['${EMPTY:-d}', 'd'],
  ['${EMPTY-d}', ''],
  ['${A:+yes}', 'yes'],
  ['${NONE+yes}', ''],
  ['${EMPTY+yes}', 'yes'],
  ['${NONE:-${A}}', 'one'],
  ['${NONE:-a b}', 'a b'],
  ['\\$A', '$A'],
  ["'$A'", '$A'],
  ['"$A b"', 'one b'],
  ['"a\\"b"', 'a"b'],
  ['"a\\nb"', 'a\\nb'],
  ['a\\ b', 'a b'],
  ['$', '$'],
  ['a$', 'a$'],
  ['$$', '$$'],
  ['$1', ''],
] as const) {
  test(`${word} becomes ${want}`, () => assert.equal(expanded(word), want));
}

for (const [word, says] of [
  ['${A', /not closed/],
  ['"a', /not closed/],
  ["'a", /not closed/],
  ['${A/x/y}', /is not supported/],
  ['${NONE:?say which}', /NONE: say which/],
] as const) {
  test(`${word} is refused`, () => {
    assert.throws(
      () => expanded(word),
      (error) => {
        assert.ok(error instanceof ExpandError);
        assert.match(error.message, says);
        return true;
      },
    );
  });
}

test('words end at blanks, but not in quotes and after an escape', () => {
  assert.deepEqual(splitWords('a  "b c"d e\\ f \'g "h\'', '\\'), [
    'a',
    '"b c"d',
    'e\\ f',
    "'g \"h'",
  ]);
});
