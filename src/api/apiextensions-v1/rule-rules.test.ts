import assert from 'node:assert/strict';
import test from 'node:test';
import { FieldPath } from '../../machinery/field-path.ts';
import { Correlation } from '../../machinery/structural/correlation.ts';
import { RuleValidator } from '../../machinery/structural/rule-validation.ts';
import type { JsonSchema } from '../../machinery/structural/schema.ts';
import { validateRules } from './rule-rules.ts';

// Goal: pin which rules a definition may have, and what rules do to objects.

const spec = (schema: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { spec: schema },
});
const told = (schema: JsonSchema): string[] =>
  validateRules(spec(schema), FieldPath.root.at('s')).map(
    ({ field, message }) => `${field}: ${message}`,
  );
const PATH = 's.properties[spec]';

for (const { name, schema, want } of [
  {
    name: 'a rule that is understood',
    schema: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 0' }] },
    want: [],
  },
  {
    name: 'a rule that says neither yes nor no',
    schema: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self + 1' }] },
    want: [
      /x-kubernetes-validations\[0\]\.rule: Invalid value: \{"Rule":"self \+ 1",.*\}: cel expression must evaluate to a bool$/,
    ],
  },
  {
    name: 'a rule that makes no sense',
    schema: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >' }] },
    want: [/compilation failed: ERROR: <input>:1:\d+: Syntax error/],
  },
  {
    name: 'old values that nobody can tell',
    schema: {
      type: 'array',
      maxItems: 2,
      items: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
    },
    want: [
      /oldSelf cannot be used on the uncorrelatable portion of the schema within s\.properties\[spec\]$/,
    ],
  },
  {
    name: 'optional old values that nobody looks at',
    schema: {
      type: 'integer',
      'x-kubernetes-validations': [{ rule: 'self > 0', optionalOldSelf: true }],
    },
    want: [/optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule$/],
  },
  {
    name: 'a rule that may cost too much',
    schema: {
      type: 'array',
      items: { type: 'string' },
      'x-kubernetes-validations': [{ rule: 'self.all(x, self.all(y, x == y))' }],
    },
    want: [
      /rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x \(try/,
      /rule: Forbidden: contributed to estimated rule cost total/,
      /^s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema/,
    ],
  },
  {
    name: 'optional old values in a rule that makes no sense',
    schema: {
      type: 'integer',
      'x-kubernetes-validations': [{ rule: 'oldSelf', optionalOldSelf: true }],
    },
    want: [
      /rule: Invalid value: .*: cel expression must evaluate to a bool$/,
      /optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule$/,
    ],
  },
  {
    name: 'a rule of values of which nothing is known',
    schema: {
      'x-kubernetes-preserve-unknown-fields': true,
      'x-kubernetes-validations': [{ rule: 'true' }],
    },
    want: [
      /x-kubernetes-validations: Internal error: internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations$/,
    ],
  },
  {
    name: 'a cheap rule beside one that costs too much',
    schema: {
      type: 'array',
      items: { type: 'string' },
      'x-kubernetes-validations': [
        { rule: 'self.size() > 0' },
        { rule: 'self.all(x, self.all(y, x == y))' },
      ],
    },
    want: [
      /\[1\]\.rule: Forbidden: estimated rule cost exceeds budget/,
      /\[1\]\.rule: Forbidden: contributed to estimated rule cost total/,
      /^s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema/,
    ],
  },
] as const) {
  test(name, () => {
    const found = told(schema as JsonSchema);
    assert.equal(found.length, want.length, found.join('\n'));
    for (const [i, pattern] of want.entries()) assert.match(found[i]!, pattern);
    if (found.length > 0) assert.ok(found.some((text) => text.includes(PATH)));
  });
}

const broken = (
  schema: JsonSchema,
  value: unknown,
  old?: unknown,
  warn?: (text: string) => void,
): string[] => {
  const whole = spec(schema);
  const [object, before] = [{ spec: value }, old === undefined ? undefined : { spec: old }];
  const correlation = before && new Correlation(object, before, whole);
  return new RuleValidator(whole)
    .validate(object, before, correlation, warn)
    .map(({ field, message }) => `${field}: ${message}`);
};

test('what did not change may go on breaking a rule', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: {
      a: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 0' }] },
      b: { type: 'integer' },
    },
  };
  const text = 'spec.a: Invalid value: -1: failed rule: self > 0';
  assert.deepEqual(broken(schema, { a: -1 }), [text]);
  const warnings: string[] = [];
  const warn = (each: string) => void warnings.push(each);
  assert.deepEqual(broken(schema, { a: -1, b: 2 }, { a: -1, b: 1 }, warn), []);
  assert.deepEqual(warnings, [text]);
  assert.deepEqual(broken(schema, { a: -1 }, { a: 1 }), [text]);
});

test('elements with keys are compared with what they were', () => {
  const schema: JsonSchema = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k'],
    items: {
      type: 'object',
      properties: { k: { type: 'string' }, n: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule: 'self.n >= oldSelf.n', fieldPath: '.n' }],
    },
  };
  const old = [
    { k: 'a', n: 5 },
    { k: 'b', n: 1 },
  ];
  const next = [
    { k: 'b', n: 2 },
    { k: 'a', n: 4 },
    { k: 'c', n: 0 },
  ];
  assert.deepEqual(broken(schema, next, old), [
    'spec[1].n: Invalid value: failed rule: self.n >= oldSelf.n',
  ]);
});

test('an object has a budget for all of its rules', () => {
  const rule = 'self.all(a, self.all(b, self.all(c, a + b + c >= 0)))';
  const rules = Array.from({ length: 30 }, () => ({ rule }));
  const schema: JsonSchema = {
    type: 'array',
    items: { type: 'integer' },
    'x-kubernetes-validations': rules,
  };
  const list = Array.from({ length: 300 }, (_, i) => i);
  const found = broken(schema, list);
  assert.equal(found.length, 1);
  assert.match(found[0]!, /no further validation rules will be run/);
});
