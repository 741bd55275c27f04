import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkNameIsLabel,
  checkPathSegmentName,
  checkWildcardDns1123Subdomain,
} from './names.ts';

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DNS_1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const WILDCARD =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

// Goal: names pass and fail as they do in Kubernetes, with its texts.
for (const { check, value, want } of [
  { check: checkDns1123Label, value: 'a', want: [] },
  { check: checkDns1123Label, value: '1-a', want: [] },
  { check: checkDns1123Label, value: 'a'.repeat(63), want: [] },
  { check: checkDns1123Label, value: '', want: [LABEL] },
  { check: checkDns1123Label, value: '-a', want: [LABEL] },
  { check: checkDns1123Label, value: 'A', want: [LABEL] },
  { check: checkDns1123Label, value: 'a\n', want: [LABEL] },
  { check: checkDns1123Label, value: 'a.b', want: ['must not contain dots'] },
  {
    check: checkDns1123Label,
    value: `${'a'.repeat(63)}_`,
    want: ['must be no more than 63 characters', LABEL],
  },
  { check: checkDns1123Subdomain, value: 'a.b-c.1', want: [] },
  { check: checkDns1123Subdomain, value: 'a..b', want: [SUBDOMAIN] },
  {
    check: checkDns1123Subdomain,
    value: 'a'.repeat(254),
    want: ['must be no more than 253 characters'],
  },
  { check: checkDns1035Label, value: 'a1', want: [] },
  { check: checkDns1035Label, value: '1a', want: [DNS_1035] },
  { check: checkWildcardDns1123Subdomain, value: '*.a.b', want: [] },
  { check: checkWildcardDns1123Subdomain, value: '*.*.b', want: [WILDCARD] },
  { check: checkPathSegmentName, value: 'system:node', want: [] },
  { check: checkPathSegmentName, value: '..', want: ["may not be '..'"] },
  {
    check: checkPathSegmentName,
    value: 'a/%',
    want: ["may not contain '/'", "may not contain '%'"],
  },
]) {
  test(`${check.name} of ${JSON.stringify(value.slice(0, 20))}`, () =>
    assert.deepEqual(check(value), want));
}

test('a prefix may end in a dash, a name may not', () => {
  assert.deepEqual(checkNameIsLabel('web-', true), []);
  assert.deepEqual(checkNameIsLabel('web-'), [LABEL]);
  assert.deepEqual(checkNameIsLabel('-', true), [LABEL]);
  assert.deepEqual(checkPathSegmentName('..', true), []);
});
