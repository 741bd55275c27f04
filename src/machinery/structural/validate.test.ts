import assert from 'node:assert/strict';
import test from 'node:test';
import { FieldPath } from '../field-path.ts';
import { Correlation } from './correlation.ts';
import type { JsonSchema } from './schema.ts';
import { validateValue } from './validate.ts';

// Goal: pin what each keyword refuses, to the letter.

const told = (schema: JsonSchema, value: unknown, path?: FieldPath): string[] =>
  validateValue({ v: value }, { type: 'object', properties: { v: schema } }, path && { path }).map(
    ({ field, message }) => `${field}: ${message}`,
  );

const rows: readonly { name: string; schema: JsonSchema; value: unknown; want: string[] }[] = [
  {
    name: 'another type',
    schema: { type: 'string' },
    value: 1,
    want: ['v: Invalid value: "integer": v in body must be of type string: "integer"'],
  },
  { name: 'whole numbers are numbers', schema: { type: 'number' }, value: 1, want: [] },
  {
    name: 'fractions are no integers',
    schema: { type: 'integer' },
    value: 1.5,
    want: [
      'v: Invalid value: "number": v in body must be of type integer: "number"',
      '<nil>: Invalid value: "": Checked value must be of type integer (default format) in v',
    ],
  },
  {
    name: 'a format of numbers stands for the type in messages',
    schema: { type: 'integer', format: 'int32' },
    value: true,
    want: ['v: Invalid value: "": v in body must be of type int32: ""'],
  },
  {
    name: 'more than 32 bits',
    schema: { type: 'integer', format: 'int32' },
    value: 2 ** 31,
    want: [
      '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in v',
    ],
  },
  {
    name: 'a format that values of the type cannot have',
    schema: { type: 'boolean', format: 'ipv4' },
    value: 'x',
    want: ['v: Invalid value: "string": v in body must be of type boolean: "string"'],
  },
  {
    name: 'a fault that several alternatives find is told once',
    schema: { allOf: [{ required: ['a'] }, { required: ['a'] }] },
    value: {},
    want: [
      'v.a: Required value',
      '<nil>: Invalid value: "": "v" must validate all the schemas (allOf). None validated',
    ],
  },
  {
    name: 'keys of what is not among the values are sorted',
    schema: { enum: ['a'] },
    value: { b: 1, a: 2 },
    want: ['v: Unsupported value: {"a":2,"b":1}: supported values: "a"'],
  },
  {
    name: 'null where none may be',
    schema: { type: 'string' },
    value: null,
    want: ['v: Invalid value: "null": v in body must be of type string: "null"'],
  },
  { name: 'null', schema: { type: 'string', nullable: true }, value: null, want: [] },
  {
    name: 'int or string',
    schema: { 'x-kubernetes-int-or-string': true },
    value: true,
    want: ['v: Invalid value: "boolean": v in body must be of type integer,string: "boolean"'],
  },
  {
    name: 'an enumeration',
    schema: { type: 'integer', enum: [1, 2] },
    value: 3,
    want: ['v: Unsupported value: 3: supported values: "1", "2"'],
  },
  {
    name: 'a text that is too long, counted in characters',
    schema: { type: 'string', maxLength: 2 },
    value: '😀😀😀',
    want: ['v: Too long: may not be more than 2 bytes'],
  },
  { name: 'characters', schema: { type: 'string', maxLength: 2 }, value: '😀😀', want: [] },
  {
    name: 'a text that is too short',
    schema: { type: 'string', minLength: 2 },
    value: 'a',
    want: ['v: Invalid value: "a": v in body should be at least 2 chars long'],
  },
  {
    name: 'a pattern',
    schema: { type: 'string', pattern: '^a+$' },
    value: 'b',
    want: ['v: Invalid value: "b": v in body should match \'^a+$\''],
  },
  {
    name: 'a format',
    schema: { type: 'string', format: 'date-time' },
    value: 'soon',
    want: ['v: Invalid value: "soon": v in body must be of type date-time: "soon"'],
  },
  { name: 'an unknown format', schema: { type: 'string', format: 'odd' }, value: 'x', want: [] },
  {
    name: 'limits',
    schema: { type: 'integer', minimum: 5, exclusiveMinimum: true },
    value: 5,
    want: ['v: Invalid value: 5: v in body should be greater than 5'],
  },
  {
    name: 'limits of fractions',
    schema: { type: 'number', maximum: 1.5 },
    value: 2.25,
    want: ['v: Invalid value: 2.25: v in body should be less than or equal to 1.5'],
  },
  { name: 'decimal multiples', schema: { type: 'number', multipleOf: 0.1 }, value: 0.3, want: [] },
  {
    name: 'a forbidden property',
    schema: { type: 'object', additionalProperties: false },
    value: { a: 1 },
    want: ['v: Invalid value: "a": v.a in body is a forbidden property'],
  },
  {
    name: 'what of several schemas comes closest',
    schema: { type: 'string', anyOf: [{ maxLength: 1 }, { enum: ['abc'] }] },
    value: 'xyz',
    want: [
      '<nil>: Invalid value: "": "v" must validate at least one schema (anyOf)',
      'v: Too long: may not be more than 1 byte',
    ],
  },
  {
    name: 'a name of the prototype that is required',
    schema: { type: 'object', required: ['constructor'] },
    value: {},
    want: ['v.constructor: Required value'],
  },
];

for (const { name, schema, value, want } of rows) {
  test(name, () => assert.deepEqual(told(schema, value), want));
}

test('a part is told of where it stands', () => {
  const found = told({ type: 'string' }, 1, FieldPath.root.at('status'));
  assert.deepEqual(found, [
    'status.v: Invalid value: "integer": v in body must be of type string: "integer"',
  ]);
});

test('what was accepted before and did not change stays', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: {
      a: { type: 'string', maxLength: 1 },
      list: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { type: 'string' }, n: { maximum: 1 } } },
      },
    },
  };
  const old = {
    a: 'long',
    list: [
      { k: 'x', n: 5 },
      { k: 'y', n: 6 },
    ],
  };
  const check = (value: object) =>
    validateValue(value, schema, { correlation: new Correlation(value, old, schema) });
  assert.deepEqual(check({ a: 'long', list: [{ k: 'y', n: 6 }] }), []);
  assert.equal(check({ a: 'longer', list: [{ k: 'y', n: 7 }] }).length, 2);
});

test('no pattern takes longer than its text is long', () => {
  const schema: JsonSchema = { type: 'string', pattern: '^(a+)+$' };
  assert.equal(told(schema, `${'a'.repeat(20_000)}b`).length, 1);
});
