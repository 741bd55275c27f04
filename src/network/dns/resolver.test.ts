import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode, type OptAnswer, type Packet } from 'dns-packet';
import fc from 'fast-check';
import type { Service } from '../../api/generated/core/v1/types.ts';
import type { EndpointSlice } from '../../api/generated/discovery/v1/types.ts';
import { seededRandom } from '../../base/random.ts';
import { DnsIndex } from './dns-view.ts';
import { parseQuery } from './message.ts';
import { createResolver, type DnsTransport, type Upstream } from './resolver.ts';

// The messages are made and read by a codec that we didn't write.

const NAME = 'db.ns.svc.cluster.local';
const ZONE = { clusterDomain: 'cluster.local', ttlSeconds: 5, clusterNetworks: [] };
const AUTHORITATIVE = 0x0400;
const TRUNCATED = 0x0200;

const meta = { name: 'db', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' };

function indexOf(
  spec: Service['spec'],
  addresses: readonly string[] = [],
  ports: EndpointSlice['ports'] = null,
): DnsIndex {
  const index = new DnsIndex();
  index.changeNamespace({ before: undefined, after: { metadata: { name: 'ns' } } });
  const service = { apiVersion: 'v1', kind: 'Service', metadata: meta, spec, status: {} } as const;
  index.changeService({ before: undefined, after: service });
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...meta, labels: { 'kubernetes.io/service-name': 'db' } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address] })),
    ports,
  } as const;
  index.changeSlice({ before: undefined, after: slice });
  return index;
}

const headless = (count: number, ports: EndpointSlice['ports'] = null) =>
  indexOf(
    { clusterIP: 'None' },
    Array.from({ length: count }, (_, i) => `10.244.${i >> 8}.${i & 255}`),
    ports,
  );

const noUpstream: Upstream = { exchange: () => Promise.reject(new Error('offline')) };

interface Asked {
  readonly index?: DnsIndex;
  readonly upstream?: Upstream;
  readonly transport?: DnsTransport;
  readonly query?: Partial<Packet>;
  readonly name?: string;
  readonly type?: 'A' | 'AAAA' | 'TXT' | 'SRV';
}

async function ask({ name = NAME, type = 'A', ...asked }: Asked) {
  const { index = headless(2), upstream = noUpstream, transport = 'udp' } = asked;
  const resolve = createResolver(seededRandom(1), index, upstream, ZONE);
  const questions = [{ type, name }];
  const query = encode({ type: 'query', id: 7, flags: 0x0100, questions, ...asked.query });
  const bytes = (await resolve(query, transport))!;
  return { bytes, ...decode(Buffer.from(bytes)) };
}

test('an answer carries the id, the question as it was asked, and its records', async () => {
  const found = await ask({ name: 'Db.nS.svc.Cluster.Local' });
  assert.equal(found.id, 7);
  assert.equal(found.flags! & 0x0580, 0x0580); // Authoritative, recursion desired, available.
  assert.deepEqual(found.questions, [{ name: 'Db.nS.svc.Cluster.Local', type: 'A', class: 'IN' }]);
  const data = found.answers!.map((record) => 'data' in record && record.data);
  assert.deepEqual(data, ['10.244.0.0', '10.244.0.1']);
  assert.ok(found.answers!.every((record) => 'ttl' in record && record.ttl === 5));
});

test('names are compressed: 28 addresses fit into a plain answer', async () => {
  const { bytes, flags, answers } = await ask({ index: headless(28) });
  assert.equal(answers!.length, 28);
  assert.ok(bytes.length <= 512 && !(flags! & TRUNCATED), `${bytes.length}`);
});

test('names are whole beyond the reach of compression, which is 16 KiB', async () => {
  const index = headless(600, [{ name: 'http', port: 80 }]);
  const { bytes, answers, additionals } = await ask({ index, transport: 'tcp', type: 'SRV' });
  assert.ok(bytes.length > 0x4000);
  const targets = answers!.map((record) => record.type === 'SRV' && record.data.target);
  assert.deepEqual(
    targets,
    additionals!.map(({ name }) => name),
  );
  assert.equal(new Set(targets).size, 600);
  assert.ok(
    bytes.length < 600 * 120,
    `${bytes.length}: additional names are pointers, or ends of them`,
  );
});

const opt = (udpPayloadSize: number, ednsVersion = 0): OptAnswer => ({
  type: 'OPT',
  name: '.',
  udpPayloadSize,
  extendedRcode: 0,
  ednsVersion,
  flags: 0,
  flag_do: false,
  options: [],
});

for (const [name, payload, transport, maxBytes, whole] of [
  ['plain', undefined, 'udp', 512, false],
  ['EDNS', 4096, 'udp', 1232, false],
  ['EDNS with a silly size', 1, 'udp', 512, false],
  ['TCP', undefined, 'tcp', 65_535, true],
] as const) {
  test(`a long answer by ${name} is ${whole ? 'whole' : 'truncated, and says so'}`, async () => {
    const query = payload === undefined ? {} : { additionals: [opt(payload)] };
    const { bytes, flags, answers } = await ask({ index: headless(300), transport, query });
    assert.ok(bytes.length <= maxBytes && bytes.length > maxBytes / 20, `${bytes.length}`);
    assert.equal(answers!.length === 300, whole);
    assert.equal((flags! & TRUNCATED) === 0, whole);
  });
}

