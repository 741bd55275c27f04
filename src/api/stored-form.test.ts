import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { decodeJson } from '../machinery/json-codec.ts';
import { decodeMessage, encodeMessage } from '../machinery/protobuf.ts';
import { toStoredForm } from '../machinery/stored-form.ts';
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
  toStoredForm(shape, draft);
  assert.deepEqual(draft, { metadata: {}, addressType: 'IPv4', endpoints: null, ports: null });
});

// Goal: storing changes nothing else, whatever the kind: it does what a trip through protobuf does.
test('it is what protobuf would have made of it', () => {
  const random = seededRandom(41);
  for (const kind of shapes.kinds()) {
    if (kind.kind === 'Table') continue; // Has no form in protobuf.
    const shape = shapes.ofKind(kind)!;
    const draft = decodeJson(shape, emptiedLists(anyObject(shape, random))).object;
    const want = decodeMessage(shape, encodeMessage(shape, draft));
    toStoredForm(shape, draft);
    assert.deepEqual(draft, want, kind.kind);
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
