import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  duplicate,
  forbiddenField,
  internalFieldError,
  invalid,
  invalidObject,
  notSupported,
  OMITTED,
  required,
  tooFew,
  tooLong,
  tooMany,
  tooShort,
  typeInvalid,
  unknownReference,
} from './field-error.ts';
import { FieldPath } from './field-path.ts';

const path = FieldPath.root.at('spec', 'x');

// Goal: the texts of field errors are those of Kubernetes, value by value.
for (const [want, error] of [
  ['Invalid value: "a\\"b": bad', invalid(path, 'a"b', 'bad')],
  ['Invalid value: -1: bad', invalid(path, -1, 'bad')],
  ['Invalid value: true: bad', invalid(path, true, 'bad')],
  ['Invalid value: null: bad', invalid(path, undefined, 'bad')],
  ['Invalid value: {"b":1,"a":["\\u003c"]}: bad', invalid(path, { b: 1, a: ['<'] }, 'bad')],
  ['Invalid value: bad', invalid(path, OMITTED, 'bad')],
  ['Invalid value: "array": must be object', typeInvalid(path, 'array', 'must be object')],
  ['Required value', required(path)],
  ['Required value: really', required(path, 'really')],
  ['Duplicate value: "a"', duplicate(path, 'a')],
  ['Duplicate value: {"k":"a"}: once', duplicate(path, { k: 'a' }, 'once')],
  ['Forbidden: no', forbiddenField(path, 'no')],
  ['Not found: "ghost"', unknownReference(path, 'ghost')],
  ['Unsupported value: "z": supported values: "x", "y"', notSupported(path, 'z', ['x', 'y'])],
  ['Unsupported value: "z"', notSupported(path, 'z', [])],
  ['Too long: may not be more than 1 byte', tooLong(path, 1)],
  ['Too long: may not be more than 3 bytes', tooLong(path, 3)],
  ['Too short: must be at least 2 characters', tooShort(path, 2)],
  ['Too many: 3: must have at most 2 items', tooMany(path, 3, 2)],
  ['Too many: 2: must have at most 1 item', tooMany(path, 2, 1)],
  ['Too few: 0: must have at least 1 item', tooFew(path, 0, 1)],
  ['Internal error: broken', internalFieldError(path, 'broken')],
] as const) {
  test(want, () => {
    assert.equal(error.message, want);
    assert.equal(error.field, 'spec.x');
  });
}

test('paths print as Kubernetes prints them', () => {
  const { root } = FieldPath;
  assert.equal(`${root}`, '<nil>');
  assert.equal(`${root.index(0)}`, '[0]');
  assert.equal(`${root.at('a').index(1).at('b').key('x/y')}`, 'a[1].b[x/y]');
  assert.equal(`${root.at('annotations', '[odd')}`, 'annotations.[odd');
});

test('a single error stands plain, several in brackets, equal ones once', () => {
  const deployment = { group: 'apps', kind: 'Deployment' };
  const one = invalid(path, 1, 'bad');
  assert.equal(
    invalidObject(deployment, 'web', [one, one]).message,
    'Deployment.apps "web" is invalid: spec.x: Invalid value: 1: bad',
  );
  const status = invalidObject(deployment, 'web', [one, required(path)]).toStatus();
  assert.deepEqual(status.code, 422);
  assert.equal(
    status.message,
    'Deployment.apps "web" is invalid: [spec.x: Invalid value: 1: bad, spec.x: Required value]',
  );
  assert.deepEqual(status.details?.causes?.[1], {
    reason: 'FieldValueRequired',
    message: 'Required value',
    field: 'spec.x',
  });
});

test('an object without a name leaves it out of the details', () => {
  const { message, details } = invalidObject({ group: '', kind: 'Pod' }, '', [required(path)]);
  assert.equal(message, 'Pod "" is invalid: spec.x: Required value');
  assert.equal('name' in details!, false);
});
