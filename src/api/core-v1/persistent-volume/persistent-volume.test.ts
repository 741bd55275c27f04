import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, NOW, refusals } from '../../fixture.ts';
import { persistentVolumes } from './persistent-volume.ts';

// Goal: what is filled in, refused, kept and shown of a PersistentVolume.

const csi = { driver: 'a.example', volumeHandle: 'v-1' };
const body = (spec: object = { csi }) => ({
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...spec },
});

test('a new volume is pending, since now', () => {
  const { spec, status } = made(persistentVolumes, body());
  assert.deepEqual([spec.persistentVolumeReclaimPolicy, spec.volumeMode], ['Retain', 'Filesystem']);
  const lastPhaseTransitionTime = new Date(NOW).toISOString().replace('.000Z', 'Z');
  assert.deepEqual(status, { phase: 'Pending', lastPhaseTransitionTime });
});

const affinity = {
  required: {
    nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }],
  },
};

for (const { name, spec, want } of [
  { name: 'a driver', spec: { csi }, want: [] },
  { name: 'no source', spec: {}, want: ['spec: Required value: must specify a volume type'] },
  {
    name: 'two sources',
    spec: { csi, nfs: { server: 's', path: '/' } },
    want: ['spec.csi: Forbidden: may not specify more than 1 volume type'],
  },
  {
    name: 'no size',
    spec: { csi, capacity: null },
    want: [
      'spec.capacity: Required value',
      'spec.capacity: Unsupported value: null: supported values: "storage"',
    ],
  },
  {
    name: 'a disk without a name',
    spec: { gcePersistentDisk: {} },
    want: ['spec.persistentDisk.pdName: Required value'],
  },
  {
    name: 'three sources, of which one is never too many',
    spec: { csi, hostPath: { path: '/a' }, flexVolume: {} },
    want: [
      'spec.flexVolume.driver: Required value',
      'spec.csi: Forbidden: may not specify more than 1 volume type',
    ],
  },
  {
    name: 'attributes that only drivers know',
    spec: { hostPath: { path: '/a' }, volumeAttributesClassName: 'fast' },
    want: ['spec.csi: Required value: has to be specified when using volumeAttributesClassName'],
  },
  {
    name: 'a secret for staging, which nobody looks at',
    spec: { csi: { ...csi, nodeStageSecretRef: {} } },
    want: [],
  },
  {
    name: 'a folder of a node, anywhere',
    spec: { local: { path: '/a' } },
    want: ['spec.nodeAffinity: Required value: Local volume requires node affinity'],
  },
  {
    name: 'a folder of some nodes',
    spec: { local: { path: '/a' }, nodeAffinity: affinity },
    want: [],
  },
  {
    name: 'all of a node, to be emptied',
    spec: { hostPath: { path: '/./' }, persistentVolumeReclaimPolicy: 'Recycle' },
    want: [
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
  },
  {
    name: 'modes that exclude each other',
    spec: { csi, accessModes: ['ReadWriteOncePod', 'ReadOnlyMany'] },
    want: ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
  },
  {
    name: 'an unnamed secret',
    spec: { csi: { ...csi, controllerExpandSecretRef: { namespace: 'a' } } },
    want: ['spec.csi.controllerExpandSecretRef.name: Required value'],
  },
]) {
  test(`a volume with ${name}`, () =>
    assert.deepEqual(refusals(persistentVolumes, body(spec)), want));
}

test('options for mounting in an annotation are for the kinds of old', () => {
  const annotations = { 'volume.beta.kubernetes.io/mount-options': 'ro' };
  const withOptions = (spec: object) => ({ metadata: { annotations }, ...body(spec) });
  const nfs = { server: 's', path: '/' };
  assert.deepEqual(refusals(persistentVolumes, withOptions({ nfs })), []);
  assert.deepEqual(refusals(persistentVolumes, withOptions({ csi })), [
    'metadata.annotations.volume.beta.kubernetes.io/mount-options: Forbidden: may not specify mount options for this volume type',
  ]);
});

const previous = made(persistentVolumes, body({ csi, nodeAffinity: affinity }));

test('of a refused change, the faults of the spec are told once', () => {
  const { errors } = changed(persistentVolumes, previous, { spec: { accessModes: null } });
  assert.deepEqual(errors, ['spec.accessModes: Required value']);
});

for (const { name, patch, want } of [
  { name: 'its size', patch: { capacity: { storage: '2Gi' } }, want: [] },
  {
    name: 'a secret for growing',
    patch: { csi: { controllerExpandSecretRef: { name: 'a', namespace: 'b' } } },
    want: [],
  },
  {
    name: 'its source',
    patch: { csi: { volumeHandle: 'v-2' } },
    want: [/^spec\.persistentvolumesource: Forbidden/],
  },
  {
    name: 'its mode',
    patch: { volumeMode: 'Block' },
    want: [/^volumeMode: Invalid value: "Block"/],
  },
  {
    name: 'its place',
    patch: { nodeAffinity: null },
    want: [/^nodeAffinity: Invalid value: null/],
  },
  {
    name: 'its place, which messages show as Kubernetes has it inside',
    patch: { nodeAffinity: { required: { nodeSelectorTerms: [{}] } } },
    want: [
      /^nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":\[{"MatchExpressions":null,"MatchFields":null}\]}}: field is immutable/,
    ],
  },
] as readonly { name: string; patch: object; want: readonly RegExp[] }[]) {
  test(`${want.length > 0 ? 'keeps' : 'changes'} ${name}`, () => {
    const { errors } = changed(persistentVolumes, previous, { spec: patch });
    assert.equal(errors.length, want.length, errors.join());
    for (const [i, text] of want.entries()) assert.match(errors[i]!, text);
  });
}

test('a phase is dated when it changes', () => {
  const old = {
    ...previous,
    status: { phase: 'Pending', lastPhaseTransitionTime: '2026-01-01T00:00:00Z' },
  };
  const statusAfter = (status: object) =>
    changed(persistentVolumes, old as typeof previous, { status }, 'status').object.status;
  assert.equal(statusAfter({ phase: 'Bound' }).lastPhaseTransitionTime, '2026-03-04T05:06:07Z');
  assert.equal(statusAfter({ message: 'x' }).lastPhaseTransitionTime, '2026-01-01T00:00:00Z');
});

test('cells', () => {
  const claimRef = { namespace: 'a', name: 'b' };
  const volume = made(
    persistentVolumes,
    body({ csi, claimRef, accessModes: ['ReadOnlyMany', 'ReadWriteOnce'] }),
  );
  const cells = cellsOf(persistentVolumes, volume);
  assert.deepEqual([cells.Capacity, cells['Access Modes'], cells.Claim], ['1Gi', 'RWO,ROX', 'a/b']);
  assert.equal(cells.VolumeAttributesClass, '<unset>');
});
