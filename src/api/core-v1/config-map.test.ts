import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals } from '../fixture.ts';
import { configMaps } from './config-map.ts';

// Goal: keys are names of files, all of it is no more than a megabyte, and what is sealed stays.

const MEGABYTE = 1024 * 1024;

for (const { name, body, want } of [
  { name: 'nothing', body: {}, want: [] },
  { name: 'as much as there may be', body: { data: { a: 'x'.repeat(MEGABYTE) } }, want: [] },
  {
    name: 'a byte too many',
    body: { data: { a: 'x'.repeat(MEGABYTE) }, binaryData: { b: 'eA==' } },
    want: ['[]: Too long: may not be more than 1048576 bytes'],
  },
  {
    name: 'a key that leads elsewhere',
    body: { data: { '..': 'x' } },
    want: ['data[..]: Invalid value: "..": must not be \'..\''],
  },
  {
    name: 'a key in both maps',
    body: { data: { a: 'x' }, binaryData: { a: 'eA==' } },
    want: ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
  },
]) {
  test(`holds ${name}`, () => {
    const found = refusals(configMaps, body).map((text) => text.replace(/^<nil>\.?/, ''));
    assert.deepEqual(found, want);
  });
}

const sealed = made(configMaps, { immutable: true, data: { a: '1' } });
const FIXED = 'Forbidden: field is immutable when `immutable` is set';

for (const { name, previous = sealed, patch, want } of [
  { name: 'labels', patch: { metadata: { labels: { a: 'b' } } }, want: [] },
  { name: 'a value', patch: { data: { a: '2' } }, want: [`data: ${FIXED}`] },
  { name: 'bytes', patch: { binaryData: { b: 'eA==' } }, want: [`binaryData: ${FIXED}`] },
  { name: 'the seal', patch: { immutable: false }, want: [`immutable: ${FIXED}`] },
  {
    name: 'a value without a seal',
    previous: made(configMaps, { data: { a: '1' } }),
    patch: { data: { a: '2' }, immutable: true },
    want: [],
  },
]) {
  test(`${want.length > 0 ? 'keeps' : 'changes'} ${name}`, () => {
    assert.deepEqual(changed(configMaps, previous, patch).errors, want);
  });
}

test('the cell counts both maps', () => {
  const object = made(configMaps, { data: { a: '1', b: '2' }, binaryData: { c: 'eA==' } });
  assert.equal(cellsOf(configMaps, object).Data, 3);
});
