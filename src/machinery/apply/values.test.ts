import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deepFreeze, draftOf } from '../object.ts';
import { compare } from './compare.ts';
import { fieldsOfConfiguration } from './fields-of.ts';
import { baskets } from './fixture.ts';
import { merge } from './merge.ts';
import { removeFields } from './remove.ts';
import type { ApplyType } from './type.ts';
import { typeErrors } from './validate.ts';

const spec: ApplyType = baskets.type.map!.fields.get('spec')!.type;

// Goal: which fields a configuration wants to own.
for (const { name, value, want } of [
  { name: 'scalars', value: { size: 1, note: '' }, want: { 'f:note': {}, 'f:size': {} } },
  { name: 'null is set on purpose', value: { size: null }, want: { 'f:size': {} } },
  {
    name: 'structures are not members',
    value: { inner: { a: 'x' } },
    want: { 'f:inner': { 'f:a': {} } },
  },
  { name: 'empty structures are', value: { inner: {} }, want: { 'f:inner': {} } },
  {
    name: 'maps',
    value: { labels: { b: '', a: '' } },
    want: { 'f:labels': { 'f:a': {}, 'f:b': {} } },
  },
  { name: 'atomic maps', value: { exact: { a: '' } }, want: { 'f:exact': {} } },
  { name: 'atomic structures', value: { selector: { match: {} } }, want: { 'f:selector': {} } },
  { name: 'atomic lists', value: { args: ['a'] }, want: { 'f:args': {} } },
  { name: 'sets', value: { tags: ['b', 'a'] }, want: { 'f:tags': { 'v:"a"': {}, 'v:"b"': {} } } },
  { name: 'empty sets own nothing', value: { tags: [] }, want: undefined },
  {
    name: 'elements of lists are members',
    value: { fruits: [{ name: 'b', weight: 1 }, { name: 'a' }] },
    want: {
      'f:fruits': {
        'k:{"name":"a"}': { '.': {}, 'f:name': {} },
        'k:{"name":"b"}': { '.': {}, 'f:name': {}, 'f:weight': {} },
      },
    },
  },
  {
    name: 'keys have defaults',
    value: { ports: [{ port: 1 }] },
    want: { 'f:ports': { 'k:{"port":1,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } },
  },
  {
    name: 'lists without a type merge as strategic merge patch does',
    value: { older: [{ name: 'a' }] },
    want: { 'f:older': { 'k:{"name":"a"}': { '.': {}, 'f:name': {} } } },
  },
  {
    name: 'free-form JSON',
    value: { free: { a: { b: [{ c: 1 }] } } },
    want: { 'f:free': { 'f:a': { '.': {}, 'f:b': { '.': {} } } } },
  },
  { name: 'one whole', value: { whole: { a: 1 } }, want: { 'f:whole': {} } },
]) {
  test(`fields: ${name}`, () => {
    const got = JSON.stringify(fieldsOfConfiguration(spec, deepFreeze(value)));
    // A leaf that says that it is one is the same as one that doesn't.
    assert.equal(got, JSON.stringify(want)?.replaceAll('{".":{}}', '{}'));
  });
}

// Goal: what a change adds or alters, and what it removes.
for (const { name, before, after, changed, removed } of [
  { name: 'nothing', before: { size: 1, tags: ['a'] }, after: { tags: ['a'], size: 1 } },
  { name: 'a scalar', before: { size: 1 }, after: { size: 2 }, changed: { 'f:size': {} } },
  { name: 'a new scalar', before: {}, after: { size: 2 }, changed: { 'f:size': {} } },
  { name: 'a scalar gone', before: { size: 1 }, after: {}, removed: { 'f:size': {} } },
  {
    name: 'a new structure, itself and all in it',
    before: {},
    after: { inner: { a: 'x', deeper: {} } },
    changed: { 'f:inner': { '.': {}, 'f:a': {}, 'f:deeper': {} } },
  },
  {
    name: 'a new element',
    before: { tags: ['a'] },
    after: { tags: ['b', 'a'] },
    changed: { 'f:tags': { 'v:"b"': {} } },
  },
  { name: 'another order', before: { tags: ['a', 'b'] }, after: { tags: ['b', 'a'] } },
  {
    name: 'another order of an atomic list',
    before: { args: ['a', 'b'] },
    after: { args: ['b', 'a'] },
    changed: { 'f:args': {} },
  },
  {
    name: 'an element gone',
    before: { fruits: [{ name: 'a', weight: 1 }, { name: 'b' }] },
    after: { fruits: [{ name: 'b', weight: 2 }] },
    changed: { 'f:fruits': { 'k:{"name":"b"}': { 'f:weight': {} } } },
    removed: { 'f:fruits': { 'k:{"name":"a"}': { '.': {}, 'f:name': {}, 'f:weight': {} } } },
  },
  {
    name: 'the same element twice, then once',
    before: {
      fruits: [
        { name: 'a', weight: 1 },
        { name: 'a', weight: 2 },
      ],
    },
    after: { fruits: [{ name: 'a', weight: 1 }] },
    changed: { 'f:fruits': { 'k:{"name":"a"}': { '.': {}, 'f:name': {}, 'f:weight': {} } } },
    removed: { 'f:fruits': { 'k:{"name":"a"}': {} } },
  },
  {
    name: 'the same element once, then twice',
    before: { tags: ['a'] },
    after: { tags: ['a', 'a'] },
    changed: { 'f:tags': { 'v:"a"': {} } },
    removed: { 'f:tags': { 'v:"a"': {} } },
  },
  {
    name: 'null to empty',
    before: { labels: null },
    after: { labels: {} },
    changed: { 'f:labels': {} },
  },
  {
    name: 'null to something',
    before: { labels: null },
    after: { labels: { a: '' } },
    changed: { 'f:labels': { 'f:a': {} } },
  },
  {
    name: 'a text that becomes an object',
    before: { free: 'x' },
    after: { free: { a: 1 } },
    changed: { 'f:free': { '.': {}, 'f:a': {} } },
  },
  {
    name: 'an object that becomes a text',
    before: { free: { a: 1 } },
    after: { free: 'x' },
    changed: { 'f:free': {} },
    removed: { 'f:free': { 'f:a': {} } },
  },
] as { name: string; before: object; after: object; changed?: object; removed?: object }[]) {
  test(`difference: ${name}`, () => {
    const got = compare(spec, deepFreeze(before), deepFreeze(after));
    assert.deepEqual(got, { changed, removed });
  });
}

const fruits = (...names: string[]) => names.map((name) => ({ name }));

// Goal: what comes of a live value and a configuration, and in what order.
for (const { name, live, configured, want } of [
  {
    name: 'scalars',
    live: { size: 1, note: 'n' },
    configured: { size: 2 },
    want: { size: 2, note: 'n' },
  },
  {
    name: 'null for a scalar',
    live: { size: 1 },
    configured: { size: null },
    want: { size: null },
  },
  {
    name: 'null removes no part',
    live: { labels: { a: '1' } },
    configured: { labels: null },
    want: { labels: { a: '1' } },
  },
  {
    name: 'maps',
    live: { labels: { a: '1' } },
    configured: { labels: { b: '2' } },
    want: { labels: { a: '1', b: '2' } },
  },
  {
    name: 'atomic maps',
    live: { exact: { a: '1' } },
    configured: { exact: { b: '2' } },
    want: { exact: { b: '2' } },
  },
  {
    name: 'atomic lists',
    live: { args: ['a'] },
    configured: { args: ['b'] },
    want: { args: ['b'] },
  },
  {
    name: 'elements',
    live: { fruits: [{ name: 'a', weight: 1 }] },
    configured: { fruits: [{ name: 'a', parts: fruits('x') }] },
    want: { fruits: [{ name: 'a', weight: 1, parts: fruits('x') }] },
  },
  {
    name: 'new elements go last',
    live: { tags: ['a', 'b'] },
    configured: { tags: ['c'] },
    want: { tags: ['a', 'b', 'c'] },
  },
  {
    name: 'the order of the configuration',
    live: { tags: ['a', 'b', 'c'] },
    configured: { tags: ['c', 'a'] },
    want: { tags: ['b', 'c', 'a'] },
  },
  {
    name: 'new elements go where they are named',
    live: { tags: ['a', 'x', 'b'] },
    configured: { tags: ['n', 'a', 'm', 'b'] },
    want: { tags: ['n', 'a', 'x', 'm', 'b'] },
  },
  {
    name: 'repeated elements are replaced',
    live: { fruits: [{ name: 'a', weight: 1 }, { name: 'a' }] },
    configured: { fruits: [{ name: 'a' }] },
    want: { fruits: [{ name: 'a' }] },
  },
]) {
  test(`merge: ${name}`, () => {
    assert.deepEqual(merge(spec, deepFreeze(live), deepFreeze(configured)), want);
  });
}

test('merge: nothing new is the live value itself, and what stays is shared', () => {
  const live = deepFreeze({ size: 1, tags: ['a', 'b'], inner: { a: 'x' }, fruits: fruits('a') });
  assert.equal(merge(spec, live, { tags: ['b'], inner: { a: 'x' } }), live);
  const merged = merge(spec, live, { size: 2 }) as typeof live;
  assert.equal(merged.fruits, live.fruits);
});

// Goal: what is left without some fields. What loses all becomes null.
for (const { name, value, fields, want } of [
  {
    name: 'a scalar',
    value: { size: 1, note: 'n' },
    fields: { 'f:size': {} },
    want: { note: 'n' },
  },
  {
    name: 'a structure with all in it',
    value: { size: 1, inner: { a: 'x' } },
    fields: { 'f:inner': {} },
    want: { size: 1 },
  },
  {
    name: 'the last in a structure',
    value: { size: 1, inner: { a: 'x' } },
    fields: { 'f:inner': { 'f:a': {} } },
    want: { size: 1, inner: null },
  },
  {
    name: 'an element',
    value: { tags: ['a', 'b'] },
    fields: { 'f:tags': { 'v:"a"': {} } },
    want: { tags: ['b'] },
  },
  {
    name: 'the last element',
    value: { size: 1, tags: ['a'] },
    fields: { 'f:tags': { 'v:"a"': {} } },
    want: { size: 1, tags: null },
  },
  {
    name: 'in an element',
    value: { fruits: [{ name: 'a', weight: 1 }] },
    fields: { 'f:fruits': { 'k:{"name":"a"}': { 'f:weight': {} } } },
    want: { fruits: [{ name: 'a' }] },
  },
  { name: 'all', value: { size: 1 }, fields: { 'f:size': {} }, want: null },
]) {
  test(`removal: ${name}`, () => {
    assert.deepEqual(removeFields(spec, deepFreeze(value), fields), want);
  });
}

test('removal: what is not there changes nothing', () => {
  const value = { size: 1, fruits: fruits('a') };
  assert.equal(
    removeFields(spec, value, { 'f:note': {}, 'f:fruits': { 'k:{"name":"b"}': {} } }),
    value,
  );
});

// Goal: what doesn't fit its type is told in Kubernetes' words.
for (const { value, want } of [
  { value: { size: 1, free: [1], limit: '1', whole: {} }, want: undefined },
  { value: { size: null, tags: null, inner: null }, want: undefined },
  { value: { ghost: 1, size: 'x' }, want: '.ghost: field not declared in schema' },
  { value: { size: 'x' }, want: '.size: expected numeric (int or float), got string' },
  {
    value: { size: { a: 1 } },
    want: '.size: expected numeric (int or float), got map[string]interface {}',
  },
  { value: { note: 5 }, want: '.note: expected string, got &value.valueUnstructured{Value:5}' },
  {
    value: { note: ['x'] },
    want: '.note: expected string, got &value.valueUnstructured{Value:[]interface {}{"x"}}',
  },
  { value: { open: 'yes' }, want: '.open: expected boolean, got &{yes}' },
  {
    value: { limit: { b: 1, a: ['x', null] } },
    want: '.limit: expected any scalar, got &{map[a:[x <nil>] b:1]}',
  },
  { value: { tags: 'x' }, want: '.tags: expected list, got &{x}' },
  { value: { labels: [1] }, want: '.labels: expected map, got &{[1]}' },
  { value: { tags: ['a', 'a'] }, want: '.tags: duplicate entries for key [="a"]' },
  {
    value: { args: ['a', 'a', 3] },
    want: '.args[2]: expected string, got &value.valueUnstructured{Value:3}',
  },
  {
    value: { fruits: [{ name: 'a', ghost: 1 }, { name: 'a' }] },
    want: 'errors:\n  .fruits[name="a"].ghost: field not declared in schema\n  .fruits: duplicate entries for key [name="a"]',
  },
  { value: { ports: [{}] }, want: undefined },
]) {
  test(`type errors of ${JSON.stringify(value)}`, () =>
    assert.equal(typeErrors(spec, value), want));
}

// Goal: a key that every object inherits something under is a key like any other.
for (const key of ['constructor', '__proto__', 'toString']) {
  test(`a label named ${key} comes and goes`, () => {
    const without = deepFreeze({ labels: { a: '1' } });
    const labels = deepFreeze(JSON.parse(`{"${key}":"x"}`));
    const merged = merge(spec, without, { labels }) as { labels: object };
    assert.deepEqual(Object.entries(merged.labels), [
      ['a', '1'],
      [key, 'x'],
    ]);
    const fields = { 'f:labels': { [`f:${key}`]: {} } };
    assert.deepEqual(compare(spec, without, merged), { changed: fields, removed: undefined });
    assert.deepEqual(compare(spec, merged, without), { changed: undefined, removed: fields });
    const other = { 'f:labels': { 'f:a': {} } };
    const left = removeFields(spec, merged, other) as { labels: object };
    assert.deepEqual(Object.keys(left.labels), [key]);
    assert.deepEqual(Object.keys(draftOf(left).labels), [key]);
  });
}
