import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packRows, type Row, revisionOf, rowId, unpackRows } from './sqlite-rows.ts';
import { COMMIT_WRITES_MAX } from './store.ts';

// Goal: rows come out as they went in, and ids order writes by revision, then by place.

const rows: readonly Row[] = [
  { id: rowId(1, 0), key: 'pods/a', createRevision: 1, value: Buffer.from('{"a":1}') },
  { id: rowId(1, 1), key: 'pods/ü/😀/\uffff', createRevision: 1, value: Buffer.alloc(0) },
  { id: rowId(2, 0), key: 'k', createRevision: 2 ** 42, value: undefined },
  {
    id: rowId(2 ** 42, COMMIT_WRITES_MAX - 1),
    key: 'k',
    createRevision: 3,
    value: Buffer.alloc(9),
  },
];

test('what is packed is unpacked', () => {
  const unpacked = [...unpackRows(packRows(rows))].map(({ bytes: _, ...row }) => row);
  assert.deepEqual(unpacked, rows);
  assert.deepEqual([...unpackRows(packRows([]))], []);
});

test('the bytes of a row are all of it and nothing else', () => {
  const together = [...unpackRows(packRows(rows))].map(({ bytes }) => Buffer.from(bytes));
  assert.deepEqual(
    together,
    rows.map((row) => Buffer.from(packRows([row]))),
  );
});

test('ids go up with the revision, then with the place, and tell the revision', () => {
  const ids = [rowId(1, 0), rowId(1, COMMIT_WRITES_MAX - 1), rowId(2, 0), rowId(2 ** 42, 7)];
  assert.deepEqual(
    ids.toSorted((a, b) => a - b),
    ids,
  );
  assert.deepEqual(ids.map(revisionOf), [1, 1, 2, 2 ** 42]);
  assert.ok(Number.isSafeInteger(rowId(2 ** 43 - 1, COMMIT_WRITES_MAX - 1)));
});
