import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { WireServer } from '../../support/wire-server.ts';

// Goal: whatever comes over a connection is answered in HTTP or ends that connection, and concerns
// nobody else: not the server, nor whoever stops it.

let server: WireServer;
before(async () => {
  server = await WireServer.start();
});
after(() => server.stop());

/** What the server says until it closes the connection. */
async function said(...pieces: (string | Buffer)[]): Promise<string> {
  const socket = await server.connect();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {}); // It closed before all was said.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const piece of pieces) socket.write(piece);
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}

const NAMESPACES = '/api/v1/namespaces';
const head = (first: string, ...more: string[]): string =>
  [`${first} HTTP/1.1`, 'host: a', 'connection: close', ...more, '', ''].join('\r\n');
const MEGABYTE = 'x'.repeat(1 << 20);

for (const { name, pieces, status } of [
  { name: 'no HTTP', pieces: ['hello\r\n\r\n'], status: 400 },
  {
    name: 'HTTP/2 where HTTP/1.1 was agreed on',
    pieces: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    status: 400,
  },
  {
    name: 'two lengths',
    pieces: [head(`POST ${NAMESPACES}`, 'content-length: 2', 'content-length: 3'), '{}'],
    status: 400,
  },
  {
    name: 'a length and chunks',
    pieces: [head(`POST ${NAMESPACES}`, 'content-length: 5', 'transfer-encoding: chunked')],
    status: 400,
  },
  {
    name: 'a URL of hundreds of names',
    pieces: [head(`GET ${NAMESPACES}?labelSelector=a+in+(${'x,'.repeat(20_000)}y)`)],
    status: 200,
  },
  {
    name: 'a body that says it is too long',
    pieces: [head(`POST ${NAMESPACES}`, 'content-length: 4000000'), MEGABYTE],
    status: 413,
  },
  {
    name: 'a body that turns out too long',
    pieces: [
      head(`POST ${NAMESPACES}`, 'transfer-encoding: chunked'),
      ...Array.from({ length: 4 }, () => `100000\r\n${MEGABYTE}\r\n`),
    ],
    status: 413,
  },
  { name: 'a tunnel', pieces: [head('CONNECT a:80')], status: undefined },
] as const) {
  test(`${name}: ${status ?? 'closed'}`, async () => {
    const text = await said(...pieces);
    const code = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
    assert.equal(code === undefined ? undefined : Number(code), status);
  });
}

test('a head that is too long is not taken', async () => {
  const text = await said(head('GET /version', `x: ${'x'.repeat(128 * 1024)}`));
  assert.match(text, /^(HTTP\/1\.1 431 .*|)$/m); // The answer may be lost as the connection closes.
});

test('a body that is cut off changes nothing', async () => {
  const socket = await server.connect();
  socket.on('error', () => {});
  socket.write(head(`POST ${NAMESPACES}`, 'content-length: 40'));
  socket.write('{"metadata":{"name":"cut"}}');
  socket.destroy();
  await once(socket, 'close');
  assert.equal((await server.send('GET', `${NAMESPACES}/cut`)).status, 404);
});

test('whoever may not write is told so before a body comes, and takes up no room', async () => {
  const socket = await server.connect({ isAnonymous: true });
  socket.on('error', () => {});
  socket.write(head(`POST ${NAMESPACES}`, 'content-length: 40'));
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 403 /);
  socket.destroy();
});

test('thousands of requests that are taken back at once end their connection alone', async () => {
  const storm = server.connectHttp2();
  storm.on('error', () => {});
  while (!storm.closed && !storm.destroyed) {
    for (let i = 0; i < 100 && !storm.closed; i++) {
      const stream = storm.request({ ':path': '/api/v1/pods' });
      stream.on('error', () => {});
      stream.close();
    }
    assert.equal((await server.send('GET', '/version')).status, 200);
  }
});

