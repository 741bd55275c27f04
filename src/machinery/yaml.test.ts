import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeError } from './decode-error.ts';
import { parseYaml, YAML_DEPTH_MAX } from './yaml.ts';
import { toYaml } from './yaml-writer.ts';

// Goal: scalars mean what they mean to Kubernetes, which is YAML 1.1 as Go reads it.
for (const [text, want] of [
  ['y', true],
  ['No', false],
  ['on', true],
  ['~', null],
  ['', null],
  ['012', 10],
  ['08', 8],
  ['0x1F', 31],
  ['0o17', 15],
  ['0b101', 5],
  ['1_000', 1000],
  ['+1', 1],
  ['-.5', -0.5],
  ['1e3', 1000],
  ['1e999', '1e999'],
  ['12:30:45', '12:30:45'],
  ['2020-01-01', '2020-01-01'],
  ['0x', '0x'],
  ['"y"', 'y'],
  ["'1'", '1'],
  ['!!str 1', '1'],
  ['!!float 1', 1],
  ['!!binary aGk=', 'hi'],
  ['!custom 1', '1'],
  ['18446744073709551615', 18446744073709552000],
] as const) {
  test(`${text || 'nothing'} is ${JSON.stringify(want)}`, () =>
    assert.deepEqual(parseYaml(`v: ${text}\n`).value, { v: want }));
}

for (const { name, text, want } of [
  { name: 'a block that the text ends within', text: 'a: |\n  b\n  c', want: { a: 'b\nc' } },
  { name: 'a kept block that the text ends within', text: 'a: |+\n  b', want: { a: 'b' } },
  { name: 'a block', text: 'a: |\n  b\n', want: { a: 'b\n' } },
  { name: 'a block before another key', text: 'a: |\n  b\nc: d', want: { a: 'b\n', c: 'd' } },
  { name: 'keys are text', text: '1: a\nn: b\n1.5: c', want: { 1: 'a', false: 'b', 1.5: 'c' } },
  { name: 'only the first document counts', text: 'a: 1\n---\nb: [', want: { a: 1 } },
  { name: 'an empty text is null', text: '# nothing\n', want: null },
  {
    name: 'anchors and merge keys are resolved',
    text: 'x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  b: 3\nlist: [*x]',
    want: { x: { a: 1, b: 2 }, z: { a: 1, b: 3 }, list: [{ a: 1, b: 2 }] },
  },
  {
    name: 'the first of several merged maps wins',
    text: 'a: {<<: [{k: 1}, {k: 2, l: 3}]}',
    want: { a: { k: 1, l: 3 } },
  },
  { name: 'JSON is YAML', text: ' {"a": [1, "y"]}', want: { a: [1, 'y'] } },
  { name: 'a list may end left of its key', text: 'a: [\n  1\n]', want: { a: [1] } },
]) {
  test(name, () => assert.deepEqual(parseYaml(text).value, want));
}

test('__proto__ is a key like any other', () => {
  const value = parseYaml('__proto__: {a: 1}').value as object;
  assert.deepEqual(Object.keys(value), ['__proto__']);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

test('strict decoding finds keys that are set twice', () => {
  const text = 'apiVersion: v1\nmetadata:\n  name: t\ndata:\n  a: "1"\n  a: "2"\n';
  assert.equal(
    parseYaml(text).strictError,
    'yaml: unmarshal errors:\n  line 6: key "a" already set in map',
  );
  assert.equal(parseYaml('{"a": 1}').strictError, undefined);
  assert.match(parseYaml('{"a": 1, "a": 2}').strictError!, /line 1: key "a" already set in map/);
});

// Goal: what isn't YAML is refused in the words of yaml.v2, line numbers included (as kubectl shows).
for (const [text, message] of [
  ['a: [1\nb: {', "line 1: did not find expected ',' or ']'"],
  ['a: [', 'line 1: did not find expected node content'],
  ['x: 1\na: {b: c\nd: e\n', "line 2: did not find expected ',' or '}'"],
  ['a: b: c', 'mapping values are not allowed in this context'],
  ['a: b\n  c: d\n', 'line 2: mapping values are not allowed in this context'],
  ['a: "x\n\n', 'line 3: found unexpected end of stream'],
  ['x: 1\na: @x', 'line 2: found character that cannot start any token'],
  ['a:\n\t- b', 'line 2: found character that cannot start any token'],
  ['x: 1\n\ta: b', 'line 2: found a tab character that violates indentation'],
  ['x: |\n a\nb\nc: d', "line 4: could not find expected ':'"],
  ['x: 1\na:b\n  c: d\n', "line 3: could not find expected ':'"],
  ['x:\n  a:b\n    c: d\n', 'line 3: mapping values are not allowed in this context'],
  ['- x: 1\n  a:b\n  c: d\n', "line 3: could not find expected ':'"],
  ['x: 1\na: |b\n  c\n', 'line 2: did not find expected comment or line break'],
  ['x: 1\na: *\n', 'line 2: did not find expected alphabetic or numeric character'],
  ['x: 1\na: !"b"\n', 'line 2: did not find expected whitespace or line break'],
  ['x: 1\na: {b: 1 c: 2}\n', "line 1: did not find expected ',' or '}'"],
  ['x: 1\na: ]\n', 'line 1: did not find expected node content'],
  ['a: - b', 'block sequence entries are not allowed in this context'],
  ['x: 1\n- a\n', 'line 1: did not find expected key'],
  ['a: *x', "unknown anchor 'x' referenced"],
  ['a: &x [*x]', "anchor 'x' value contains itself"],
  ['<<: 5', 'map merge requires map or sequence of maps as the value'],
  ['a: !!int x', 'cannot decode !!str `x` as a !!int'],
  ['[a]: b', 'invalid map key: []interface {}{"a"}'],
  ['a: "\u0001"', 'control characters are not allowed'],
]) {
  test(`refuses ${JSON.stringify(text)}`, () =>
    assert.throws(() => parseYaml(text!), new DecodeError(`yaml: ${message}`)));
}

test('a key that is nothing is refused in words of its own', () =>
  assert.throws(
    () => parseYaml('~: a'),
    new DecodeError('unsupported map key of type: %!s(<nil>), key: <nil>, value: "a"'),
  ));

// Goal: a small text can't make us work or remember much.
test('aliases are bounded', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}]`);
  const bomb = ['l0: &l0 [x, x]', ...levels].join('\n');
  assert.throws(
    () => parseYaml(bomb),
    new DecodeError('yaml: document contains excessive aliasing'),
  );
});

test('depth is bounded', () => {
  for (const text of ['['.repeat(1e5), '- '.repeat(1e5), '{a: '.repeat(1e5)]) {
    assert.throws(() => parseYaml(text), DecodeError);
  }
  const chain = Array.from({ length: 2000 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i}]`);
  assert.throws(
    () => parseYaml(['l0: &l0 x', ...chain].join('\n')),
    /exceeded max depth|excessive/,
  );
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  assert.ok(parseYaml(nested(YAML_DEPTH_MAX)).value);
  assert.throws(() => parseYaml(nested(YAML_DEPTH_MAX + 1)), DecodeError);
});

