import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Draft, KubeObject } from '../../../src/machinery/object.ts';
import { WireServer } from '../../support/wire-server.ts';

// Goal: whoever watches, over whatever protocol and however slowly, gets every event once and in
// order or is told that it was cut off; and who doesn't read costs the others nothing.

let server: WireServer;
before(async () => {
  server = await WireServer.start();
});
after(() => server.stop());

const NAMESPACES = '/api/v1/namespaces';
const PADDING = 'x'.repeat(10_000);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The memory of buffers that somebody still has. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** A namespace with so many objects of 10 kB. */
async function fill(namespace: string, count: number): Promise<void> {
  await server.send('POST', NAMESPACES, { body: { metadata: { name: namespace } } });
  await change(namespace, count, 0);
}

/** Writes objects straight into the store, a thousand in a commit. */
async function change(namespace: string, count: number, version: number): Promise<void> {
  for (let from = 0; from < count; from += 1000) {
    const writes = Array.from({ length: Math.min(1000, count - from) }, (_, i) => {
      const name = `item-${from + i}`;
      const draft = {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { name, namespace, uid: name, labels: { version: `${version}` } },
        data: { padding: PADDING },
      } as unknown as Draft<KubeObject>;
      return { type: 'put', key: `/registry/configmaps/${namespace}/${name}`, draft } as const;
    });
    await server.store.commit(writes);
  }
}

const pathOf = (namespace: string, query: string): string =>
  `${NAMESPACES}/${namespace}/configmaps?watch=true&${query}`;

const ask = (path: string, version = '1.1'): string =>
  `GET ${path} HTTP/${version}\r\nhost: a\r\n\r\n`;

/** Events as `ADDED item-1 0`, as they come. */
class Events {
  readonly told: string[] = [];
  #rest = '';
  #wanted = { count: Number.POSITIVE_INFINITY, resolve: () => {} };

  feed(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
      const { name, labels } = object.metadata ?? {};
      if (name?.startsWith('item-')) this.told.push(`${type} ${name} ${labels?.version}`);
    }
    if (this.told.length >= this.#wanted.count) this.#wanted.resolve();
  }

  async until(count: number): Promise<void> {
    if (this.told.length >= count) return;
    await new Promise<void>((resolve) => {
      this.#wanted = { count, resolve };
    });
  }
}

/** Reads a response in HTTP/1.1's chunked coding, strictly. */
function readChunks(socket: TLSSocket): Events {
  const events = new Events();
  let bytes = Buffer.alloc(0);
  let isHead = true;
  socket.on('data', (arrived: Buffer) => {
    bytes = Buffer.concat([bytes, arrived]);
    if (isHead) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = bytes.toString('latin1', 0, end);
      assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
      assert.equal(head.match(/transfer-encoding: chunked/gi)?.length, 1);
      bytes = bytes.subarray(end + 4);
      isHead = false;
    }
    for (;;) {
      const end = bytes.indexOf('\r\n');
      if (end < 0) return;
      const size = Number.parseInt(bytes.toString('latin1', 0, end), 16);
      const next = end + 2 + size + 2;
      if (bytes.length < next) return;
      assert.equal(bytes.toString('latin1', next - 2, next), '\r\n');
      events.feed(bytes.toString('utf8', end + 2, next - 2));
      bytes = bytes.subarray(next);
    }
  });
  return events;
}

const numbered = (type: string, count: number, version: number): string[] =>
  Array.from({ length: count }, (_, i) => `${type} item-${i} ${version}`);

/** Keys are in the order of their text: that of the first state of a watch. */
const stateOf = (count: number): string[] => numbered('ADDED', count, 0).sort();

test('a first state of many megabytes comes whole, then what changes', async () => {
  await fill('whole', 1000);
  const socket = await server.connect();
  const events = readChunks(socket);
  socket.write(ask(pathOf('whole', 'timeoutSeconds=60')));
  await events.until(1000);
  await change('whole', 1000, 1);
  await events.until(2000);
  assert.deepEqual(events.told.slice(0, 1000).sort(), stateOf(1000));
  assert.deepEqual(events.told.slice(1000), numbered('MODIFIED', 1000, 1));
  socket.destroy();
});

