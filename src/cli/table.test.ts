import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, formatTable, headingsOf, type Table, TableWriter } from './table.ts';

const table = {
  columnDefinitions: [
    { name: 'Name', format: 'name', priority: 0 },
    { name: 'Ready', priority: 0 },
    { name: 'Node', priority: 1 },
  ],
  rows: [
    { cells: ['a', 1, 'n1'], object: { metadata: { name: 'a', namespace: 'x' } } },
    { cells: ['b', null, undefined], object: { metadata: { name: 'b' } } },
    { cells: ['c', 'two\nlines', 'n\r\n'], object: { metadata: { name: 'c', namespace: 'y' } } },
  ],
} as unknown as Table;
const plain = { wide: false, withNamespace: false, prefix: '' };

for (const { name, style, headings, cells } of [
  {
    name: 'the usual columns, each cell on one line',
    style: plain,
    headings: ['NAME', 'READY'],
    cells: [
      ['a', '1'],
      ['b', '<none>'],
      ['c', 'two...'],
    ],
  },
  {
    name: 'all of them',
    style: { ...plain, wide: true },
    headings: ['NAME', 'READY', 'NODE'],
    cells: [
      ['a', '1', 'n1'],
      ['b', '<none>', '<none>'],
      ['c', 'two...', 'n...'],
    ],
  },
  {
    name: 'namespaces and kinds',
    style: { ...plain, withNamespace: true, prefix: 'pod/' },
    headings: ['NAMESPACE', 'NAME', 'READY'],
    cells: [
      ['x', 'pod/a', '1'],
      ['', 'pod/b', '<none>'],
      ['y', 'pod/c', 'two...'],
    ],
  },
]) {
  test(name, () => {
    assert.deepEqual(headingsOf(table, style), headings);
    assert.deepEqual(cellsOf(table, style), cells);
  });
}

test('the kind is put before the name even where that is not the first column', () => {
  const events: Table = {
    columnDefinitions: [
      { name: 'Last Seen', priority: 0 },
      { name: 'Name', priority: 0 },
    ],
    rows: [{ cells: ['1s', 'a'] }],
  };
  assert.deepEqual(cellsOf(events, { ...plain, prefix: 'event/' }), [['1s', 'event/a']]);
});

test('columns are as wide as they must be, without blanks at the end', () => {
  const lines = formatTable(
    ['A', 'LONG', 'C'],
    [
      ['wide', 'x', ''],
      ['y', '', 'z'],
    ],
  );
  assert.deepEqual(lines, ['A      LONG   C', 'wide   x', 'y             z']);
});

test('rows that come later are in line with those before', () => {
  const writer = new TableWriter();
  assert.deepEqual(
    writer.lines([
      ['NAME', 'AGE'],
      ['long-name', '1s'],
    ]),
    ['NAME        AGE', 'long-name   1s'],
  );
  assert.deepEqual(writer.lines([['a', '2s']]), ['a           2s']);
});

test('a cell commands no terminal', () => {
  assert.deepEqual(formatTable(['NAME'], [['\x1b[2Jgone\r']]), ['NAME', '^[[2Jgone\\r']);
});