// Goal: what is written is what Go's yaml.v2 writes (each row as kubectl printed it).
for (const { name, value, text } of [
  {
    name: 'sorts keys naturally and indents lists like their key',
    value: { b: [{ x: 1, a: [[1, 2], []] }, {}], a10: 1, a9: 2, 'a-b': null, A: true },
    text: 'A: true\na-b: null\na9: 2\na10: 1\nb:\n- a:\n  - - 1\n    - 2\n  - []\n  x: 1\n- {}\n',
  },
  {
    name: 'quotes what would mean something else',
    value: { a: '', b: 'yes', c: '1', d: '2020-01-01', e: '12:30', yes: 'null', f: '~', g: 'a' },
    text: 'a: ""\nb: "yes"\nc: "1"\nd: "2020-01-01"\ne: "12:30"\nf: "~"\ng: a\n"yes": "null"\n',
  },
  {
    name: 'quotes what would not be read as text',
    value: { a: '# x', b: 'a: b', c: ' x', d: "it's", e: '- x', f: 'a #b', g: '{', h: "'", i: '@' },
    text: "a: '# x'\nb: 'a: b'\nc: ' x'\nd: it's\ne: '- x'\nf: 'a #b'\ng: '{'\nh: ''''\ni: '@'\n",
  },
  {
    name: 'writes several lines as they are',
    value: { a: 'x\ny\n', b: 'x\ny', c: 'x\n\n', d: ' x\n', e: 'x \n', f: 'a\tb\nc', g: '\n' },
    text: 'a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2\n   x\ne: "x \\n"\nf: "a\\tb\\nc"\ng: |2+\n\n',
  },
  {
    name: 'escapes what is beyond the basic plane, and controls',
    value: { a: '🙂', b: '\u0007é', c: '日本' },
    text: 'a: "\\U0001F642"\nb: "\\aé"\nc: 日本\n',
  },
  {
    name: 'folds long lines after 80 columns',
    value: { message: `${'word '.repeat(20)}end`, list: [`${'it: s '.repeat(17)}end`] },
    text: `list:
- 'it: s it: s it: s it: s it: s it: s it: s it: s it: s it: s it: s it: s it: s it:
  s it: s it: s it: s end'
message: word word word word word word word word word word word word word word word
  word word word word word end
`,
  },
  {
    name: 'writes numbers as Go does',
    value: { a: 1.5, b: 1e30, c: 1234567.5, d: 0.00001, e: -0.25, f: 123456789012 },
    text: 'a: 1.5\nb: 1e+30\nc: 1.2345675e+06\nd: 1e-05\ne: -0.25\nf: 123456789012\n',
  },
  {
    name: 'marks long and many-lined keys',
    value: { ['k'.repeat(129)]: 1, 'a\nb': { x: 1 } },
    text: `? |-\n  a\n  b\n: x: 1\n? ${'k'.repeat(129)}\n: 1\n`,
  },
  { name: 'writes a lone value', value: 'x', text: 'x\n' },
  { name: 'writes an empty object', value: {}, text: '{}\n' },
]) {
  test(name, () => assert.equal(toYaml(value), text));
}

test('what is written reads back the same', () => {
  const text = fc.stringMatching(/^[\x20-\x7e\n\té日🙂]{0,30}$/u);
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number || 0),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;
  fc.assert(
    fc.property(value, (each) => {
      assert.deepEqual(parseYaml(toYaml(each)).value, each);
    }),
    { seed: 31, numRuns: 1000 },
  );
});

test('no text makes it fail otherwise than by saying so', () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '\t',
      '[',
      ']',
      '{',
      '}',
      ',',
      '&x ',
      '*x',
      '!!int ',
      '|',
      '>',
    ],
    ...['"', "'", '#', '?', '---\n', '<<', '%', '1', 'y', '\\', '\u0000', 'é'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
      try {
        parseYaml(pieces.join(''));
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { seed: 32, numRuns: 3000 },
  );
});
