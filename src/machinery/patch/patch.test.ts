import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deepFreeze } from '../object.ts';
import { ShapeSet } from '../shape-set.ts';
import { applyMergePatch } from './merge-patch.ts';
import { patchDocument, patchedText } from './patch.ts';

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

test('messages show what was touched with sorted keys, and the rest as it was', () => {
  const before = { kind: 'K', data: { b: '1', a: '2' }, metadata: { name: 'n', labels: {} } };
  const after = applyMergePatch(before, { data: { c: '<' } });
  assert.equal(
    patchedText(after, before),
    '{"data":{"a":"2","b":"1","c":"\\u003c"},"kind":"K","metadata":{"name":"n","labels":{}}}',
  );
});
