import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, withStatus } from '../fixture.ts';
import { persistentVolumeClaims } from './persistent-volume-claim.ts';

// Goal: what a claim is filled from, what of it may change and when, and what is shown.

const body = (spec: object = {}) => ({
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '2Gi' } },
    storageClassName: 'a',
    ...spec,
  },
});
const claim = made(persistentVolumeClaims, body());
const bound = withStatus(made(persistentVolumeClaims, body({ volumeName: 'v' })), {
  phase: 'Bound',
  capacity: { storage: '2Gi' },
  accessModes: ['ReadWriteOnce'],
});

for (const { name, source, want } of [
  {
    name: 'another claim',
    source: { kind: 'PersistentVolumeClaim', name: 'b' },
    want: 'PersistentVolumeClaim',
  },
  {
    name: 'a snapshot',
    source: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'b' },
    want: 'VolumeSnapshot',
  },
  { name: 'nothing that it could be', source: { kind: 'Pod', name: 'b' }, want: undefined },
]) {
  test(`filled from ${name}, in the old words and in the new`, () => {
    const { dataSource, dataSourceRef } = made(
      persistentVolumeClaims,
      body({ dataSource: source }),
    ).spec;
    assert.deepEqual([dataSource?.kind, dataSourceRef?.kind], [want, want]);
  });
}

const storage = (size: string) => ({ resources: { requests: { storage: size } } });
const FIXED = /^spec: Forbidden: spec is immutable after creation except/;

for (const { name, previous, patch, want } of [
  { name: 'its volume, once', previous: claim, patch: { volumeName: 'v' }, want: [] },
  { name: 'its volume again', previous: bound, patch: { volumeName: 'w' }, want: [FIXED] },
  { name: 'its size before it has any', previous: claim, patch: storage('3Gi'), want: [FIXED] },
  { name: 'its size', previous: bound, patch: storage('3Gi'), want: [] },
  {
    name: 'its size to less than it has',
    previous: bound,
    patch: storage('1Gi'),
    want: [
      /^spec\.resources\.requests\.storage: Forbidden: field can not be less than status\.capacity$/,
    ],
  },
  { name: 'its class', previous: claim, patch: { storageClassName: 'b' }, want: [FIXED] },
  {
    name: 'its class from none',
    previous: made(persistentVolumeClaims, body({ storageClassName: null })),
    patch: { storageClassName: 'b' },
    want: [],
  },
  {
    name: 'the class of its properties',
    previous: bound,
    patch: { volumeAttributesClassName: 'c' },
    want: [],
  },
] as readonly { name: string; previous: typeof claim; patch: object; want: readonly RegExp[] }[]) {
  test(`${want.length > 0 ? 'refuses to change' : 'changes'} ${name}`, () => {
    const { errors } = changed(persistentVolumeClaims, previous, { spec: patch });
    assert.equal(errors.length, want.length, errors.join());
    for (const [i, text] of want.entries()) assert.match(errors[i]!, text);
  });
}

test('a size that could not be had can be taken back', () => {
  const asked = { ...bound, spec: { ...bound.spec, ...storage('9Gi') } } as typeof bound;
  assert.deepEqual(changed(persistentVolumeClaims, asked, { spec: storage('3Gi') }).errors, []);
  assert.deepEqual(changed(persistentVolumeClaims, asked, { spec: storage('2Gi') }).errors, [
    'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
  ]);
});

test('of a refused change, the faults of the spec are told once', () => {
  const { errors } = changed(persistentVolumeClaims, bound, { spec: { accessModes: null } });
  const missing = 'spec.accessModes: Required value: at least 1 access mode is required';
  assert.equal(errors[0], missing);
  assert.match(errors[1]!, FIXED);
});

test('its class moves from the annotation of old to the field', () => {
  const annotations = { 'volume.beta.kubernetes.io/storage-class': 'b' };
  const old = made(persistentVolumeClaims, {
    metadata: { annotations },
    ...body({ storageClassName: null }),
  });
  const patch = { metadata: { annotations: null }, spec: { storageClassName: 'b' } };
  assert.deepEqual(changed(persistentVolumeClaims, old, patch).errors, []);
  const other = { ...patch, spec: { storageClassName: 'c' } };
  assert.match(changed(persistentVolumeClaims, old, other).errors[0]!, /field is immutable$/);
});

for (const { name, status, want } of [
  {
    name: 'all of it right',
    status: {
      capacity: { storage: '1Gi' },
      allocatedResources: { storage: '2Gi' },
      allocatedResourceStatuses: { storage: 'NodeResizePending' },
    },
    want: [],
  },
  {
    name: 'less than nothing',
    status: { capacity: { storage: '-1' }, allocatedResources: { storage: '-2' } },
    want: [
      'status.capacity[storage]: Invalid value: -1: must be a valid resource quantity',
      'status.allocatedResources[storage]: Invalid value: -2: must be a valid resource quantity',
    ],
  },
  {
    name: 'what claims do not have',
    status: { allocatedResources: { cpu: '1' }, allocatedResourceStatuses: { storage: 'Big' } },
    want: [
      'status.allocatedResourceStatus: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
      'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
    ],
  },
]) {
  test(`a status with ${name}`, () => {
    const { errors } = changed(persistentVolumeClaims, claim, { status }, 'status');
    assert.deepEqual(errors, want);
  });
}

test('what it has shows once it is bound', () => {
  const shown = (object: typeof claim) => {
    const cells = cellsOf(persistentVolumeClaims, object);
    return [cells.Status, cells.Volume, cells.Capacity, cells['Access Modes']];
  };
  assert.deepEqual(shown(claim), ['Pending', '', '', '']);
  assert.deepEqual(shown(bound), ['Bound', 'v', '2Gi', 'RWO']);
});
