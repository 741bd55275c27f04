import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readYaml, splitDocuments } from './yaml-text.ts';

// Goal: values are Kubernetes' own reading of YAML, and mistakes are found where they stand, in the
// file and not just in the document.

describe('documents', () => {
  for (const { name, text, want } of [
    { name: 'one', text: 'a: 1\n', want: [[1, { a: 1 }]] },
    { name: 'none', text: '', want: [] },
    { name: 'only comments', text: '# nothing\n---\n# here\n', want: [] },
    {
      name: 'two',
      text: 'a: 1\n---\nb: 2\n',
      want: [
        [1, { a: 1 }],
        [3, { b: 2 }],
      ],
    },
    {
      name: 'leading separator, comments and empty ones',
      text: '---\n# first\n\na: 1\n---\n---\n# second\nb: 2\n---\n',
      want: [
        [4, { a: 1 }],
        [8, { b: 2 }],
      ],
    },
    {
      name: 'a separator with a comment',
      text: 'a: 1\n--- # next\nb: 2\n',
      want: [
        [1, { a: 1 }],
        [3, { b: 2 }],
      ],
    },
    {
      name: 'what follows a separator',
      text: '--- {a: 1}\n--- {b: 2}\n',
      want: [
        [1, { a: 1 }],
        [2, { b: 2 }],
      ],
    },
    {
      name: 'an end marker',
      text: 'a: 1\n...\nb: 2\n',
      want: [
        [1, { a: 1 }],
        [3, { b: 2 }],
      ],
    },
    {
      name: 'dashes within a text',
      text: 'a: |\n  ---\n  x\nb: ---x\n',
      want: [[1, { a: '---\nx\n', b: '---x' }]],
    },
    { name: 'a byte order mark', text: '\uFEFFa: 1\n', want: [[1, { a: 1 }]] },
    {
      name: 'lines of Windows',
      text: 'a: 1\r\n---\r\nb: 2\r\n',
      want: [
        [1, { a: 1 }],
        [3, { b: 2 }],
      ],
    },
    { name: 'a directive', text: '%YAML 1.1\n---\na: 1\n', want: [[3, { a: 1 }]] },
    { name: 'JSON', text: '{"a": [1, {"b": null}]}', want: [[1, { a: [1, { b: null }] }]] },
    {
      name: 'scalars as YAML 1.1 has them, times and sexagesimals left as text',
      text: 'a: yes\nb: 0644\nc: 2001-01-01T00:00:00Z\nd: 80:80\ne: 1e3\nf: ~\n',
      want: [[1, { a: true, b: 420, c: '2001-01-01T00:00:00Z', d: '80:80', e: 1000, f: null }]],
    },
    {
      name: 'anchors and merges',
      text: 'p: &p {a: 1}\nq: {<<: *p, b: 2}\n',
      want: [[1, { p: { a: 1 }, q: { a: 1, b: 2 } }]],
    },
  ]) {
    test(name, () => {
      const found = readYaml(text, 'f.yaml').map(({ line, value }) => [line, value]);
      assert.deepEqual(found, want);
    });
  }
});

describe('mistakes', () => {
  for (const { name, text, message } of [
    {
      name: 'a map in a value',
      text: 'a: 1\nb: c: d\n',
      message: /^f\.yaml:2: nested mappings are not allowed/,
    },
    {
      name: 'in the second document',
      text: 'a: 1\n---\nb: 2\nc: [1, 2\nd: 3\n',
      message: /^f\.yaml:[56]: /,
    },
    { name: 'a tab', text: 'a:\n\tb: 1\n', message: /^f\.yaml:2: tabs/ },
    {
      name: 'an open quote',
      text: 'a: 1\n---\nb: "x\n',
      message: /^f\.yaml:[345]: missing closing "quote/,
    },
    {
      name: 'a key twice',
      text: 'x: 1\n---\na: 1\nb: 2\na: 3\n',
      message: 'f.yaml:5: key "a" already set in map',
    },
    {
      name: 'an unknown anchor',
      text: 'a: *b\n',
      message: "f.yaml:1: unknown anchor 'b' referenced",
    },
    { name: 'JSON that breaks off', text: '{"a": [1, 2', message: /^f\.yaml:[12]: / },
  ]) {
    test(name, () => {
      assert.throws(
        () => readYaml(text, 'f.yaml'),
        (error: Error & { advice?: string }) => {
          if (typeof message === 'string') assert.equal(error.message, message);
          else assert.match(error.message, message);
          assert.doesNotMatch(error.message, /\n/);
          assert.ok(error.advice);
          return error.name === 'CommandError';
        },
      );
    });
  }
});

test('a text is split without losing anything but end markers', () => {
  const parts = splitDocuments('a\n---\nb\n--- c\n').map(({ text }) => text);
  assert.deepEqual(parts, ['a\n', '---\nb\n', '--- c\n\n']);
});

for (const { name, text, message } of [
  {
    name: 'that breaks off',
    text: '{\n"a": [1,\n',
    message: 'f.json:2: Unexpected end of JSON input',
  },
  {
    name: 'with a comma too few',
    text: '{\n"a": 1\n"b": 2}',
    message: "f.json:3: Expected ',' or '}' after property value",
  },
]) {
  test(`JSON ${name}`, () => assert.throws(() => readYaml(text, 'f.json'), { message }));
}