test('the certificate of a connection counts for all requests over it', async () => {
  const session = server.connectHttp2();
  session.on('error', () => {}); // It may end with the server.
  for (const _ of [1, 2]) {
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const stream = session.request({ ':method': 'POST', ':path': path });
    stream.end('{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}');
    let text = '';
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await once(stream, 'end');
    assert.equal(JSON.parse(text).status.userInfo.username, 'admin');
  }
  session.close();
});

const segment = fc.constantFrom(
  ...['api', 'apis', 'v1', 'apps', 'namespaces', 'default', 'pods', 'a', '', '%', '%2F', '%00'],
  ...['%zz', '..', 'status', 'log', 'exec', 'proxy', 'scale', 'binding', '__proto__', 'é', 'watch'],
  ...['healthz', 'metrics', 'openapi', 'v3', 'constructor', 'nodes', 'a:80', 'x'.repeat(300)],
);
const parameter = fc.tuple(
  fc.constantFrom('limit', 'continue', 'labelSelector', 'fieldSelector', 'resourceVersion'),
  fc.constantFrom(
    '1',
    '-1',
    'abc',
    '',
    '%',
    '%00',
    'a=b',
    '!a',
    'a in (b',
    '9'.repeat(30),
    '__proto__',
  ),
);
const header = fc.constantFrom(
  ...['accept: ;;,', 'accept: */*;q=x', 'accept: text/html', 'accept: application/yaml'],
  ...[
    'accept: application/json;as=Table;g=meta.k8s.io;v=v1',
    'impersonate-user:',
    'authorization: x',
  ],
  ...['impersonate-user: a', 'impersonate-extra-%zz: a', 'content-type: ;', 'expect: x'],
  ...['content-type: application/vnd.kubernetes.protobuf', 'content-type: __proto__', 'upgrade: x'],
  ...['content-type: application/apply-patch+yaml', 'content-type: application/json-patch+json'],
);
const body = fc.constantFrom(
  ...['', 'null', '[]', '{', '{"metadata":null}', '{"metadata":[]}', '{"__proto__":{}}', 'a: [b'],
  ...['k8s\0\n\x02v1', '\xff\xfe', '['.repeat(5000), '[{"op":"add","path":"/a/b","value":1}]'],
);
const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE');

test('nothing that is asked is a fault of the server', async () => {
  const asked = fc.record({
    method,
    root: fc.constantFrom('/', '/api/v1/', '/apis/apps/v1/', '/api/v1/namespaces/default/'),
    segments: fc.array(segment, { maxLength: 5 }),
    parameters: fc.array(parameter, { maxLength: 3 }),
    headers: fc.array(header, { maxLength: 3 }),
    body,
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ method, root, segments, parameters, headers, body }) => {
      const query = parameters.map((pair) => pair.join('=').replaceAll(' ', '+')).join('&');
      const target = `${root}${segments.join('/')}?${query}`;
      const length = method === 'GET' || method === 'HEAD' || body === '' ? 0 : body.length;
      const first = head(`${method} ${target}`, ...headers, `content-length: ${length}`);
      const text = await said(Buffer.from(first + body.slice(0, length), 'latin1'));
      // 500 says, as Kubernetes does, that options of a delete or a version can't be read.
      assert.match(text, /^HTTP\/1\.1 (2|4|301|500|501|503)/);
    }),
    { seed: 11, numRuns: 250 },
  );
  const faults = server.log.filter(({ level }) => level === 'error');
  assert.deepEqual(faults, []);
});

test('neither a client that says nothing nor an idle one keeps the server from ending', async () => {
  const other = await WireServer.start();
  const mute = connect(other.port, '127.0.0.1');
  mute.on('error', () => {});
  await once(mute, 'connect');
  const session = other.connectHttp2();
  session.on('error', () => {});
  const stream = session.request({ ':path': '/version' });
  await once(stream.resume(), 'end');
  stream.on('error', () => {});
  await other.stop(); // Else this waits until the time for a handshake is over, which is long.
  mute.destroy();
});
