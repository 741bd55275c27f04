import assert from 'node:assert/strict';
import test from 'node:test';
import { formatCheck, formatOf } from './formats.ts';

// Goal: pin what each format takes and refuses where one would think otherwise; compared with
// kube-openapi's own checks.
const rows: readonly { format: string; takes: readonly string[]; refuses: readonly string[] }[] = [
  {
    format: 'hostname',
    takes: ['a', 'a-', 'a-b', 'a-b.cc', 'é'],
    refuses: ['', '2026-01-01', 'a-b-c', 'a.b', '-a', `${'a'.repeat(64)}.bc`],
  },
  {
    format: 'mac',
    takes: ['01:23:45:67:89:ab', '01-23-45-67-89-ab', '0123.4567.89ab', '0123456789ab'],
    refuses: ['01:23:45:67:89', '01:23-45:67:89:ab', '0123456789a', ''],
  },
  { format: 'ipv4', takes: ['10.0.0.1', '010.0.0.1', '::ffff:1.2.3.4'], refuses: ['10.0.0.256'] },
  { format: 'cidr', takes: ['10.0.0.0/8', 'fd00::/8'], refuses: ['10.0.0.0/33', '10.0.0.0'] },
  { format: 'uri', takes: ['https://a.b/c', '/rel', 'fe80::1%eth0'], refuses: ['', 'rel', ':a'] },
  { format: 'email', takes: ['a@b', '"a b"@c.d', 'Ann <a@b.c>'], refuses: ['a', 'a b@c.d'] },
  { format: 'byte', takes: ['YWJj', 'YQ=='], refuses: ['', 'YWJ'] },
  { format: 'duration', takes: ['1h30m', '2 days'], refuses: ['', '5'] },
  { format: 'k8s-short-name', takes: ['a-1'], refuses: ['', 'a.b', 'A', 'a'.repeat(64)] },
  { format: 'k8s-long-name', takes: ['a-1', 'a.b'], refuses: ['', 'a..b', 'A.b'] },
];

for (const { format, takes, refuses } of rows) {
  test(format, () => {
    const check = formatCheck(format)!;
    for (const text of takes) assert.equal(check(text), true, text);
    for (const text of refuses) assert.equal(check(text), false, text);
  });
}

test('a format holds for the types that can have it', () => {
  assert.equal(formatOf({ type: 'string', format: 'date' }), 'date');
  assert.equal(formatOf({ format: 'date' }), 'date');
  assert.equal(formatOf({ type: 'integer', format: 'int64' }), 'int64');
  assert.equal(formatOf({ type: 'integer', format: 'date' }), undefined);
  assert.equal(formatOf({ type: 'number', format: 'int64' }), undefined);
  assert.equal(formatOf({ type: 'object', format: 'date' }), undefined);
  assert.equal(formatOf({ type: 'string', format: 'colour' }), undefined);
});
