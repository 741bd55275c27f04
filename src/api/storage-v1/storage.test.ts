import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals } from '../fixture.ts';
import { csiDrivers } from './csi-driver.ts';
import { csiNodes } from './csi-node.ts';
import { csiStorageCapacities } from './csi-storage-capacity.ts';
import { storageClasses } from './storage-class.ts';
import { volumeAttachments } from './volume-attachment.ts';
import { volumeAttributesClasses } from './volume-attributes-class.ts';

// Goal: what is filled in, refused, kept and shown of the kinds of storage.

const storageClass = { provisioner: 'a.example' };

test('a class deletes what it made, at once bound, unless said', () => {
  const { reclaimPolicy, volumeBindingMode } = made(storageClasses, storageClass);
  assert.deepEqual([reclaimPolicy, volumeBindingMode], ['Delete', 'Immediate']);
});

const topology = (...values: string[]) => ({
  matchLabelExpressions: [{ key: 'zone', values }],
});

for (const { name, more, want } of [
  { name: 'nothing wrong', more: { allowedTopologies: [topology('a', 'b')] }, want: [] },
  {
    name: 'a zone twice',
    more: { allowedTopologies: [topology('a', 'a')] },
    want: ['allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"'],
  },
  {
    name: 'a place twice',
    more: { allowedTopologies: [topology('a', 'b'), topology('b', 'a')] },
    want: ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
  },
  {
    name: 'no provisioner',
    more: { provisioner: '' },
    want: ['provisioner: Required value'],
  },
  {
    name: 'very many parameters',
    more: { parameters: Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`k${i}`, ''])) },
    want: ['parameters: Too long: may not be more than 512 bytes'],
  },
]) {
  test(`a storage class with ${name}`, () =>
    assert.deepEqual(refusals(storageClasses, { ...storageClass, ...more }), want));
}

test('what a class says stays, and has to be right as well', () => {
  const previous = made(storageClasses, { ...storageClass, parameters: { a: '1' } });
  const { errors } = changed(storageClasses, previous, {
    provisioner: 'b',
    parameters: null,
    reclaimPolicy: 'Recycle',
    volumeBindingMode: '',
  });
  assert.deepEqual(errors, [
    'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
    'volumeBindingMode: Unsupported value: "": supported values: "Immediate", "WaitForFirstConsumer"',
    'parameters: Invalid value: null: field is immutable',
    'provisioner: Invalid value: "b": field is immutable',
    'reclaimPolicy: Invalid value: "Recycle": field is immutable',
    'volumeBindingMode: Invalid value: "": field is immutable',
  ]);
});

test('the class that claims get by default says so', () => {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  const cells = cellsOf(
    storageClasses,
    made(storageClasses, { metadata: { annotations }, ...storageClass }),
  );
  assert.equal(cells.Name, 'x (default)');
});

test('properties of volumes are some, and stay', () => {
  const body = { driverName: 'a.example', parameters: { iops: '1' } };
  assert.deepEqual(refusals(volumeAttributesClasses, body), []);
  const previous = made(volumeAttributesClasses, body);
  const { errors } = changed(volumeAttributesClasses, previous, { parameters: { iops: '2' } });
  assert.deepEqual(errors, ['parameters: Forbidden: updates to parameters are forbidden.']);
  const other = changed(volumeAttributesClasses, previous, { driverName: 'b' });
  assert.deepEqual(other.errors, ['driverName: Forbidden: updates to driverName are forbidden.']);
});

test('what is left out of a driver is filled in', () => {
  const { spec } = made(csiDrivers, { spec: {} });
  assert.deepEqual(spec.volumeLifecycleModes, ['Persistent']);
  assert.equal(spec.attachRequired, true);
  assert.equal(spec.fsGroupPolicy, 'ReadWriteOnceWithFSType');
});

for (const { name, spec, want } of [
  {
    name: 'a token',
    spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 600 }] },
    want: [],
  },
  {
    name: 'a token that is soon over',
    spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 599 }] },
    want: [
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    ],
  },
  {
    name: 'a token twice',
    spec: { tokenRequests: [{ audience: 'a' }, { audience: 'a' }] },
    want: ['spec.tokenRequests[1].audience: Duplicate value: "a"'],
  },
  {
    name: 'volumes that live in an odd way',
    spec: { volumeLifecycleModes: ['Odd'] },
    want: [
      'spec.volumeLifecycleModes: Unsupported value: "Odd": supported values: "Persistent", "Ephemeral"',
    ],
  },
]) {
  test(`a driver with ${name}`, () =>
    assert.deepEqual(refusals(csiDrivers, { metadata: { name: 'a.example' }, spec }), want));
}

