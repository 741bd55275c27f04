import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../base/random.ts';
import { DecodeError } from '../machinery/decode-error.ts';
import { decodeJson } from '../machinery/json-codec.ts';
import {
  decodeEnvelope,
  decodeMessage,
  decodeWatchFrame,
  encodeMessage,
  encodeProtobuf,
  encodeWatchFrame,
  openEnvelope,
} from '../machinery/protobuf.ts';
import { anyObject } from './arbitrary-objects.ts';
import { customResourceDefinitions } from './generated/apiextensions/v1/resources.ts';
import { shapeOf, shapes } from './shapes.ts';

const configMap = shapeOf({ group: '', version: 'v1', kind: 'ConfigMap' });
const deployment = shapeOf({ group: 'apps', version: 'v1', kind: 'Deployment' });

// Goal: the bytes are Kubernetes' own, worked out by hand from its rules: fields by number, zero
// values written, maps sorted, embedded structs nested.
for (const { name, kind, object, hex } of [
  {
    name: 'a map is sorted, and an unset struct written',
    kind: 'ConfigMap',
    object: { data: { b: '2', a: '1' } },
    hex: `0a10 0a00 1200 1a00 2200 2a00 3200 3800 4200
          1206 0a0161 120131  1206 0a0162 120132`,
  },
  {
    name: 'an embedded struct is a message of its own',
    kind: 'SecretKeySelector',
    object: { name: 'a', key: 'k', optional: false },
    hex: '0a03 0a0161  12016b  1800',
  },
  {
    name: 'numbers below zero take ten bytes',
    kind: 'KeyToPath',
    object: { key: 'k', path: 'é', mode: -1 },
    hex: '0a016b  1202c3a9  18ffffffffffffffffff01',
  },
  {
    name: 'int-or-string says which it is',
    kind: 'TCPSocketAction',
    object: { port: 'http', host: '' },
    hex: '0a0a 0801 1000 1a0468747470  1200',
  },
]) {
  test(name, () => {
    const shape = shapes.named(`io.k8s.api.core.v1.${kind}`)!;
    const bytes = Buffer.from(encodeMessage(shape, object));
    assert.equal(bytes.toString('hex'), hex.replace(/\s/g, ''));
    const canonical = decodeJson(shape, object).object;
    assert.deepEqual(decodeMessage(shape, bytes), canonical);
  });
}

test('an envelope says what it holds', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
  const envelope = openEnvelope(encodeProtobuf(configMap, object));
  assert.equal(envelope.kind, 'ConfigMap');
  assert.equal(envelope.contentType, '');
  assert.deepEqual(decodeEnvelope(configMap, envelope), object);
});

test('a watch frame begins with its length', () => {
  const object = encodeProtobuf(configMap, { apiVersion: 'v1', kind: 'ConfigMap' });
  const frame = Buffer.from(encodeWatchFrame('ADDED', object));
  assert.equal(frame.readUInt32BE(0), frame.length - 4);
  const event = decodeWatchFrame(frame.subarray(4));
  assert.equal(event.type, 'ADDED');
  assert.deepEqual(Buffer.from(event.object), Buffer.from(object));
});

// Goal: a Deployment as a client sent it to a real API server (recorded).
test('reads what kubectl sends', () => {
  const sent =
    'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50El0KAwoBZBJWCAISCAoGCgFhEgFiGioKCFoGCgFhEgFiEh4SHAoEbWFpbhIUcmVnaXN0cnkuZXhhbXBsZS94OjEiHAoNUm9sbGluZ1VwZGF0ZRILEgkIARAAGgMyNSUaACIA';
  const object = decodeEnvelope(deployment, openEnvelope(Buffer.from(sent, 'base64')));
  assert.deepEqual(object.spec, {
    replicas: 2,
    selector: { matchLabels: { a: 'b' } },
    template: {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'main', image: 'registry.example/x:1', resources: {} }] },
    },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
  });
});

