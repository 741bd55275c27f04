import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGlob } from './glob.ts';
import { parseIgnoreFile } from './ignore-file.ts';

// Goal: the patterns of Go's filepath.Match, which COPY uses, and of .dockerignore beyond them.
for (const [pattern, path, want] of [
  ['*.txt', 'a.txt', true],
  ['*.txt', 'a/b.txt', false],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['[a-c]x', 'bx', true],
  ['[^a-c]x', 'bx', false],
  ['package-lock.jso[n]', 'package-lock.json', true],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['a.c', 'abc', false],
  ['a+(b)', 'a+(b)', true],
] as const) {
  test(`${pattern} ${want ? 'matches' : "doesn't match"} ${path}`, () => {
    assert.equal(compileGlob(pattern)?.test(path), want);
  });
}
test('a class that is not closed is no pattern', () => assert.equal(compileGlob('a[b'), undefined));

for (const row of [
  {
    name: 'a folder and all in it',
    file: 'node_modules',
    out: ['node_modules', 'node_modules/a/b'],
    in: ['a/node_modules', 'x'],
  },
  { name: 'at any depth', file: '**/*.log', out: ['a.log', 'b/c/a.log'], in: ['a.logs'] },
  { name: 'folders in the middle', file: 'a/**/z', out: ['a/z', 'a/b/c/z'], in: ['z'] },
  {
    name: 'exceptions, the last line deciding',
    file: '*.md\n!README.md',
    out: ['a.md'],
    in: ['README.md'],
  },
  {
    name: 'exceptions that are taken back',
    file: '*.md\n!README.md\nREAD*',
    out: ['README.md'],
    in: [],
  },
  { name: 'exceptions inside a folder', file: 'a\n!a/b', out: ['a', 'a/c'], in: ['a/b', 'a/b/d'] },
  {
    name: 'leading slashes, dots and comments',
    file: '# c\n/a\n./b/\n\n',
    out: ['a', 'b', 'b/c'],
    in: ['c'],
  },
  { name: 'everything', file: '*\n!src', out: ['a', 'b/c'], in: ['src', 'src/a'] },
]) {
  test(`an ignore file covers ${row.name}`, () => {
    const rules = parseIgnoreFile(row.file);
    for (const path of row.out) assert.equal(rules.ignores(path), true, path);
    for (const path of row.in) assert.equal(rules.ignores(path), false, path);
  });
}
