import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { decode, encode, streamDecode, streamEncode } from 'dns-packet';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemRandom } from '../../src/base/random.ts';
import { DnsIndex } from '../../src/network/dns/dns-view.ts';
import { createResolver } from '../../src/network/dns/resolver.ts';
import { createUpstream, type DnsSockets, listenForDns } from '../../src/runtime/dns-sockets.ts';

// What only this can prove: sockets, timeouts, and that questions reach a real name server and back.

const ZONE = { clusterDomain: 'cluster.local', ttlSeconds: 5, clusterNetworks: [] };
const NAME = 'web.ns.svc.cluster.local';

let upstreamServer: DnsSockets;
let server: DnsSockets;
let servers: readonly string[] = ['127.0.0.1'];
const keepAlive = setInterval(() => {}, 60_000);

before(async () => {
  upstreamServer = await listenForDns(
    systemClock,
    silentLogger,
    (message) => {
      const { id, questions = [] } = decode(Buffer.from(message));
      const [question] = questions;
      if (question?.name === 'silent.test') return undefined;
      const answers = [{ type: 'A', name: question!.name, ttl: 1, data: '192.0.2.1' }] as const;
      return encode({ type: 'response', id: id!, questions, answers: [...answers] });
    },
    { addresses: ['127.0.0.1'], port: 0 },
  );
  const upstream = createUpstream(systemClock, {
    servers: () => servers,
    port: upstreamServer.port,
  });
  const resolve = createResolver(systemRandom, index(), upstream, ZONE);
  const options = { addresses: ['127.0.0.1', '::1'], port: 0 };
  server = await listenForDns(systemClock, silentLogger, resolve, options);
});

after(async () => {
  clearInterval(keepAlive);
  await server.close();
  await upstreamServer.close();
});

function index(): DnsIndex {
  const view = new DnsIndex();
  const metadata = {
    name: 'web',
    namespace: 'ns',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '',
  };
  view.changeNamespace({ before: undefined, after: { metadata: { name: 'ns' } } });
  view.changeService({
    before: undefined,
    after: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { clusterIP: '10.96.0.7' },
      status: {},
    },
  });
  return view;
}

const question = (name: string, id = 1) =>
  ({ type: 'query', id, flags: 0x0100, questions: [{ type: 'A', name }] }) as const;

async function askUdp(name: string, address = '127.0.0.1') {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  try {
    const { questions, ...query } = question(name);
    socket.send(encode({ ...query, questions: [...questions] }), server.port, address);
    const [message] = (await once(socket, 'message')) as [Buffer];
    return decode(message);
  } finally {
    socket.close();
  }
}

const dataOf = ({ answers }: { answers?: readonly object[] | undefined }) =>
  (answers ?? []).map((record) => 'data' in record && record.data);

test('UDP, on each address', async () => {
  for (const address of ['127.0.0.1', '::1']) {
    assert.deepEqual(dataOf(await askUdp(NAME, address)), ['10.96.0.7']);
  }
});

test('TCP, with several questions on one connection, and one that comes in pieces', async () => {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const encoded = [NAME, 'outside.test', NAME].map((name, id) => {
    const { questions, ...query } = question(name, id);
    return streamEncode({ ...query, questions: [...questions] });
  });
  const bytes = Buffer.concat(encoded);
  socket.setNoDelay(true);
  socket.write(bytes.subarray(0, 5));
  await new Promise((next) => setImmediate(next));
  socket.write(bytes.subarray(5));
  let received = Buffer.alloc(0);
  const answers = new Map<number, unknown[]>();
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE()) {
      const packet = streamDecode(received);
      answers.set(packet.id!, dataOf(packet));
      received = received.subarray(2 + received.readUInt16BE());
    }
    if (answers.size === 3) break;
  }
  socket.destroy();
  assert.deepEqual(answers.get(0), ['10.96.0.7']);
  assert.deepEqual(answers.get(1), ['192.0.2.1']);
  assert.deepEqual(answers.get(2), ['10.96.0.7']);
});

test('names outside are asked upstream', async () => {
  assert.deepEqual(dataOf(await askUdp('www.example.com')), ['192.0.2.1']);
});

test('the next name server is asked when one refuses, and none at all is a failure', async () => {
  servers = ['127.0.0.9', '127.0.0.1']; // Nobody listens at the first.
  assert.deepEqual(dataOf(await askUdp('www.example.com')), ['192.0.2.1']);
  servers = [];
  assert.equal((await askUdp('www.example.com')).flags! & 0xf, 2);
  servers = ['127.0.0.1'];
});

test('a name server that keeps silent holds up nothing else, and ends in a failure', async () => {
  const silent = askUdp('silent.test');
  assert.deepEqual(dataOf(await askUdp(NAME)), ['10.96.0.7']);
  assert.equal((await silent).flags! & 0xf, 2);
});

test('a port that is taken is told in words', async () => {
  const again = { addresses: ['127.0.0.1'], port: server.port };
  await assert.rejects(
    listenForDns(systemClock, silentLogger, () => undefined, again),
    /can't listen for DNS: .*EADDRINUSE/,
  );
});
