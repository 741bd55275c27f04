import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJson } from '../machinery/json-codec.ts';
import { readUnstructured } from '../machinery/unstructured.ts';
import { shapeOf } from './shapes.ts';

// Goal: what merges and applies result in is found fault with in the words of Kubernetes' converter,
// which were compared with it on thousands of objects.

const deployment = shapeOf({ group: 'apps', version: 'v1', kind: 'Deployment' });
const secret = shapeOf({ group: '', version: 'v1', kind: 'Secret' });
const review = shapeOf({ group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview' });
const container = (rest: object) => ({
  spec: { template: { spec: { containers: [{ name: 'a', ...rest }] } } },
});

for (const { value, want, shape = deployment, floats = false } of [
  { value: { spec: [] }, want: 'cannot restore struct from: slice' },
  { value: { spec: 1 }, want: 'cannot restore struct from: int64' },
  { value: { spec: 1 }, floats: true, want: 'cannot restore struct from: float64' },
  { value: { spec: { replicas: 'x' } }, want: 'unrecognized type: int32' },
  { value: { spec: { replicas: 1.5 } }, want: 'cannot convert float64 to int32' },
  { value: { spec: { paused: 1 } }, want: 'unrecognized type: bool' },
  { value: { metadata: { labels: { a: 1 } } }, want: 'cannot convert int64 to string' },
  { value: { metadata: { labels: { a: 1 } } }, floats: true, want: 'unrecognized type: string' },
  { value: { metadata: { labels: { a: true } } }, want: 'unrecognized type: string' },
  { value: { metadata: { labels: [] } }, want: 'cannot restore map from slice' },
  { value: container({ imagePullPolicy: 1 }), want: 'cannot convert int64 to v1.PullPolicy' },
  { value: container({ args: 'x' }), want: 'cannot restore slice from string' },
  {
    value: { spec: { strategy: { rollingUpdate: { maxSurge: true } } } },
    want: 'json: cannot unmarshal bool into Go value of type int32',
  },
  {
    value: { metadata: { creationTimestamp: 5 } },
    want: 'json: cannot unmarshal number into Go value of type string',
  },
  {
    shape: secret,
    value: { data: { a: '%' } },
    want: 'error decoding from json: illegal base64 data at input byte 0',
  },
  { shape: secret, value: { data: { a: 1 } }, want: 'cannot restore slice from int64' },
  {
    shape: review,
    value: { status: { user: { extra: { a: 'x' } } } },
    want: 'cannot restore slice from string',
  },
]) {
  test(`${JSON.stringify(value)}: ${want}`, () =>
    assert.equal(readUnstructured(shape, value, { floats }).problem, want));
}

test('of several faults the one counts whose field is declared first', () => {
  const value = { spec: { paused: 'x', replicas: 'y' }, metadata: { name: 1 } };
  assert.equal(readUnstructured(deployment, value).problem, 'cannot convert int64 to string');
});

test('unknown fields are sorted', () => {
  const containers = [{ name: 'a', foo: 1 }];
  const spec = { b: 1, replicas: null, template: { spec: { containers } } };
  assert.deepEqual(readUnstructured(deployment, { z: 1, spec, a: 1 }).unknown, [
    'unknown field "a"',
    'unknown field "spec.b"',
    'unknown field "spec.template.spec.containers[0].foo"',
    'unknown field "z"',
  ]);
});

test('integers have 32 bits', () => {
  const value = { spec: { replicas: 2 ** 32 + 5 } };
  assert.deepEqual(readUnstructured(deployment, value).value, { spec: { replicas: 5 } });
  const { value: read } = readUnstructured(deployment, value, { floats: true });
  assert.deepEqual(read, { spec: { replicas: -(2 ** 31) } });
});

for (const { field, want } of [
  { field: 'replicas', want: -(2 ** 31) },
  { field: 'generation', want: -(2 ** 63) },
]) {
  test(`what no integer holds is the smallest one: ${field}`, () => {
    const made = (number: number) =>
      field === 'replicas' ? { spec: { replicas: number } } : { metadata: { generation: number } };
    for (const number of [1e300, -1e300, 2 ** 64]) {
      const { value } = readUnstructured(deployment, made(number));
      assert.deepEqual(value, made(want));
      assert.doesNotThrow(() => decodeJson(deployment, value));
    }
  });
}