test('a driver changes in what it gets, which counts', () => {
  const previous = made(csiDrivers, { spec: {} });
  const { object } = changed(csiDrivers, previous, { spec: { requiresRepublish: true } });
  assert.equal(object.metadata.generation, 1);
  const { errors } = changed(csiDrivers, previous, { spec: { attachRequired: false } });
  assert.deepEqual(errors, ['spec.attachedRequired: Invalid value: false: field is immutable']);
});

const driver = { name: 'a.example', nodeID: 'n-1', allocatable: { count: 3 } };
const node = (drivers: object[]) => ({ spec: { drivers } });

for (const { name, drivers, isAllowed } of [
  { name: 'counts anew', drivers: [{ ...driver, allocatable: { count: 9 } }], isAllowed: true },
  { name: 'moves', drivers: [{ ...driver, nodeID: 'n-2' }], isAllowed: false },
  { name: 'goes', drivers: [], isAllowed: true },
]) {
  test(`a driver on a node ${isAllowed ? '' : 'never '}${name}`, () => {
    const { errors } = changed(csiNodes, made(csiNodes, node([driver])), node(drivers));
    assert.equal(errors.length === 0, isAllowed, errors.join());
  });
}

test('where a driver is reached is told by labels', () => {
  const named = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`;
  const keys = ['zone', 'a b', 'zone'];
  assert.deepEqual(refusals(csiNodes, node([{ ...driver, topologyKeys: keys }])), [
    `spec.drivers[0]: Invalid value: "a b": ${named}`,
    'spec.drivers[0]: Duplicate value: "zone"',
  ]);
});

test('two drivers on a node have two names', () => {
  assert.deepEqual(refusals(csiNodes, node([driver, driver])), [
    'spec.drivers[1].name: Duplicate value: "a.example"',
  ]);
});

test('how much room there is, changes; where and for what, does not', () => {
  const previous = made(csiStorageCapacities, { storageClassName: 'a', capacity: '1Gi' });
  assert.deepEqual(changed(csiStorageCapacities, previous, { capacity: '0' }).errors, []);
  assert.deepEqual(changed(csiStorageCapacities, previous, { storageClassName: 'b' }).errors, [
    'storageClassName: Invalid value: "b": field is immutable',
  ]);
});

const attachment = { attacher: 'a.example', nodeName: 'n', source: { persistentVolumeName: 'v' } };

test('an attachment is of one volume, and stays', () => {
  assert.deepEqual(refusals(volumeAttachments, { spec: attachment }), []);
  const inlineVolumeSpec = { accessModes: ['ReadWriteOnce'] };
  assert.deepEqual(
    refusals(volumeAttachments, { spec: { ...attachment, source: { inlineVolumeSpec } } }),
    [
      'spec.source.inlineVolumeSpec.csi: Required value: has to be specified in the context of inline volumes',
      'spec.source.inlineVolumeSpec: Required value: must specify a volume type',
    ],
  );
  const unnamed = { ...attachment, source: { persistentVolumeName: '' } };
  const subdomain = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`;
  assert.deepEqual(refusals(volumeAttachments, { spec: unnamed }), [
    'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
    `spec.source.persistentVolumeName: Invalid value: "": ${subdomain}`,
  ]);
  const previous = made(volumeAttachments, { spec: attachment });
  const { errors } = changed(volumeAttachments, previous, { spec: { nodeName: 'm' } });
  assert.match(
    errors.join(),
    /^spec: Invalid value: \{"Attacher":"a\.example".*: field is immutable$/,
  );
});

test('an error told of an attachment is short', () => {
  const status = { attached: false, attachError: { message: 'x'.repeat(1025) } };
  const previous = made(volumeAttachments, { spec: attachment });
  assert.deepEqual(changed(volumeAttachments, previous, { status }, 'status').errors, [
    'status.attachError.message: Too long: may not be more than 262144 bytes',
  ]);
});
