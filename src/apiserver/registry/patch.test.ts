import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { ApiRequest } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: what a patch leaves as it was costs little, and is treated as if it had been sent.

let heart: TestHeart;
beforeEach(async () => {
  heart = await createTestHeart();
});

type Plain = KubeObject & Record<string, unknown>;
type Rest = Partial<ApiRequest>;

const make = (plural: string, body: object, more: Rest = {}): Promise<Plain> =>
  heart.send({ plural, namespace: 'default', verb: 'create', body, ...more });
const patch = (plural: string, body: object, more: Rest = {}): Promise<Plain> =>
  heart.send({ plural, namespace: 'default', verb: 'patch', name: 'a', body, ...more });
const fieldsOf = ({ metadata }: KubeObject) =>
  metadata.managedFields?.map(({ manager, fieldsV1 }) => [manager, fieldsV1]);

const by = (fieldManager: string) => ({ options: { fieldManager } });

test('a patch of labels leaves the data the very same', async () => {
  const metadata = { name: 'a' };
  const before = await make('configmaps', { metadata, data: { k: '1' } }, by('one'));
  const after = await patch('configmaps', { metadata: { labels: { l: '2' } } }, by('two'));
  assert.equal(after.data, before.data);
  assert.deepEqual(fieldsOf(after), [
    ['one', { 'f:data': { '.': {}, 'f:k': {} } }],
    ['two', { 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } }],
  ]);
});

test('what is patched stands in the order of declaration', async () => {
  await make('configmaps', { metadata: { name: 'a' }, binaryData: { b: 'AA==' } });
  const after = await patch('configmaps', { data: { k: '1' } });
  assert.deepEqual(Object.keys(after).slice(3), ['data', 'binaryData']);
});

test('what one part does to another is seen', async () => {
  await make('secrets', { metadata: { name: 'a' }, stringData: { k: '1' } }, by('one'));
  const after = await patch('secrets', { stringData: { l: '2' } }, by('two'));
  assert.deepEqual(after.data, { k: 'MQ==', l: 'Mg==' });
  assert.deepEqual(fieldsOf(after)?.[1], ['two', { 'f:data': { 'f:l': {} } }]);
});

test('an apply that leaves a part takes nothing of it', async () => {
  const before = await make('configmaps', { metadata: { name: 'a' }, data: { k: '1' } }, by('one'));
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: { l: '2' } } };
  const after = await patch('configmaps', body, { patchType: 'apply', ...by('two') });
  assert.equal(after.data, before.data);
  const two = fieldsOf(after)?.find(([manager]) => manager === 'two');
  assert.deepEqual(two?.[1], { 'f:metadata': { 'f:labels': { 'f:l': {} } } });
});

const pod = (spec: object, limits: object = {}) => ({
  kind: 'Pod',
  spec: { ...spec, containers: [{ name: 'main', image: 'a', resources: { limits } }] },
});
for (const { name, body, message } of [
  {
    name: 'a quantity that is none',
    body: pod({}, { cpu: 'much' }),
    message:
      /^failed to convert new object \(\/a; \/v1, Kind=Pod\) to proper version: unable to convert unstructured object to \/v1, Kind=Pod: quantities must match/,
  },
  {
    name: 'a name that is no text',
    body: { ...pod({}), metadata: { name: true } },
    message: /^failed to create typed patch object \(\/; \/v1, Kind=Pod\): \.metadata\.name: /,
  },
  {
    name: 'a key that is no text',
    body: { kind: 'Pod', spec: { containers: [{ name: { a: ['x'] } }] } },
    message: /: \.spec\.containers\[name=a=\["x"\]\]\.name: expected string/,
  },
  {
    name: 'a fraction of a second',
    body: pod({ terminationGracePeriodSeconds: 1.5 }),
    message: /: cannot convert float64 to int64$/,
  },
  {
    name: 'bytes that are none',
    body: { kind: 'Secret', data: { k: '%' } },
    message: /: error decoding from json: illegal base64 data at input byte 0$/,
  },
]) {
  test(`an apply of ${name} is refused`, () => {
    const configuration = { apiVersion: 'v1', metadata: { name: 'a' }, ...body };
    const plural = `${body.kind.toLowerCase()}s`;
    const apply = patch(plural, configuration, { patchType: 'apply', ...by('one') });
    return assert.rejects(apply, refusal(500, message));
  });
}

test('an apply of what is no object is refused', () => {
  const message =
    'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}';
  const apply = patch('pods', [], { patchType: 'apply', ...by('one') });
  return assert.rejects(apply, refusal(400, message));
});

const shown = (document: string, detail: string) =>
  `patch: Invalid value: ${JSON.stringify(document)}: ${detail}`;
