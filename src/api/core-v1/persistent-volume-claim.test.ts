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
  assert.deepEqual(changed(persistentVolumeClaims, asked, { spec: storage('2Gi') }).errors, []);
});

test('what it has shows once it is bound', () => {
  const shown = (object: typeof claim) => {
    const cells = cellsOf(persistentVolumeClaims, object);
    return [cells.Status, cells.Volume, cells.Capacity, cells['Access Modes']];
  };
  assert.deepEqual(shown(claim), ['Pending', '', '', '']);
  assert.deepEqual(shown(bound), ['Bound', 'v', '2Gi', 'RWO']);
});
