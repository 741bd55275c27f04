import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameServersIn } from './dns-resolv-conf.ts';

test('name servers are read in order, whatever else stands there', () => {
  const text = `# by somebody
search a.test b.test
nameserver 192.0.2.53
nameserver\t2001:db8::53%eth0
  nameserver 127.0.0.53  # local
nameserver not-an-address
options ndots:5
`;
  assert.deepEqual(nameServersIn(text), ['192.0.2.53', '2001:db8::53', '127.0.0.53']);
});
