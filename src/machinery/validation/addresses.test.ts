import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldError } from '../field-error.ts';
import { FieldPath } from '../field-path.ts';
import {
  cidrWarnings,
  ipWarnings,
  validateCidr,
  validateInterfaceAddress,
  validateIp,
  validateLegacyCidr,
  validateLegacyIp,
} from './addresses.ts';

const path = FieldPath.root.at('ip');
const details = (errors: readonly FieldError[]): string[] =>
  errors.map(({ message }) => message.replace(/^Invalid value: "[^"]*": /, ''));

// Goal: addresses and networks pass, fail and warn as in Kubernetes 1.36.
for (const { check, value, want } of [
  { check: validateLegacyIp, value: '10.0.0.1', want: [] },
  { check: validateLegacyIp, value: 'FE80::0', want: [] },
  { check: validateLegacyIp, value: '010.0.0.1', want: ['must not have leading 0s'] },
  {
    check: validateLegacyIp,
    value: '::ffff:1.2.3.4',
    want: ['must not be an IPv4-mapped IPv6 address'],
  },
  {
    check: validateLegacyIp,
    value: '1.2.3',
    want: ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  },
  { check: validateIp, value: 'FE80::0', want: ['must be in canonical form ("fe80::")'] },
  { check: validateLegacyCidr, value: '10.0.0.0/8', want: [] },
  {
    check: validateLegacyCidr,
    value: '10.1.2.3/24',
    want: ['must not have bits set beyond the prefix length'],
  },
  {
    check: validateLegacyCidr,
    value: '10.0.0.0/08',
    want: ['must not have leading 0s in IP or prefix length'],
  },
  {
    check: validateLegacyCidr,
    value: '10.0.0.0/33',
    want: ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
  },
  {
    check: validateCidr,
    value: '2001:DB8::/64',
    want: ['must be in canonical form ("2001:db8::/64")'],
  },
  { check: validateInterfaceAddress, value: '192.168.1.5/24', want: [] },
  {
    check: validateInterfaceAddress,
    value: '192.168.01.5/24',
    want: ['must be in canonical form ("192.168.1.5/24")'],
  },
]) {
  test(`${check.name} of ${value}`, () => assert.deepEqual(details(check(value, path)), want));
}

test('values of the stored object may stay', () => {
  assert.deepEqual(validateLegacyIp('010.0.0.1', path, ['010.0.0.1']), []);
});

test('warnings', () => {
  assert.deepEqual(ipWarnings('2001:DB8::1', path), [
    'ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
  ]);
  assert.deepEqual(ipWarnings('::ffff:1.2.3.4', path), [
    'ip: non-standard IP address "::ffff:1.2.3.4" is invalid: use "1.2.3.4"',
  ]);
  assert.deepEqual(cidrWarnings('10.1.2.3/24', path), [
    'ip: CIDR value "10.1.2.3/24" is ambiguous in this context (should be "10.1.2.0/24" or "10.1.2.3/32"?)',
  ]);
  assert.deepEqual(cidrWarnings('10.0.0.0/8', path), []);
});
