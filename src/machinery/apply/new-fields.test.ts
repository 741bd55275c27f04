import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './compare.ts';
import { basket, baskets } from './fixture.ts';
import { newFields } from './new-fields.ts';

// Goal: the text is the JSON of the set that a comparison with the empty object gives.

const cases: readonly (readonly [string, object, string])[] = [
  ['nothing is set', {}, ''],
  ['a number', { size: 1 }, '{"f:size":{}}'],
  ['the order is that of steps', { size: 1, note: 'a' }, '{"f:note":{},"f:size":{}}'],
  ['a set', { tags: ['b', 'a'] }, '{"f:tags":{".":{},"v:\\"a\\"":{},"v:\\"b\\"":{}}}'],
  ['a list of one value', { args: ['a'] }, '{"f:args":{}}'],
  ['a map', { labels: { b: '1', 'a"': '2' } }, '{"f:labels":{".":{},"f:a\\"":{},"f:b":{}}}'],
  ['an empty map', { labels: {} }, '{"f:labels":{}}'],
  ['a map of one value', { exact: { a: '1' } }, '{"f:exact":{}}'],
  [
    'elements with keys',
    { fruits: [{ name: 'b', weight: 1 }, { name: 'a' }] },
    '{"f:fruits":{".":{},"k:{\\"name\\":\\"a\\"}":{".":{},"f:name":{}},"k:{\\"name\\":\\"b\\"}":{".":{},"f:name":{},"f:weight":{}}}}',
  ],
  ['repeated elements', { tags: ['a', 'a'] }, '{"f:tags":{".":{},"v:\\"a\\"":{}}}'],
  ['what has no type', { free: { x: { y: 'z' } } }, '{"f:free":{".":{},"f:x":{".":{},"f:y":{}}}}'],
];

for (const [name, spec, text] of cases) {
  test(name, () => {
    const { spec: after } = basket(spec) as { spec: unknown };
    const type = baskets.type.map!.fields.get('spec')!.type;
    assert.equal(newFields(type, {}, after), text);
    const { changed } = compare(type, {}, after);
    assert.equal(changed ? JSON.stringify(changed) : '', text);
  });
}