// Goal: for every kind, nothing is lost between JSON and protobuf, and both are stable.
test('objects of every kind survive', () => {
  const random = seededRandom(20);
  for (const kind of shapes.kinds()) {
    if (JSON_ONLY.has(kind.kind)) continue;
    const shape = shapes.ofKind(kind)!;
    for (let round = 0; round < 3; round++) {
      const object = decodeJson(shape, anyObject(shape, random)).object;
      assert.deepEqual(decodeJson(shape, object).object, object, kind.kind);
      const bytes = encodeMessage(shape, object);
      const back = decodeMessage(shape, bytes);
      assert.deepEqual(back, object, kind.kind);
      assert.deepEqual(encodeMessage(shape, back), bytes, kind.kind);
    }
  }
});

// Kubernetes declares no numbers for these.
const JSON_ONLY = new Set(['Table']);

// Goal: whatever the bytes, decoding ends soon, in an object or in an error that says so.
test('broken bytes are refused, not feared', () => {
  const random = seededRandom(21);
  const kinds = [deployment, configMap, shapeOf(customResourceDefinitions)];
  const sample = (seed: number): Uint8Array => {
    const shape = kinds[seed % kinds.length]!;
    return encodeMessage(shape, decodeJson(shape, anyObject(shape, random)).object);
  };
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.nat(), damage, fc.nat(), (seed, places, cut) => {
      const bytes = sample(seed).slice();
      for (const [at, byte] of places) bytes[at % bytes.length] = byte;
      for (const part of [bytes, bytes.subarray(0, cut % bytes.length)]) {
        requireDecodeError(() => decodeMessage(kinds[seed % kinds.length]!, part));
      }
    }),
    { seed: 22, numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      for (const shape of kinds) requireDecodeError(() => decodeMessage(shape, bytes));
      requireDecodeError(() => openEnvelope(bytes));
      requireDecodeError(() => decodeWatchFrame(bytes));
    }),
    { seed: 23, numRuns: 2000 },
  );
});

function requireDecodeError(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}

// Goal: what is wrong is named in the words of Kubernetes' decoders.
for (const { name, hex, message } of [
  { name: 'a cut', hex: '0a10', message: 'unexpected EOF' },
  { name: 'an endless number', hex: `0a${'ff'.repeat(10)}`, message: 'proto: integer overflow' },
  {
    name: 'another wire type',
    hex: '0800',
    message: 'proto: wrong wireType = 0 for field Metadata',
  },
  {
    name: 'the end of no group',
    hex: '0c',
    message: 'proto: ConfigMap: wiretype end group for non-group',
  },
  {
    name: 'the number zero',
    hex: '0000',
    message: 'proto: ConfigMap: illegal tag 0 (wire type 0)',
  },
]) {
  test(`refuses ${name}`, () =>
    assert.throws(
      () => decodeMessage(configMap, Buffer.from(hex, 'hex')),
      new DecodeError(message),
    ));
}

test('messages nest only so deep', () => {
  // A schema in `not` in a schema in `not` …
  let bytes = Buffer.alloc(0);
  for (let depth = 0; depth < 3000; depth++) {
    const length = Buffer.from([(bytes.length & 0x7f) | 0x80, (bytes.length >> 7) & 0x7f]);
    bytes = Buffer.concat([Buffer.from([0xe2, 0x01]), length, bytes]);
  }
  const schema = shapes.named(`${SCHEMAS}.JSONSchemaProps`)!;
  assert.throws(() => decodeMessage(schema, bytes), new DecodeError('exceeded max depth'));
});

const SCHEMAS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

for (const [bytes, message] of [
  ['', 'empty data'],
  [
    'abcd',
    'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
  ],
  ['k8s\0', 'empty body'],
]) {
  test(`refuses an envelope of ${JSON.stringify(bytes)}`, () =>
    assert.throws(() => openEnvelope(Buffer.from(bytes!)), new DecodeError(message!)));
}
