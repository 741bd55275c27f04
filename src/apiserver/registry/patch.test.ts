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
