import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenersIn } from './netlink-listeners.ts';

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 0100007F:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2
   2: 020200C0:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3
   3: 020200C0:0050 090200C0:C001 01 00000000:00000000 00:00000000 00000000     0        0 4
`;
const TCP6 = `  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A
   1: 00000000000000000000000001000000:0019 00000000000000000000000000000000:0000 0A
`;

test('sockets that wait on addresses others can reach, and no connections', () => {
  const ports = (table: string) => listenersIn(table, 'TCP').map(({ port }) => port);
  assert.deepEqual(ports(TCP), [22, 8080]);
  assert.deepEqual(ports(TCP6), [22]);
});
