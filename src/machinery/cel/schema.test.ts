import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from './compile.ts';
import { escapeField } from './escaping.ts';
import { type DeclaringSchema, declareSchema } from './schema.ts';
import { optionalOf, printType } from './types.ts';
import { isError } from './values.ts';

// Goal: pin how fields are called, how large values are taken to get, and what rules see of them.

const NAMES: readonly (readonly [string, string | undefined])[] = [
  ['name', 'name'],
  ['namespace', '__namespace__'],
  ['in', '__in__'],
  ['a-b', 'a__dash__b'],
  ['a.b/c', 'a__dot__b__slash__c'],
  ['a__b', 'a__underscores__b'],
  ['_a', '_a'],
  ['1a', undefined],
  ['a b', undefined],
  ['', undefined],
  ['ü', undefined],
];

describe('names of fields', () => {
  for (const [name, want] of NAMES) test(name, () => assert.equal(escapeField(name), want));
});

interface Size {
  readonly name: string;
  readonly schema: DeclaringSchema;
  readonly want: number | undefined;
}

const SIZES: readonly Size[] = [
  { name: 'text', schema: { type: 'string' }, want: 3_145_726 },
  { name: 'bounded text', schema: { type: 'string', maxLength: 10 }, want: 40 },
  { name: 'enumerated', schema: { type: 'string', enum: ['a', 'abc'] }, want: 3 },
  { name: 'moment', schema: { type: 'string', format: 'date-time' }, want: 32 },
  { name: 'day', schema: { type: 'string', format: 'date' }, want: 12 },
  { name: 'span', schema: { type: 'string', format: 'duration' }, want: 32 },
  { name: 'bytes', schema: { type: 'string', format: 'byte', maxLength: 9 }, want: 9 },
  { name: 'list', schema: { type: 'array', items: { type: 'integer' } }, want: 1_572_863 },
  { name: 'list of texts', schema: { type: 'array', items: { type: 'string' } }, want: 1_048_575 },
  {
    name: 'bounded list',
    schema: { type: 'array', maxItems: 3, items: { type: 'integer' } },
    want: 3,
  },
  {
    name: 'map',
    schema: { type: 'object', additionalProperties: { type: 'boolean' } },
    want: 314_572,
  },
  {
    name: 'list of objects with required fields',
    schema: {
      type: 'array',
      items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
    },
    want: 241_978,
  },
  { name: 'integer or text', schema: { 'x-kubernetes-int-or-string': true }, want: 3_145_726 },
  { name: 'unknown', schema: {}, want: undefined },
];

describe('how large values get', () => {
  for (const { name, schema, want } of SIZES) {
    test(name, () => assert.equal(declareSchema(schema, false)?.maxElements, want));
  }
});

test('whole objects have a name, whatever their schema says', () => {
  const type = declareSchema({ type: 'object', properties: {} }, true)!;
  const { program } = compile("self.metadata.name + self.kind + '!'", { self: type });
  const { value } = program!.evaluate({ self: { kind: 'K', metadata: { name: 'n' } } });
  assert.equal(value, 'nK!');
});

test('an optional variable may lack', () => {
  const self = declareSchema({ type: 'integer' }, false)!;
  const variables = { self, oldSelf: optionalOf(self) };
  const { program } = compile('self >= oldSelf.orValue(5)', variables);
  assert.equal(program!.evaluate({ self: 4 }).value, false);
  assert.equal(program!.evaluate({ self: 4, oldSelf: 3 }).value, true);
  assert.deepEqual(
    ['self', 'oldSelf', 'other'].map((name) => program!.uses(name)),
    [...[true, true, false]],
  );
});

test('types are named after their place', () => {
  const schema = { type: 'object', properties: { a: { type: 'object', properties: {} } } };
  const self = declareSchema(schema, false)!;
  assert.equal(printType(compile('[self.a]', { self }).program!.type), 'list(selfType1.a)');
});

test('data that is not what its schema says is an error, not a crash', () => {
  const self = declareSchema({ type: 'object', properties: { n: { type: 'integer' } } }, false)!;
  const { program } = compile('self.n > 1', { self });
  for (const n of ['x', 1.5, {}, [], true])
    assert.ok(isError(program!.evaluate({ self: { n } }).value));
});

test('names that every object inherits are names like any other', () => {
  const self = declareSchema(
    { type: 'object', properties: { toString: { type: 'string' } } },
    false,
  )!;
  assert.equal(
    compile('has(self.toString)', { self }).program!.evaluate({ self: {} }).value,
    false,
  );
  assert.ok(compile('constructor', { self }).failure);
  assert.ok(compile('self.constructor', { self }).failure);
});

test('null is nothing in an object, and no integer in a list', () => {
  const items = { type: 'integer' };
  const schema = { type: 'object', properties: { n: items, l: { type: 'array', items } } };
  const self = declareSchema(schema, false)!;
  const data = { self: { n: null, l: [null] } };
  const result = (source: string) => compile(source, { self }).program!.evaluate(data).value;
  assert.equal(result('has(self.n)'), false);
  assert.deepEqual(result('self.n + 1'), result("{'m': 1}.n + 1"));
  assert.ok(isError(result('self.l[0] + 1')));
  assert.equal(result('self.l.exists(x, x + 1 == 2) || true'), true);
});

test('texts that a replacement would blow up, and patterns beyond the budget, are given up', () => {
  const self = declareSchema({ type: 'array', items: { type: 'string' } }, false)!;
  const long = 'a'.repeat(100_000);
  for (const rule of [
    "self[0].replace('', self[0]) == ''",
    'self[0].replace(self[1], self[0], 5000) == self[1]',
    "self[0].split('').join(self[0]) == ''",
    'self[0].matches(self[0])',
  ]) {
    const { program } = compile(rule, { self });
    assert.equal(program!.evaluate({ self: [long, 'a'] }).isExceeded, true, rule);
  }
});
