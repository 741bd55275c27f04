import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deepFreeze } from '../object.ts';
import { ShapeSet } from '../shape-set.ts';
import { patchDocument } from './patch.ts';
import { writtenByMerge, writtenByOperations } from './written.ts';

const shape = new ShapeSet([
  {
    folder: 'v1',
    group: '',
    version: 'v1',
    prefix: 'v1',
    kinds: ['Pod'],
    enums: {},
    messages: { Pod: ['args 1 []string - patch=merge'] },
  },
]).ofKind({ group: '', version: 'v1', kind: 'Pod' })!;

type Type = 'json' | 'merge' | 'strategic';
const patch = (type: Type, document: object, body: unknown): unknown =>
  patchDocument({ type, shape, document: deepFreeze(document), body: deepFreeze(body) }).document;

test('the three dialects', () => {
  const before = { args: ['a'], x: 1 };
  assert.deepEqual(patch('json', before, [{ op: 'remove', path: '/args/0' }]), { args: [], x: 1 });
  assert.deepEqual(patch('merge', before, { args: ['b'], x: null }), { args: ['b'] });
  assert.deepEqual(patch('strategic', before, { args: ['b'] }), { args: ['b', 'a'], x: 1 });
});

test('a JSON patch that does not apply is refused without a reason', () => {
  assert.throws(() => patch('json', {}, [{ op: 'remove', path: '/x' }]), {
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: {},
  });
});

// Goal: a body that is no patch is refused in Kubernetes' words.
for (const { type, body, want } of [
  {
    type: 'json',
    body: { op: 'add' },
    want: 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
  },
  {
    type: 'json',
    body: 'x',
    want: 'error decoding patch: json: cannot unmarshal string into Go value of type []handlers.jsonPatchOp',
  },
  {
    type: 'json',
    body: [1],
    want: 'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp',
  },
  {
    type: 'json',
    body: [{ op: 1 }],
    want: 'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
  },
  {
    type: 'merge',
    body: [],
    want: 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
  },
  { type: 'merge', body: null, want: 'Invalid JSON Patch' },
  {
    type: 'merge',
    body: 5,
    want: 'error decoding patch: json: cannot unmarshal number into Go value of type map[string]interface {}',
  },
  {
    type: 'strategic',
    body: [],
    want: 'json: cannot unmarshal array into Go value of type map[string]interface {}',
  },
] as const) {
  test(`${type} refuses ${JSON.stringify(body)}`, () =>
    assert.throws(() => patch(type, {}, body), { code: 400, message: want }));
}

test('json refuses more than 10,000 operations', () => {
  assert.throws(() => patch('json', {}, new Array(10_001).fill({})), {
    code: 413,
    message:
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
  });
});

test('json tells of unknown members', () => {
  const body = [{ op: 'test', path: '/x', ghost: 1 }];
  const { strictErrors } = patchDocument({ type: 'json', shape, document: {}, body });
  assert.deepEqual(strictErrors, ['json patch unknown field "[0].ghost"']);
});

const before = {
  kind: 'K',
  data: { b: '1', a: '2' },
  meta: { name: 'n', labels: { z: '1', b: '2' } },
  empty: { z: 1, a: 2 },
  list: [{ z: 1, b: { z: 1, y: 2 } }],
};
// Goal: messages show the keys of a patched document in the order that the library of Kubernetes
// has them in; these were compared with it.
for (const { name, patch: body, want } of [
  {
    name: 'a merge sorts what it looks into and what it adds',
    patch: {
      data: { c: 'x' },
      meta: { name: 'n' },
      empty: {},
      list: [{ z: 1, b: 2 }],
      n: { z: 1, a: null, l: [{ z: 1, b: 2 }] },
    },
    want: '{"data":{"a":"2","b":"1","c":"x"},"empty":{"a":2,"z":1},"kind":"K","list":[{"b":2,"z":1}],"meta":{"labels":{"z":"1","b":"2"},"name":"n"},"n":{"l":[{"b":2,"z":1}],"z":1}}',
  },
  {
    name: 'operations sort what they look into, and all that they compare',
    patch: [
      { op: 'test', path: '/meta/name', value: 'n' },
      { op: 'replace', path: '/data/a', value: { z: 1, b: 2 } },
      { op: 'test', path: '/list/0/z', value: 1 },
      { op: 'test', path: '/empty', value: { z: 1, a: 2 } },
    ],
    want: '{"data":{"a":{"z":1,"b":2},"b":"1"},"empty":{"a":2,"z":1},"kind":"K","list":[{"b":{"z":1,"y":2},"z":1}],"meta":{"labels":{"z":"1","b":"2"},"name":"n"}}',
  },
  {
    name: 'operations look into no more than they say, whatever it is called',
    patch: [
      { op: 'add', path: '/constructor', value: { z: 1, b: 2 } },
      { op: 'remove', path: '/list' },
      { op: 'remove', path: '/data' },
      { op: 'remove', path: '/meta' },
    ],
    want: '{"constructor":{"z":1,"b":2},"empty":{"z":1,"a":2},"kind":"K"}',
  },
]) {
  test(name, () => {
    const isMerge = !Array.isArray(body);
    const type = isMerge ? 'merge' : 'json';
    const { document } = patchDocument({ type, shape, document: before, body });
    const written = isMerge
      ? writtenByMerge(document, before, body)
      : writtenByOperations(document, body);
    assert.equal(JSON.stringify(written), want);
  });
}
