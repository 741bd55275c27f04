import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { createProbeTransport } from './probe-transport.ts';

// Goal: pin that a probe takes the answers of sloppy servers, as Kubernetes does.

const ANSWERS: readonly { name: string; answer: string; status: number; body: string }[] = [
  {
    name: 'lines that end as they should',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    status: 200,
    body: 'ok',
  },
  {
    name: 'lines that end with LF only',
    answer: 'HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 2\n\nok',
    status: 200,
    body: 'ok',
  },
  {
    name: 'a first line that ends with CR LF, and the rest with LF only',
    answer: 'HTTP/1.0 503 Service Unavailable\r\nConnection: close\nContent-Type: text/plain\n\nno',
    status: 503,
    body: 'no',
  },
];

for (const { name, answer, status, body } of ANSWERS)
  test(`an answer of ${name}`, async () => {
    const server = createServer((socket: Socket) => {
      socket.on('error', () => {}); // Who asks hangs up when it has heard enough.
      socket.once('data', () => socket.end(answer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const probe = { scheme: 'http', host: '127.0.0.1', port, path: '/', headers: {} } as const;
    try {
      const heard = await createProbeTransport(systemClock).http(probe, 10_000);
      assert.deepEqual(heard, { status, body });
    } finally {
      server.close();
    }
  });
