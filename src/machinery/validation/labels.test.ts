import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldPath } from '../field-path.ts';
import {
  checkLabelValue,
  checkQualifiedName,
  hasInvalidSelectorValue,
  validateLabelSelector,
  validateLabels,
} from './labels.ts';

const FORM =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

// Goal: label keys pass and fail as in Kubernetes 1.36, with its texts.
for (const { key, want } of [
  { key: 'app', want: [] },
  { key: 'app.kubernetes.io/name', want: [] },
  { key: 'A.b_c-1', want: [] },
  { key: '', want: ['name part must be non-empty', `name part ${FORM}`] },
  { key: '/x', want: ['prefix part must be non-empty'] },
  { key: 'x/', want: ['name part must be non-empty', `name part ${FORM}`] },
  { key: 'A.B/x', want: [`prefix part ${SUBDOMAIN}`] },
  {
    key: `${'a'.repeat(254)}/x`,
    want: ['prefix part must be no more than 253 bytes'],
  },
  { key: '-x', want: [`name part ${FORM}`] },
  { key: 'a'.repeat(64), want: ['name part must be no more than 63 bytes'] },
  {
    key: 'a/b/c',
    want: [
      `a valid label key ${FORM} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
  },
]) {
  test(`label key ${JSON.stringify(key.slice(0, 30))}`, () =>
    assert.deepEqual(checkQualifiedName(key), want));
}

test('label values', () => {
  assert.deepEqual(checkLabelValue(''), []);
  assert.deepEqual(checkLabelValue('a.B_1'), []);
  assert.deepEqual(checkLabelValue('-x'), [VALUE]);
  assert.deepEqual(checkLabelValue('a'.repeat(64)), ['must be no more than 63 bytes']);
});

test('labels are reported at the map, with the offending text', () => {
  const errors = validateLabels(
    { 'a b': 'ok', ok: 'x y' },
    FieldPath.root.at('metadata', 'labels'),
  );
  assert.deepEqual(
    errors.map(({ field, message }) => `${field}: ${message}`),
    [
      `metadata.labels: Invalid value: "a b": name part ${FORM}`,
      `metadata.labels: Invalid value: "x y": ${VALUE}`,
    ],
  );
});

test('label selectors', () => {
  const errors = validateLabelSelector(
    {
      matchLabels: { app: 'x' },
      matchExpressions: [
        { key: 'a', operator: 'In' },
        { key: 'b', operator: 'Exists', values: ['x'] },
        { key: 'c', operator: 'Odd' },
        { key: '', operator: 'NotIn', values: ['ok', '-x'] },
      ],
    },
    FieldPath.root.at('spec', 'selector'),
  );
  const at = 'spec.selector.matchExpressions';
  assert.deepEqual(
    errors.map(({ field, message }) => `${field}: ${message}`),
    [
      `${at}[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      `${at}[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
      `${at}[2].operator: Invalid value: "Odd": not a valid selector operator`,
      `${at}[3].key: Invalid value: "": name part must be non-empty`,
      `${at}[3].key: Invalid value: "": name part ${FORM}`,
      `${at}[3].values[1]: Invalid value: "-x": ${VALUE}`,
    ],
  );
});

test('stored selectors may keep invalid values', () => {
  const selector = { matchExpressions: [{ key: 'a', operator: 'In', values: ['-x'] }] };
  assert.equal(hasInvalidSelectorValue(selector), true);
  const { root } = FieldPath;
  assert.deepEqual(validateLabelSelector(selector, root, { allowInvalidValues: true }), []);
});
