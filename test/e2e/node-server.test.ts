// What only this can prove: that a node's server outlives what its callers send, and lets go of
// connections that were led elsewhere when it is closed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { connect } from 'node:tls';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { Pki } from '../../src/cmd/pki.ts';
import { type NodeServer, startNodeServer } from '../../src/runtime/node-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'node-server-'));
const pki = new Pki(folder, systemClock, systemRandom);
const serving = pki.keyPair('node', {
  subject: { commonName: 'node' },
  usages: ['server'],
  names: ['127.0.0.1'],
});
const caller = pki.keyPair('caller', { subject: { commonName: 'api' }, usages: ['client'] });
let server: NodeServer;
let streams: Server;
const led: Socket[] = [];

before(async () => {
  streams = createServer().on('upgrade', (_, socket: Socket) => {
    led.push(socket);
    socket.resume(); // Else its end isn't seen.
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
  });
  await new Promise<void>((resolve) => streams.listen(0, '127.0.0.1', resolve));
  const { port } = streams.address() as AddressInfo;
  server = await startNodeServer(
    {
      handle: async ({ path }) => ({ status: 200, contentType: 'text/plain', body: path }),
      stream: async () => ({ url: `http://127.0.0.1:${port}/` }),
    },
    {
      host: '127.0.0.1',
      port: 0,
      cert: serving.cert,
      key: serving.key,
      clientCa: pki.ca,
      allows: ({ name }) => name === 'api',
    },
  );
});

after(() => {
  streams.closeAllConnections();
  streams.close();
  for (const socket of led) socket.destroy();
  rmSync(folder, { recursive: true });
});

/** Sends text and resolves to the connection and the first line that comes back. */
async function send(text: string): Promise<{ socket: Socket; line: string }> {
  const { cert, key } = caller;
  const socket = connect({ host: '127.0.0.1', port: server.port, ca: pki.ca, cert, key });
  await once(socket, 'secureConnect');
  socket.write(text);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return { socket, line: chunk.toString().split('\r\n')[0]! };
}

for (const [path, line] of [
  ['/healthz', 'HTTP/1.1 200 OK'],
  ['//', 'HTTP/1.1 400 Bad Request'],
  ['/%ff', 'HTTP/1.1 200 OK'],
]) {
  test(`a request for ${path} is answered with ${line}`, async () => {
    const answered = await send(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.equal(answered.line, line);
    answered.socket.destroy();
  });
}

test('a WebSocket without a key is refused, and the runtime is let go', async () => {
  const head = 'Host: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n';
  const protocol = 'Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n';
  const gone = once(streams, 'upgrade').then(([, socket]) => once(socket, 'end'));
  const { socket, line } = await send(`GET /exec HTTP/1.1\r\n${head}${protocol}\r\n`);
  assert.equal(line, 'HTTP/1.1 400 Bad Request');
  socket.destroy();
  await gone;
});

test('the kernel asks after callers that are silent: so those without power are noticed', async () => {
  const { socket } = await send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  while (timerOf(socket) === SENDING) await setImmediate();
  assert.equal(timerOf(socket), KEEPING_ALIVE);
  socket.destroy();
});

const SENDING = '01';
const KEEPING_ALIVE = '02';

/** Which timer the kernel has set for the server's end of a connection; see proc(5). */
function timerOf({ localPort }: Socket): string | undefined {
  const hex = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const ends = new RegExp(`${hex(server.port)}\\S+${hex(localPort!)}`);
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  const words = lines
    .find((line) => ends.test(line))
    ?.trim()
    .split(/\s+/);
  return words?.[5]?.slice(0, 2);
}

test('a connection that was led on ends with the server', async () => {
  const { socket, line } = await send(
    'GET /exec HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  );
  assert.equal(line, 'HTTP/1.1 101 Switching Protocols');
  socket.on('error', () => {});
  const gone = once(led.at(-1)!, 'end');
  await server.close();
  await gone;
});
