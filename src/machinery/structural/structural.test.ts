import assert from 'node:assert/strict';
import test from 'node:test';
import { FieldPath } from '../field-path.ts';
import { finderByKeys } from './correlation.ts';
import { setSchemaDefaults } from './defaults.ts';
import { parseJsonPath } from './json-path.ts';
import { validateListTypes } from './list-types.ts';
import { pruneNulls, pruneUnknown } from './prune.ts';
import type { JsonSchema } from './schema.ts';
import { followPath } from './schema-path.ts';
import { structuralFaults } from './structural-rules.ts';

// Goal: pin what of an object stays, what comes in, and what a schema must be for that.

const object = (properties: Record<string, JsonSchema>): JsonSchema => ({
  type: 'object',
  properties,
});

test('what a schema does not know is pruned, in what keeps unknown fields too', () => {
  const schema = object({
    known: { type: 'string' },
    loose: {
      ...object({ strict: object({ a: { type: 'string' } }) }),
      'x-kubernetes-preserve-unknown-fields': true,
    },
    map: { type: 'object', additionalProperties: object({ a: { type: 'string' } }) },
    list: { type: 'array', items: object({}) },
  });
  const draft = {
    apiVersion: 'v',
    kind: 'K',
    metadata: { any: 1 },
    known: 'k',
    loose: { x: 1, strict: { a: 'a', b: 'b' } },
    map: { k: { a: 'a', b: 'b' } },
    list: [{ a: 1 }],
    constructor: 1,
  };
  const removed = pruneUnknown(draft, schema);
  assert.deepEqual(removed, ['constructor', 'list[0].a', 'loose.strict.b', 'map.k.b']);
  assert.deepEqual(draft.loose, { x: 1, strict: { a: 'a' } });
});

test('nulls go where nothing takes their place', () => {
  const schema = object({
    a: { type: 'string' },
    b: { type: 'string', nullable: true },
    c: { type: 'string', default: 'x' },
  });
  const draft = { a: null, b: null, c: null };
  pruneNulls(draft, schema);
  setSchemaDefaults(draft, schema);
  assert.deepEqual(draft, { b: null, c: 'x' });
});

test('defaults come in with what other defaults bring', () => {
  const schema = object({ o: { ...object({ n: { type: 'integer', default: 7 } }), default: {} } });
  const draft = {};
  setSchemaDefaults(draft, schema);
  assert.deepEqual(draft, { o: { n: 7 } });
});

test('defaults that hold each other do not grow without end', () => {
  let schema: JsonSchema = { type: 'string', default: 'x' };
  for (let i = 0; i < 6; i++) {
    const list = Array.from({ length: 100 }, () => ({}));
    schema = { type: 'array', items: object({ a: schema }), default: list };
  }
  assert.throws(() => setSchemaDefaults({}, object({ a: schema })), /too large with its defaults/);
});

test('elements of sets and maps differ', () => {
  const schema = object({
    s: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    m: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['p', 'n'],
      items: object({ p: { type: 'string' }, n: { type: 'integer' } }),
    },
  });
  const value = {
    s: ['a', 'a', 'a'],
    m: [
      { n: 1, p: 'x' },
      { p: 'x', n: 2 },
      { p: 'x', n: 1, z: 0 },
    ],
  };
  const found = validateListTypes(value, schema, FieldPath.root);
  assert.deepEqual(
    found.map(({ field, message }) => `${field}: ${message}`),
    ['s[1]: Duplicate value: "a"', 'm[2]: Duplicate value: {"n":1,"p":"x"}'],
  );
});

for (const { name, schema, want } of [
  {
    name: 'types have to be said',
    schema: object({ spec: {} }),
    want: [
      's.properties[spec].type: Required value: must not be empty for specified object fields',
    ],
  },
  {
    name: 'restrictions say no types, and speak of what is declared',
    schema: { ...object({ a: { type: 'string' } }), anyOf: [object({ b: { minLength: 1 } })] },
    want: [
      's.anyOf[0].type: Forbidden: must be empty to be structural',
      's.properties[b]: Required value: because it is defined in s.anyOf[0].properties[b]',
    ],
  },
  {
    name: 'metadata is what it is',
    schema: object({ metadata: object({ labels: { type: 'object' } }) }),
    want: [
      's.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
    ],
  },
  {
    name: 'a number or a text is told by the two exceptions only',
    schema: object({
      p: {
        'x-kubernetes-int-or-string': true,
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        pattern: '(',
      },
    }),
    want: [
      's.properties[p].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
    ],
  },
] as const) {
  test(name, () => {
    const found = structuralFaults(schema, FieldPath.root.at('s'));
    assert.deepEqual(
      found.map(({ field, message }) => `${field}: ${message}`),
      want,
    );
  });
}

const POD = {
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Odd', status: 'False' },
    ],
  },
  spec: { l: ['a', 'b', 'c'], 'odd.name': 1, m: { x: 1, y: 2 } },
};
for (const { path, want } of [
  { path: '.spec.l[0]', want: ['a'] },
  { path: '.spec.l[-1]', want: ['c'] },
  { path: '.spec.l[1:]', want: ['b', 'c'] },
  { path: '.spec.l[0,2]', want: ['a', 'c'] },
  { path: ".spec['odd.name']", want: [1] },
  { path: '.spec.odd\\.name', want: [1] },
  { path: '.spec.m.*', want: [1, 2] },
  { path: '..x', want: [1] },
  { path: '.spec.none.at.all', want: [] },
  { path: '.constructor', want: [] },
  { path: '.status.conditions[?(@.type=="Ready")].status', want: ['True'] },
  { path: ".status.conditions[?(@.status != 'True')].type", want: ['Odd'] },
]) {
  test(`${path} leads to its values`, () => {
    assert.deepEqual(parseJsonPath(path).find(POD), want);
  });
}

test('a path follows what a schema declares', () => {
  const schema = object({
    spec: object({ map: { type: 'object', additionalProperties: { type: 'string' } } }),
  });
  assert.equal(followPath(".spec.map['a.b']", schema).schema.type, 'string');
  assert.throws(() => followPath('.spec.none', schema), /does not refer to a valid field/);
  assert.throws(() => followPath('spec', schema), /expected \[ or \. but got: spec/);
  assert.throws(() => followPath(".spec.map['a", schema), /expected single quoted string/);
});

test('elements are found by their keys, whatever else they have or lack', () => {
  const keyed: JsonSchema = {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['a', 'b'],
  };
  const list = [{ a: 1, b: null }, { a: 1, v: 'lacks b' }, { a: 1, v: 'again' }, 'text', null];
  const find = finderByKeys(list, keyed);
  assert.equal(find({ a: 1, v: 'x' }), list[1]);
  assert.equal(find({ b: null, a: 1 }), list[0]);
  for (const other of [{ a: '1' }, { b: 1 }, 'text', null]) assert.equal(find(other), undefined);
});
