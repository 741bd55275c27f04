import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals, withStatus } from '../fixture.ts';
import { statefulSets } from './stateful-set.ts';

// Goal: what is filled in, refused, kept and shown of a StatefulSet.

const body = (spec: object = {}) => ({
  spec: {
    selector: { matchLabels: { app: 'db' } },
    template: {
      metadata: { labels: { app: 'db' } },
      spec: { containers: [{ name: 'main', image: 'db:1' }] },
    },
    ...spec,
  },
});

const claimOf = (spec: object) => ({
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});

test('what was stored before it was checked may stay, and nothing else', () => {
  const pods = (containers: object[]) => ({
    template: { metadata: { labels: { app: 'db' } }, spec: { containers } },
  });
  const old = made(statefulSets, body({ serviceName: 'a.b', ...pods([]) }));
  assert.deepEqual(changed(statefulSets, old, { spec: { replicas: 3 } }).errors, []);
  const good = made(statefulSets, body());
  assert.deepEqual(changed(statefulSets, good, { spec: pods([]) }).errors, [
    'spec.template.spec.containers: Required value',
  ]);
});

test('what is left out is filled in, claims too', () => {
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } };
  const { spec } = made(statefulSets, body({ volumeClaimTemplates: [claim] }));
  assert.equal(spec.podManagementPolicy, 'OrderedReady');
  assert.deepEqual(spec.updateStrategy, { type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
  const policy = { whenDeleted: 'Retain', whenScaled: 'Retain' };
  assert.deepEqual(spec.persistentVolumeClaimRetentionPolicy, policy);
  const [made0] = spec.volumeClaimTemplates ?? [];
  assert.equal(made0?.kind, 'PersistentVolumeClaim');
  assert.equal(made0?.spec.volumeMode, 'Filesystem');
  assert.equal(made0?.status.phase, 'Pending');
});

test('more than one unavailable at a time is not in this version', () => {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } };
  const { rollingUpdate } = made(statefulSets, body({ updateStrategy })).spec.updateStrategy ?? {};
  assert.deepEqual(rollingUpdate, { partition: 0 });
});

for (const { name, spec, want } of [
  { name: 'nothing wrong', spec: {}, want: [] },
  {
    name: 'a way to manage pods that nobody knows',
    spec: { podManagementPolicy: 'Odd' },
    want: [
      "spec.podManagementPolicy: Invalid value: \"Odd\": must be 'OrderedReady' or 'Parallel'",
    ],
  },
  { name: 'pods replaced by hand', spec: { updateStrategy: { type: 'OnDelete' } }, want: [] },
  {
    name: 'no selector',
    spec: { selector: null },
    want: [
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"app":"db"}: `selector` does not match template `labels`',
    ],
  },
  {
    name: 'pods that could not be made',
    spec: { template: { metadata: { labels: { app: 'db' } }, spec: { containers: [] } } },
    want: ['spec.template.spec.containers: Required value'],
  },
  {
    name: 'mounts of claims, names of their own, and volumes that claims stand in for',
    spec: {
      volumeClaimTemplates: [claimOf({})],
      template: {
        metadata: { labels: { app: 'db' } },
        spec: {
          hostname: 'Not a name',
          subdomain: 'neither',
          volumes: [{ name: 'data', emptyDir: {}, hostPath: { path: '/' } }],
          containers: [
            { name: 'm', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/d' }] },
          ],
        },
      },
    },
    want: [],
  },
  {
    name: 'a claim for nothing',
    spec: { volumeClaimTemplates: [claimOf({ accessModes: [] })] },
    want: [
      'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
    ],
  },
  {
    name: 'a service that can have no name',
    spec: { serviceName: 'a.b' },
    want: ['spec.serviceName: Invalid value: "a.b": must not contain dots'],
  },
  {
    name: 'a selector of everything',
    spec: { selector: {} },
    want: ['spec.selector: Invalid value: {}: empty selector is invalid for statefulset'],
  },
  {
    name: 'a partition without a rolling update',
    spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
    want: [
      'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
    ],
  },
  {
    name: 'claims kept in a way that nobody knows',
    spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Sell' } },
    want: [
      'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Sell": supported values: "Retain", "Delete"',
    ],
  },
  {
    name: 'ordinals below zero',
    spec: { ordinals: { start: -1 } },
    want: ['spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0'],
  },
]) {
  test(`refuses: ${name}`, () => assert.deepEqual(refusals(statefulSets, body(spec)), want));
}

test('warns of a history without end and of parts of bytes', () => {
  const claim = claimOf({ resources: { requests: { storage: '1.5' } } });
  const object = made(
    statefulSets,
    body({ revisionHistoryLimit: -1, volumeClaimTemplates: [claim] }),
  );
  const [fraction, history] = statefulSets.warnings?.(object, undefined) ?? [];
  assert.match(fraction!, /^spec\.volumeClaimTemplates\[0\]\.resources\.requests\[storage\]: /);
  assert.match(history!, /^spec\.revisionHistoryLimit: a negative value retains all/);
  const [again] = statefulSets.warnings?.(object, object) ?? [];
  assert.match(again!, /^spec\.volumeClaimTemplates\[0\]\.Spec\.resources/);
});

for (const { field, value, isAllowed } of [
  { field: 'replicas', value: 4, isAllowed: true },
  { field: 'minReadySeconds', value: 4, isAllowed: true },
  { field: 'revisionHistoryLimit', value: 4, isAllowed: true },
  { field: 'ordinals', value: { start: 4 }, isAllowed: true },
  { field: 'serviceName', value: 'other', isAllowed: false },
  { field: 'podManagementPolicy', value: 'Parallel', isAllowed: false },
]) {
  test(`${field} ${isAllowed ? 'may' : 'may not'} change`, () => {
    const patch = { spec: { [field]: value } };
    const { errors } = changed(statefulSets, made(statefulSets, body()), patch);
    assert.equal(errors.length, isAllowed ? 0 : 1, errors.join());
    if (!isAllowed) assert.match(errors[0]!, /^spec: Forbidden: updates to statefulset spec/);
  });
}

test('cells', () => {
  const object = withStatus(made(statefulSets, body({ replicas: 3 })), {
    replicas: 2,
    readyReplicas: 1,
  });
  assert.equal(cellsOf(statefulSets, object).Ready, '1/3');
});