const STRICT = { options: { fieldValidation: 'Strict' } };
const IGNORE = { options: { fieldValidation: 'Ignore' } };
const strategic = { patchType: 'strategic' } as const;
const json = { patchType: 'json' } as const;
for (const { name, body, more, message, code = 422 } of [
  {
    name: 'text for a map, merged',
    body: { data: 'x' },
    more: strategic,
    message: shown('map[data:x]', 'cannot restore map from string'),
  },
  {
    name: 'a number for text, merged',
    body: { data: { k: 1 } },
    more: strategic,
    message: shown('map[data:map[k:1]]', 'cannot convert int64 to string'),
  },
  {
    name: 'what there are no fields for, merged',
    body: {
      z: 1,
      b: { c: 1 },
      metadata: { finalizers: ['a.b/c'], '$setElementOrder/finalizers': ['a.b/c'] },
    },
    more: { ...strategic, ...STRICT },
    message: shown(
      'map[b:map[c:1] metadata:map[] z:1]',
      'strict decoding error: unknown field "b", unknown field "z"',
    ),
  },
  {
    name: 'what is no JSON, merged',
    more: { ...strategic, bodyFault: 'unexpected end of JSON input' },
    message: 'unexpected end of JSON input',
    code: 400,
  },
  {
    name: 'what is no JSON',
    more: { bodyFault: 'unexpected end of JSON input' },
    message: 'error decoding patch: unexpected end of JSON input',
    code: 400,
  },
  {
    name: 'what is no JSON, with nothing looked for',
    more: { bodyFault: 'unexpected end of JSON input', ...IGNORE },
    message: 'Invalid JSON Patch',
    code: 400,
  },
  {
    name: 'operations that are none, with nothing looked for',
    body: {},
    more: { ...json, ...IGNORE },
    message: 'json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    code: 400,
  },
]) {
  test(`a patch of ${name} is refused`, async () => {
    await make('configmaps', { metadata: { name: 'a' } });
    const text = code === 422 ? ` "" is invalid: ${message}` : message;
    const refused = patch('configmaps', body as object, more);
    await assert.rejects(refused, refusal(code, text));
  });
}

test('what is wrong with a patched object is told in the order in which it is written', async () => {
  await make('configmaps', { metadata: { name: 'a' } });
  const order = /unknown field "bar", unknown field "metadata.foo", unknown field "zoo"$/;
  const body = { zoo: 1, metadata: { foo: 1 }, bar: 1 };
  await assert.rejects(patch('configmaps', body, STRICT), refusal(422, order));
  const types = { immutable: 'x', data: { k: 1 } };
  const first = /cannot unmarshal number into Go struct field ConfigMap.data of type string$/;
  await assert.rejects(patch('configmaps', types), refusal(422, first));
});

test('an object whose version a patch takes away has no known fields, and so no name', async () => {
  await make('configmaps', { metadata: { name: 'a' } });
  const body = { apiVersion: null };
  const nameless =
    'the name of the object (a based on URL) was undeterminable: name must be provided';
  await assert.rejects(patch('configmaps', body), refusal(400, nameless));
  const strict = /: strict decoding error: unknown field "metadata"$/;
  await assert.rejects(patch('configmaps', body, STRICT), refusal(422, strict));
  await patch('configmaps', { kind: null });
});

test('an apply makes nothing that is on its way out already', async () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  const metadata = { name: 'a', deletionTimestamp, deletionGracePeriodSeconds: 5 };
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  const made = await patch('configmaps', body, { patchType: 'apply', ...by('one') });
  assert.equal(made.metadata.deletionTimestamp, undefined);
  assert.equal(made.metadata.deletionGracePeriodSeconds, undefined);
});

test('a strategic patch is of the kind that it is applied to', async () => {
  await make('configmaps', { metadata: { name: 'a' } });
  const { kind } = await patch('configmaps', { kind: 'Secret' }, strategic);
  assert.equal(kind, 'ConfigMap');
});

test('numbers beyond 32 bits lose what is beyond when they are merged', async () => {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [] } };
  const spec = { selector: { matchLabels: { a: 'b' } }, template };
  const containers = [{ name: 'c', image: 'i' }];
  const sets = { plural: 'replicasets', group: 'apps' };
  const full = { ...spec, template: { ...template, spec: { containers } } };
  await make('replicasets', { metadata: { name: 'a' }, spec: full }, sets);
  const big = { spec: { replicas: 2 ** 32 + 3 } };
  const after = await patch('replicasets', big, { ...sets, ...strategic });
  assert.equal((after.spec as { replicas: number }).replicas, 3);
});

for (const { name, more, message } of [
  { name: 'a patch', more: {}, message: 'configmaps "a" not found' },
  {
    name: 'an apply without a manager',
    more: { patchType: 'apply' as const },
    message:
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  },
]) {
  test(`${name} of what is not there is told so before its body is read`, () =>
    assert.rejects(
      patch('configmaps', undefined as never, { ...more, bodyFault: 'x' }),
      refusal(more.patchType ? 422 : 404, message),
    ));
}
