import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { type ClaimedPort, createPortClaims } from './port-claims.ts';

// Goal: a port has one holder on a machine, whoever it is, and the next one can have it afterwards.

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const at = (port: number, protocol = 'TCP', address = '127.0.0.1'): ClaimedPort => ({
  protocol,
  address,
  port,
});

for (const protocol of ['TCP', 'UDP']) {
  test(`${protocol}: what one has another can't, until it is released`, async () => {
    const [ours, theirs] = [createPortClaims(), createPortClaims()];
    const ports = [at(await freePort(), protocol)];
    assert.equal(ours.missing('a', ports), undefined);
    assert.equal(await ours.claim('a', ports), true);
    assert.deepEqual(ours.missing('a', ports), []);
    assert.equal(await theirs.claim('b', ports), true);
    assert.deepEqual(theirs.missing('b', ports), ports);
    assert.equal(await theirs.claim('b', ports), false, 'nothing is new');
    ours.release('a');
    assert.equal(await theirs.claim('b', ports), true);
    assert.deepEqual(theirs.missing('b', ports), []);
    theirs.close();
    assert.equal(theirs.missing('b', ports), undefined);
  });
}

test('a program that listens on all addresses has the port on each', async () => {
  const server = createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  const claims = createPortClaims();
  const ports = [at((server.address() as AddressInfo).port)];
  await claims.claim('a', ports);
  assert.deepEqual(claims.missing('a', ports), ports);
  server.close();
  claims.close();
});

test('a claim replaces the one before, and keeps what is in both', async () => {
  const [first, second] = [at(await freePort()), at(await freePort(), 'UDP')];
  const claims = createPortClaims();
  await claims.claim('a', [first, second]);
  await claims.claim('a', [second]);
  assert.equal(claims.missing('a', [first, second]), undefined, 'asked for no more');
  const server = createServer().listen(first.port, '127.0.0.1');
  await once(server, 'listening');
  const socket = createSocket('udp4').bind(second.port, '127.0.0.1');
  const [error] = await once(socket, 'error');
  assert.equal((error as NodeJS.ErrnoException).code, 'EADDRINUSE');
  socket.close();
  server.close();
  claims.close();
});

test('an address of another machine is not ours to hold', async () => {
  const claims = createPortClaims();
  const ports = [at(80, 'TCP', '192.0.2.77'), at(80, 'UDP', '192.0.2.77'), at(80, 'SCTP')];
  await claims.claim('a', ports);
  assert.deepEqual(claims.missing('a', ports), []);
  claims.close();
});
