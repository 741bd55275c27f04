import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { bridgeExec, EXEC_PROTOCOL } from './exec-bridge.ts';
import { acceptWebSocket } from './websocket.ts';

// Goal: whatever becomes of an exec's client, the connection with the runtime ends with it, and a
// runtime that doesn't read makes the client wait, no more.

const streams = { stdin: true, stdout: true, stderr: false, tty: false };
const runtimes: Duplex[] = [];
const server = createServer();

before(async () => {
  server.on('upgrade', async (request, socket, head) => {
    const client = await acceptWebSocket(request, { socket, head }, EXEC_PROTOCOL);
    bridgeExec(client, runtimes.at(-1)!, { head: Buffer.alloc(0), streams });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

after(() => {
  server.closeAllConnections();
  server.close();
});

/** A client, and both ends of a connection to a runtime; the far one isn't read yet. */
async function bridged(): Promise<{ client: WebSocket; runtime: Duplex; far: Duplex }> {
  const [runtime, far] = duplexPair();
  runtimes.push(runtime);
  const { port } = server.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, EXEC_PROTOCOL);
  client.on('error', () => {});
  await once(client, 'open');
  return { client, runtime, far };
}

const rawSocketOf = (client: WebSocket) =>
  (client as unknown as { _socket: { write(bytes: Buffer): void } })._socket;

for (const { name, act } of [
  { name: 'closes', act: (client: WebSocket) => client.close() },
  { name: 'vanishes', act: (client: WebSocket) => client.terminate() },
  {
    name: 'sends a malformed frame',
    act: (client: WebSocket) => rawSocketOf(client).write(Buffer.of(0xff, 0xff, 0xff, 0xff)),
  },
  {
    name: 'sends a message without end',
    act: (client: WebSocket) => client.send(Buffer.alloc(17 << 20)),
  },
]) {
  test(`a client that ${name} takes the connection to the runtime with it`, async () => {
    const { client, runtime } = await bridged();
    const gone = once(runtime, 'close');
    act(client);
    await gone;
    client.terminate();
  });
}

test('a runtime that goes takes the client with it', async () => {
  const { client, runtime } = await bridged();
  const gone = once(client, 'close');
  runtime.destroy();
  assert.equal((await gone)[0], 1000);
});

test('many small messages wait for the runtime once, and all of them arrive', async () => {
  const { client, runtime, far } = await bridged();
  let waiting = 0;
  const full = new Promise<void>((resolve) => {
    runtime.on('newListener', (event) => {
      if (event !== 'drain') return;
      waiting++;
      resolve();
    });
  });
  for (let n = 0; n < 30_000; n++) client.send(Buffer.of(0, 97));
  await full;
  assert.equal(waiting, 1);
  let bytes = 0;
  for await (const chunk of far) {
    bytes += chunk.length;
    if (bytes >= 30_000 * 9) break; // Each in a frame of its own; before them come those that open.
  }
  client.terminate();
});