test('the same over HTTP/2, with several on one connection', async () => {
  await fill('http2', 300);
  const session = server.connectHttp2();
  const all = Array.from({ length: 5 }, () => {
    const events = new Events();
    const stream = session.request({ ':path': pathOf('http2', 'timeoutSeconds=60') });
    stream.setEncoding('utf8').on('data', (text: string) => events.feed(text));
    return events;
  });
  for (const events of all) await events.until(300);
  await change('http2', 300, 1);
  for (const events of all) {
    await events.until(600);
    assert.deepEqual(events.told.slice(0, 300).sort(), stateOf(300));
    assert.deepEqual(events.told.slice(300), numbered('MODIFIED', 300, 1));
  }
  session.destroy();
});

test('over HTTP/1.0 it comes without chunks', async () => {
  await fill('old', 3);
  const socket = await server.connect();
  socket.write(ask(pathOf('old', 'timeoutSeconds=1'), '1.0'));
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end'); // The time is up.
  const text = Buffer.concat(chunks).toString();
  const events = new Events();
  events.feed(text.slice(text.indexOf('\r\n\r\n') + 4));
  assert.deepEqual(events.told.sort(), stateOf(3));
});

test('a watch that is asked for while a list is under way comes after it', async () => {
  await fill('behind', 50);
  const socket = await server.connect();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const list = `${NAMESPACES}/behind/configmaps`;
  socket.write(ask(list) + ask(pathOf('behind', 'timeoutSeconds=1')) + ask('/version'));
  const whole = () => Buffer.concat(chunks).toString('latin1');
  while (!whole().includes('"gitVersion"')) await once(socket, 'data');
  const heads = [...whole().matchAll(/HTTP\/1\.1 200 OK\r\n/g)].map(({ index }) => index);
  const [one = '', two = ''] = heads.map((at, i) => whole().slice(at, heads[i + 1]));
  assert.equal(heads.length, 3);
  assert.match(one, /"kind":"ConfigMapList".*\]\}$/s);
  assert.equal(two.match(/"type":"ADDED"/g)?.length, 50);
  assert.match(two, /\r\n0\r\n\r\n$/);
  socket.destroy();
});

test('HEAD of a watch is no method that there is', async () => {
  const { status, body } = await server.send('HEAD', pathOf('default', 'timeoutSeconds=1'));
  assert.equal(status, 405);
  assert.equal(body.length, 0);
});

test('whoever reads the first state slowly gets it whole, and takes no more memory than others', async () => {
  const count = 2000;
  await fill('slow', count);
  const socketOf = async () => {
    const socket = await server.connect();
    socket.pause();
    socket.write(ask(pathOf('slow', 'timeoutSeconds=60')));
    return socket;
  };
  const before = heldBytes();
  const sockets = await Promise.all(Array.from({ length: 20 }, socketOf));
  const events = readChunks(sockets[0]!);
  await change('slow', 10, 1); // A round trip: by now all of them have been begun.
  await server.send('GET', '/version');
  const grownBytes = heldBytes() - before;
  assert.ok(grownBytes < 100e6, `${grownBytes} bytes are held of ${20 * count * 10_000}`);
  sockets[0]!.resume();
  await events.until(count + 10);
  assert.deepEqual(events.told.slice(0, count).sort(), stateOf(count));
  assert.deepEqual(events.told.slice(count), numbered('MODIFIED', 10, 1));
  for (const socket of sockets) socket.destroy();
});

test('whoever doesn’t read at all is cut off, while others miss nothing', async () => {
  await fill('cut', 1);
  const { store } = server;
  const from = `timeoutSeconds=60&resourceVersion=${store.revision}`;
  const [stuck, fine] = [await server.connect(), await server.connect()];
  stuck.pause();
  const events = readChunks(fine);
  for (const socket of [stuck, fine]) socket.write(ask(pathOf('cut', from)));
  let isCut = false;
  stuck.on('error', () => {});
  stuck.on('close', () => {
    isCut = true;
  });
  const expected: string[] = [];
  for (let version = 1; version <= 8; version++) {
    await change('cut', 1000, version);
    expected.push(...numbered(version === 1 ? 'ADDED' : 'MODIFIED', 1000, version));
    await events.until(expected.length - 1);
  }
  await events.until(expected.length);
  expected[0] = 'MODIFIED item-0 1';
  assert.deepEqual(events.told, expected);
  stuck.resume();
  if (!isCut) await once(stuck, 'close');
  fine.destroy();
});
