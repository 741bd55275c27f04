import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { decodeJson } from '../machinery/json-codec.ts';
import { decodeMessage, encodeMessage } from '../machinery/protobuf.ts';
import { storedForm } from '../machinery/stored-form.ts';
import { anyObject } from './arbitrary-objects.ts';
import { endpointSlices } from './generated/discovery/v1/resources.ts';
import { shapeOf, shapes } from './shapes.ts';

// Goal: an empty list that JSON writes reads back as null (recorded from 1.36).
test('empty lists are stored as none', () => {
  const shape = shapeOf(endpointSlices);
  const draft = decodeJson(shape, {
    addressType: 'IPv4',
    endpoints: [],
    ports: [],
  }).object;
  const stored = storedForm(shape, draft);
  assert.deepEqual(stored, { metadata: {}, addressType: 'IPv4', endpoints: null, ports: null });
});

// Goal: storing changes nothing else, whatever the kind: it does what a trip through protobuf does.
test('it is what protobuf would have made of it', () => {
  const random = seededRandom(41);
  for (const kind of shapes.kinds()) {
    if (kind.kind === 'Table') continue; // Has no form in protobuf.
    const shape = shapes.ofKind(kind)!;
    const draft = decodeJson(shape, emptiedLists(anyObject(shape, random))).object;
    const want = decodeMessage(shape, encodeMessage(shape, draft));
    assert.deepEqual(storedForm(shape, draft), want, kind.kind);
  }

  function emptiedLists(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return random.float() < 0.3 ? [] : value.map(emptiedLists);
    const entries = Object.entries(value).map(([key, part]) => [
      key,
      OPAQUE.test(key) ? part : emptiedLists(part),
    ]);
    return Object.fromEntries(entries);
  }
});

// Values that are any JSON keep their empty lists, and extra values of users are never empty.
const OPAQUE =
  /^(fieldsV1|data|raw|object|oldObject|options|extra|default|example|enum|parameters|items|objects|convertedObjects)$/;

// Goal: what is shared by many stays so, and nobody's object is changed.
test('what needs no change is handed back, what does is copied', () => {
  const shape = shapeOf(endpointSlices);
  const kept = { addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4'] }], ports: null };
  assert.equal(storedForm(shape, kept), kept);
  const emptied = Object.freeze({ ...kept, ports: Object.freeze([]) });
  const stored = storedForm(shape, emptied) as unknown as typeof kept;
  assert.deepEqual(stored, kept);
  assert.equal(stored.endpoints, kept.endpoints);
});