test('EDNS is answered with EDNS, and an unknown version refused', async () => {
  const known = await ask({ query: { additionals: [opt(1232)] } });
  assert.equal(known.additionals![0]!.type, 'OPT');
  const unknown = await ask({ query: { additionals: [opt(1232, 1)] } });
  const [record] = unknown.additionals!;
  assert.ok(record?.type === 'OPT' && record.extendedRcode === 1); // BADVERS is 16: 1 here, 0 there.
  assert.equal((await ask({})).additionals!.length, 0);
});

test('a name outside goes upstream as it came, and its answer comes back as it is', async () => {
  const seen: [string, DnsTransport][] = [];
  const upstream: Upstream = {
    async exchange(query, transport) {
      const { id, questions } = decode(Buffer.from(query));
      seen.push([questions![0]!.name, transport]);
      const answers = [{ type: 'A', name: 'example.com', ttl: 60, data: '192.0.2.7' }] as const;
      return encode({ type: 'response', id: id!, questions: questions!, answers: [...answers] });
    },
  };
  for (const transport of ['udp', 'tcp'] as const) {
    const { id, answers } = await ask({ name: 'Example.com', upstream, transport });
    assert.equal(id, 7);
    assert.equal(answers!.length, 1);
  }
  assert.deepEqual(seen, [
    ['Example.com', 'udp'],
    ['Example.com', 'tcp'],
  ]);
});

test('without upstream a name outside fails, and so does one asked without recursion', async () => {
  assert.equal((await ask({ name: 'example.com' })).flags! & 0xf, 2);
  assert.equal((await ask({ name: 'example.com', query: { flags: 0 } })).flags! & 0xf, 5);
});

test('an alias comes with what upstream knows of it', async () => {
  const index = indexOf({ type: 'ExternalName', externalName: 'www.example.com' });
  const upstream: Upstream = {
    async exchange(query) {
      const { questions } = decode(Buffer.from(query));
      assert.deepEqual(questions, [{ name: 'www.example.com', type: 'A', class: 'IN' }]);
      const answers = [
        { type: 'CNAME', name: 'www.example.com', ttl: 9, data: 'x.example.com' },
        { type: 'A', name: 'x.example.com', ttl: 8, data: '192.0.2.7' },
      ] as const;
      return encode({ type: 'response', id: 1, questions: questions!, answers: [...answers] });
    },
  };
  const found = await ask({ index, upstream });
  assert.deepEqual(
    found.answers!.map((record) => [record.name, record.type, 'data' in record && record.data]),
    [
      [NAME, 'CNAME', 'www.example.com'],
      ['www.example.com', 'CNAME', 'x.example.com'],
      ['x.example.com', 'A', '192.0.2.7'],
    ],
  );
  assert.equal(found.flags! & AUTHORITATIVE, 0);
  const offline = await ask({ index });
  assert.equal(offline.flags! & 0xf, 2);
  assert.equal(offline.answers!.length, 1);
});

// Goal: whatever arrives, it gets an answer that decodes, or none, and never an exception.
test('no message breaks it', () => {
  const resolve = createResolver(seededRandom(1), headless(2), noUpstream, ZONE);
  const valid = encode({
    type: 'query',
    id: 1,
    flags: 0x100,
    questions: [{ type: 'A', name: NAME }],
    additionals: [opt(1232)],
  });
  const damaged = fc
    .tuple(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length))
    .map(([at, byte, length]) => {
      const copy = Buffer.from(valid);
      copy[at] = byte;
      return copy.subarray(0, length);
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged), (message) => {
      const answer = resolve(message, 'udp');
      if (answer instanceof Uint8Array) decode(Buffer.from(answer));
      else if (answer) void answer.catch(() => {});
    }),
    { seed: 42, numRuns: 3000 },
  );
});

for (const [name, change, rcode] of [
  ['an answer', (b: Buffer) => b.writeUInt16BE(0x8000, 2), undefined],
  ['an update', (b: Buffer) => b.writeUInt16BE(0x2800, 2), 4],
  ['two questions', (b: Buffer) => b.writeUInt16BE(2, 4), 1],
  ['no question', (b: Buffer) => b.writeUInt16BE(0, 4), 1],
  ['another class', (b: Buffer) => b.writeUInt16BE(3, b.length - 2), 5],
] as const) {
  test(`${name} is ${rcode === undefined ? 'not answered' : `answered with code ${rcode}`}`, () => {
    const query = encode({ type: 'query', id: 7, questions: [{ type: 'A', name: NAME }] });
    change(query);
    const resolve = createResolver(seededRandom(1), headless(1), noUpstream, ZONE);
    const answer = resolve(query, 'udp');
    assert.ok(!(answer instanceof Promise));
    assert.equal(answer && answer[3]! & 0xf, rcode);
  });
}

test('a dot inside a label is not taken for one between labels', () => {
  const query = encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'a.b' }] });
  query[12] = 3; // One label `a?b` where there were two: the second's length byte becomes the dot.
  query[14] = 0x2e;
  const parsed = parseQuery(query);
  assert.ok(parsed && 'question' in parsed);
  assert.equal(parsed.name, 'a\\.b');
});
