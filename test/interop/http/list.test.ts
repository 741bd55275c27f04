import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, constants } from 'node:http2';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { WireServer } from '../../support/wire-server.ts';

// Goal: a list of many pieces arrives whole and unmixed, whoever reads how fast over whatever
// protocol; and a client that goes away in the middle concerns nobody else.

const PATH = '/api/v1/namespaces/default/configmaps';
const COUNT = 60;
/** Longer than two slabs, so that one of the items spans three. */
const LONG = 300_000;

const dataOf = (i: number): string => {
  const letter = String.fromCharCode(97 + (i % 26));
  return `${i}:${letter.repeat(i === 7 ? LONG : 20_000 + i)}`;
};

let server: WireServer;
before(async () => {
  server = await WireServer.start();
  for (let i = 0; i < COUNT; i++) {
    const metadata = { name: `item-${String(i).padStart(3, '0')}` };
    await server.send('POST', PATH, { body: { metadata, data: { value: dataOf(i) } } });
  }
});
after(() => server.stop());

interface Listed {
  readonly kind: string;
  readonly items: readonly { readonly data: { readonly value: string } }[];
}

function assertWhole(body: Buffer): void {
  const { kind, items } = JSON.parse(body.toString()) as Listed;
  assert.equal(kind, 'ConfigMapList');
  const found = items.filter(({ data }) => data.value !== undefined);
  assert.deepEqual(
    found.map(({ data }) => data.value),
    Array.from({ length: COUNT }, (_, i) => dataOf(i)),
  );
}

test('arrives whole, with its length', async () => {
  const { headers, body } = await server.send('GET', PATH);
  assert.equal(headers['content-length'], String(body.length));
  assertWhole(body);
});

test('arrives whole when it is compressed', async () => {
  const { headers, body } = await server.send('GET', PATH, {
    headers: { 'accept-encoding': 'br, gzip' },
  });
  assert.equal(headers['content-encoding'], 'gzip');
  assert.equal(headers.vary, 'Accept-Encoding');
  assert.ok(body.length < 100_000);
  assertWhole(gunzipSync(body));
});

for (const { name, accepted } of [
  { name: 'refused', accepted: 'gzip;q=0, identity' },
  { name: 'not named', accepted: 'x-gzip-like' },
]) {
  test(`isn't compressed when that is ${name}`, async () => {
    const headers = { 'accept-encoding': accepted };
    const answer = await server.send('GET', PATH, { headers });
    assert.equal(answer.headers['content-encoding'], undefined);
    assertWhole(answer.body);
  });
}

test('has no head of its own: HEAD is no method that there is', async () => {
  const { status, body } = await server.send('HEAD', PATH);
  assert.equal(status, 405);
  assert.equal(body.length, 0);
});

test('as a table, as YAML and in protobuf it comes as a whole', async () => {
  for (const accept of [
    'application/json;as=Table;g=meta.k8s.io;v=v1',
    'application/yaml',
    'application/vnd.kubernetes.protobuf',
  ]) {
    const { status, headers, body } = await server.send('GET', PATH, { headers: { accept } });
    assert.equal(status, 200);
    assert.equal(headers['content-length'], String(body.length));
  }
});

const bodyOver = async (session: ClientHttp2Session): Promise<Buffer> => {
  const stream = session.request({ ':path': PATH });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks);
};

test('several at once over one connection of HTTP/2 and others of HTTP/1.1 stay apart', async () => {
  const session = server.connectHttp2();
  const get = async () => (await server.send('GET', PATH)).body;
  const bodies = [bodyOver(session), get(), bodyOver(session), get(), bodyOver(session)];
  for (const body of await Promise.all(bodies)) assertWhole(body);
  session.close();
});

test('several in a row that were asked for at once come in order over one connection', async () => {
  const socket = await server.connect();
  const ask = `GET ${PATH} HTTP/1.1\r\nhost: a\r\n`;
  socket.write(`${ask}\r\n${ask}\r\n${ask}connection: close\r\n\r\n`);
  const answers = await responsesFrom(socket);
  assert.equal(answers.length, 3);
  for (const body of answers) assertWhole(body);
});

test('whoever reads slowly gets it all', async () => {
  const socket = await server.connect();
  socket.pause();
  socket.write(`GET ${PATH} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
  assertWhole((await server.send('GET', PATH)).body); // Nobody waits for the slow one.
  const answers = responsesFrom(socket);
  socket.resume();
  assertWhole((await answers)[0]!);
});

test('whoever goes away in the middle is forgotten', async () => {
  const socket = await server.connect();
  socket.write(`GET ${PATH} HTTP/1.1\r\nhost: a\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  const session = server.connectHttp2();
  const stream = session.request({ ':path': PATH, 'accept-encoding': 'gzip' });
  stream.on('error', () => {});
  await once(stream, 'response');
  stream.close(constants.NGHTTP2_CANCEL);
  assertWhole(await bodyOver(session));
  const cut = session.request({ ':path': PATH });
  cut.on('error', () => {});
  session.on('error', () => {});
  await once(cut, 'data');
  session.destroy();
  assertWhole((await server.send('GET', PATH)).body);
  assert.deepEqual(
    server.log.filter(({ level }) => level === 'error'),
    [],
  );
});

/** The bodies of all responses until the connection ends. */
async function responsesFrom(socket: TLSSocket): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  let bytes = Buffer.concat(chunks);
  const bodies: Buffer[] = [];
  while (bytes.length > 0) {
    const at = bytes.indexOf('\r\n\r\n') + 4;
    const head = bytes.toString('latin1', 0, at);
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    bodies.push(bytes.subarray(at, at + length));
    bytes = bytes.subarray(at + length);
  }
  return bodies;
}
