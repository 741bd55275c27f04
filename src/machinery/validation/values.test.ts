import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldPath } from '../field-path.ts';
import {
  checkCIdentifier,
  checkConfigMapKey,
  checkEnvVarName,
  checkPercent,
  checkPortName,
  checkPortNumber,
  checkStrictEnvVarName,
  checkUserId,
  validateDomainPrefixedPath,
  validateFullyQualifiedDomainName,
  validateNonNegativeOrPercent,
  validateNotMoreThan100Percent,
  validatePortNumberOrName,
} from './values.ts';

const KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

// Goal: each check accepts and refuses as Kubernetes does, with its texts.
for (const { check, value, want } of [
  { check: checkConfigMapKey, value: 'a.b_C-1', want: [] },
  { check: checkConfigMapKey, value: '', want: [KEY] },
  { check: checkConfigMapKey, value: 'a b', want: [KEY] },
  { check: checkConfigMapKey, value: '.', want: ["must not be '.'"] },
  { check: checkConfigMapKey, value: '..', want: ["must not be '..'"] },
  { check: checkConfigMapKey, value: '..x', want: ["must not start with '..'"] },
  { check: checkEnvVarName, value: 'A B!', want: [] },
  {
    check: checkEnvVarName,
    value: 'A=B',
    want: [
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    ],
  },
  { check: checkStrictEnvVarName, value: 'my.env-Name', want: [] },
  { check: checkPercent, value: '25%', want: [] },
  {
    check: checkPercent,
    value: '5',
    want: [
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
  },
  { check: checkCIdentifier, value: '_a1', want: [] },
  { check: checkPortName, value: 'http-2', want: [] },
  {
    check: checkPortName,
    value: '-A--',
    want: [
      'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'must contain at least one letter (a-z)',
      'must not contain consecutive hyphens',
      'must not begin or end with a hyphen',
    ],
  },
  { check: checkPortName, value: 'a'.repeat(16), want: ['must be no more than 15 characters'] },
]) {
  test(`${check.name || 'check'} of ${JSON.stringify(value)}`, () =>
    assert.deepEqual(check(value), want));
}

test('numbers in ranges', () => {
  assert.deepEqual(checkPortNumber(65535), []);
  assert.deepEqual(checkPortNumber(0), ['must be between 1 and 65535, inclusive']);
  assert.deepEqual(checkUserId(-1), ['must be between 0 and 2147483647, inclusive']);
});

const path = FieldPath.root.at('f');
const messages = (errors: readonly { message: string }[]) => errors.map(({ message }) => message);

test('numbers, percentages and ports', () => {
  assert.deepEqual(messages(validateNonNegativeOrPercent(-1, path)), [
    'Invalid value: -1: must be greater than or equal to 0',
  ]);
  assert.deepEqual(validateNonNegativeOrPercent('30%', path), []);
  assert.deepEqual(messages(validateNotMoreThan100Percent('150%', path)), [
    'Invalid value: "150%": must not be greater than 100%',
  ]);
  assert.deepEqual(validateNotMoreThan100Percent(150, path), []);
  assert.deepEqual(validatePortNumberOrName('http', path), []);
  assert.deepEqual(messages(validatePortNumberOrName(0, path)), [
    'Invalid value: 0: must be between 1 and 65535, inclusive',
  ]);
});

test('domain names and paths', () => {
  assert.deepEqual(validateFullyQualifiedDomainName('a.b.', path), []);
  assert.deepEqual(messages(validateFullyQualifiedDomainName('a', path)), [
    'Invalid value: "a": should be a domain with at least two segments separated by dots',
  ]);
  assert.deepEqual(validateDomainPrefixedPath('acme.io/foo', path), []);
  assert.deepEqual(messages(validateDomainPrefixedPath('acme.io/', path)), [
    'Invalid value: "acme.io/": must be a domain-prefixed path (such as "acme.io/foo")',
  ]);
});
