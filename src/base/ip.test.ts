import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCidr, formatIp, isInNetwork, isMapped, parseCidr, parseIp, unmapped } from './ip.ts';

// Goal: addresses read and print as RFC 4291 and RFC 5952 say; undefined is not an address.
for (const [text, want] of [
  ['10.0.0.255', '10.0.0.255'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['::ffff:1.2.3.4', '::ffff:102:304'],
  ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ['1.2.3', undefined],
  ['1.2.3.256', undefined],
  ['01.2.3.4', undefined],
  ['', undefined],
  [':', undefined],
  [':::', undefined],
  ['1::2::3', undefined],
  ['1:2:3:4:5:6:7', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1:2:3:4:5:6:7::8', undefined],
  ['1.2.3.4::', undefined],
  ['fe80::1%eth0', undefined],
  ['12345::', undefined],
] as const) {
  test(`address ${text}`, () => {
    const address = parseIp(text);
    assert.equal(address && formatIp(address), want);
  });
}

test('older software took leading zeros', () => {
  assert.equal(formatIp(parseIp('010.002.3.04', { leadingZeros: true })!), '10.2.3.4');
});

test('an IPv4 address in IPv6 form is known as such', () => {
  const mapped = parseIp('::ffff:1.2.3.4')!;
  assert.equal(isMapped(mapped), true);
  assert.equal(formatIp(unmapped(mapped)), '1.2.3.4');
});

test('networks', () => {
  assert.equal(formatCidr(parseCidr('10.1.2.3/24')!), '10.1.2.3/24');
  for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '::/129', '/8']) {
    assert.equal(parseCidr(text), undefined, text);
  }
  const network = parseCidr('10.1.2.3/24')!;
  assert.equal(isInNetwork(network, parseIp('10.1.2.255')!), true);
  assert.equal(isInNetwork(network, parseIp('10.1.3.0')!), false);
  assert.equal(isInNetwork(network, parseIp('::a01:200')!), false);
  assert.equal(isInNetwork(parseCidr('0.0.0.0/0')!, parseIp('1.2.3.4')!), true);
});
