import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import { jsonOf, objectCodec } from './json.ts';
import { jsonText } from './json-text.ts';

// Goal: the bytes of an object are the ones JSON.stringify makes, however they come about.

const pod = (name: string): Draft<KubeObject> & { spec: object } => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name,
    uid: 'u',
    resourceVersion: '',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { 'a/"b"': 'ü' },
    managedFields: [{ manager: 'm', operation: 'Update', fieldsV1: { 'f:spec': { '.': {} } } }],
  },
  spec: { containers: [{ name: 'main', image: 'x' }], gone: undefined },
});

const sealed = (name: string, revision: number) => objectCodec.seal(pod(name), revision);

test('an object is frozen, its parts are those of its like', () => {
  const [one, other] = [sealed('one', 1), sealed('other', 2)] as { spec?: unknown }[];
  assert.ok(Object.isFrozen(one));
  assert.equal(one?.spec, other?.spec);
});

test('its JSON is that of JSON.stringify', () => {
  const object = sealed('a', 3);
  assert.equal(jsonText(object), JSON.stringify(object));
  const odd = { list: [1, undefined], text: '"', none: null, metadata: { managedFields: null } };
  assert.equal(jsonText(odd), JSON.stringify(odd));
});

test('what is read from disk has the bytes it had there', () => {
  const bytes = jsonOf(sealed('a', 4));
  const read = objectCodec.decode(bytes, 4);
  assert.equal(jsonOf(read).buffer, bytes.buffer);
  assert.equal(jsonOf(read).toString(), JSON.stringify(read));
});

test('bytes that say another revision are made anew', () => {
  const read = objectCodec.decode(jsonOf(sealed('a', 5)), 6);
  assert.match(jsonOf(read).toString(), /"resourceVersion":"6"/);
});
