// Goal: calls end as the server says, and where it can't say, with what is known: above all whether
// the request can have reached it.
import assert from 'node:assert/strict';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { systemClock } from '../base/clock.ts';
import { HealthCheckRequestSchema, HealthCheckResponseSchema } from './generated/health_pb.js';
import { GRPC, GrpcClient, GrpcError } from './grpc-client.ts';

const METHOD = {
  name: 'Check',
  parent: { typeName: 'grpc.health.v1.Health' },
  input: HealthCheckRequestSchema,
  output: HealthCheckResponseSchema,
} as const;

const message = (status: number): Buffer => {
  const bytes = toBinary(HealthCheckResponseSchema, create(HealthCheckResponseSchema, { status }));
  const frame = Buffer.alloc(5 + bytes.length);
  frame.writeUInt32BE(bytes.length, 1);
  frame.set(bytes, 5);
  return frame;
};

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A client of a server that does this with each request. */
async function clientOf(
  serve: (stream: ServerHttp2Stream, body: Buffer) => void,
): Promise<GrpcClient> {
  const server: Http2Server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => serve(stream as ServerHttp2Stream, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new GrpcClient(systemClock, { host: '127.0.0.1', port });
  cleanUps.push(() => {
    client.close();
    for (const session of sessions) session.destroy();
    server.close();
  });
  return client;
}

const HEAD = { ':status': 200, 'content-type': 'application/grpc' };

function answer(stream: ServerHttp2Stream, messages: Buffer[], trailers: object): void {
  stream.respond(HEAD, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ ...trailers }));
  for (const each of messages) stream.write(each);
  stream.end();
}

const failure = (code: number, sent: boolean, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof GrpcError, String(error));
  assert.deepEqual([error.code, error.sent], [code, sent]);
  assert.match(error.message, text);
  return true;
};

test('a request is answered', async () => {
  const client = await clientOf((stream, body) => {
    const { service } = fromBinary(HealthCheckRequestSchema, body.subarray(5));
    assert.equal(service, 'web');
    answer(stream, [message(1)], { 'grpc-status': '0' });
  });
  assert.equal((await client.unary(METHOD, { service: 'web' })).status, 1);
});

test('an answer may come in pieces', async () => {
  const client = await clientOf((stream) => {
    const bytes = message(2);
    answer(stream, [bytes.subarray(0, 3), bytes.subarray(3, 6), bytes.subarray(6)], {
      'grpc-status': '0',
    });
  });
  assert.equal((await client.unary(METHOD, {})).status, 2);
});

test('an answer larger than any should be is not waited for', async () => {
  const client = await clientOf((stream) => {
    stream.respond(HEAD);
    stream.write(Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 0]));
  });
  await assert.rejects(client.unary(METHOD, {}), failure(GRPC.INTERNAL, true, /2147483647 bytes/));
});

test('a refusal carries its code and words', async () => {
  const client = await clientOf((stream) =>
    answer(stream, [], { 'grpc-status': '5', 'grpc-message': 'no such thing: 100%25' }),
  );
  await assert.rejects(
    client.unary(METHOD, {}),
    failure(GRPC.NOT_FOUND, true, /^no such thing: 100%$/),
  );
});

test('a refusal may come without a body', async () => {
  const client = await clientOf((stream) =>
    stream.respond({ ...HEAD, 'grpc-status': '12', 'grpc-message': 'what' }, { endStream: true }),
  );
  await assert.rejects(client.unary(METHOD, {}), failure(GRPC.UNIMPLEMENTED, true, /^what$/));
});

test('many answers come one by one', async () => {
  const client = await clientOf((stream) =>
    answer(stream, [Buffer.concat([message(1), message(2)]), message(3)], { 'grpc-status': '0' }),
  );
  const seen: number[] = [];
  const error = await new Promise((resolve) => {
    client.stream(METHOD, {}, { message: ({ status }) => seen.push(status), end: resolve });
  });
  assert.deepEqual([seen, error], [[1, 2, 3], undefined]);
});

test('who does not answer in time is given up, and told so', async () => {
  const closed = Promise.withResolvers<void>();
  const client = await clientOf((stream) => stream.on('close', () => closed.resolve()));
  const call = client.unary(METHOD, {}, { timeoutMs: 20 });
  await assert.rejects(call, failure(GRPC.DEADLINE_EXCEEDED, true, /deadline/));
  await closed.promise;
});

test('an aborted call ends at once', async () => {
  const client = await clientOf(() => {});
  const signal = AbortSignal.abort();
  await assert.rejects(
    client.unary(METHOD, {}, { signal }),
    failure(GRPC.CANCELED, true, /canceled/),
  );
});

test('a connection that breaks may have carried the request', async () => {
  const client = await clientOf((stream) => stream.session?.destroy());
  await assert.rejects(client.unary(METHOD, {}), failure(GRPC.UNAVAILABLE, true, /./));
});

test('one that was never made has not', async () => {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const client = new GrpcClient(systemClock, { host: '127.0.0.1', port });
  await assert.rejects(client.unary(METHOD, {}), failure(GRPC.UNAVAILABLE, false, /ECONNREFUSED/));
});

test('after a break the next call has a connection of its own', async () => {
  let calls = 0;
  const client = await clientOf((stream) => {
    if (calls++ === 0) stream.session?.destroy();
    else answer(stream, [message(1)], { 'grpc-status': '0' });
  });
  await assert.rejects(client.unary(METHOD, {}));
  assert.equal((await client.unary(METHOD, {})).status, 1);
});

test('an answer that is no message is an error of the server', async () => {
  const client = await clientOf((stream) => {
    const broken = Buffer.from([0, 0, 0, 0, 2, 0xff, 0xff]);
    answer(stream, [broken], { 'grpc-status': '0' });
  });
  await assert.rejects(client.unary(METHOD, {}), failure(GRPC.INTERNAL, true, /malformed/));
});
