import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldError } from '../field-error.ts';
import { FieldPath } from '../field-path.ts';
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../object.ts';
import { checkNameIsSubdomain } from './names.ts';
import {
  validateObjectMeta,
  validateObjectMetaUpdate,
  validateQualifiedFinalizers,
} from './object-meta.ts';

const path = FieldPath.root.at('metadata');
const texts = (errors: readonly FieldError[]): string[] =>
  errors.map(({ field, message }) => `${field}: ${message}`.slice(0, 150));
const created = (meta: Partial<ObjectMeta>, namespaced = true): string[] =>
  texts(validateObjectMeta(meta, { namespaced, checkName: checkNameIsSubdomain }, path));
const owner: OwnerReference = {
  apiVersion: 'v1',
  kind: 'Pod',
  name: 'a',
  uid: 'u',
  controller: true,
};

// Goal: metadata of new objects is refused as Kubernetes refuses it.
for (const { name, meta, want } of [
  { name: 'nothing wrong', meta: { name: 'a', namespace: 'b' }, want: [] },
  {
    name: 'no name',
    meta: { namespace: 'b' },
    want: ['metadata.name: Required value: name or generateName is required'],
  },
  { name: 'no namespace', meta: { name: 'a' }, want: ['metadata.namespace: Required value'] },
  {
    name: 'negative generation',
    meta: { name: 'a', namespace: 'b', generation: -1 },
    want: ['metadata.generation: Invalid value: -1: must be greater than or equal to 0'],
  },
  {
    name: 'too many bytes of annotations',
    meta: { name: 'a', namespace: 'b', annotations: { a: 'x'.repeat(256 * 1024) } },
    want: ['metadata.annotations: Too long: may not be more than 262144 bytes'],
  },
  {
    name: 'annotation keys of any case',
    meta: { name: 'a', namespace: 'b', annotations: { 'Example.COM/X': '' } },
    want: [],
  },
  {
    name: 'both finalizers of deletion',
    meta: { name: 'a', namespace: 'b', finalizers: ['orphan', 'foregroundDeletion'] },
    want: [
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ],
  },
  {
    name: 'an incomplete owner',
    meta: {
      name: 'a',
      namespace: 'b',
      ownerReferences: [{ apiVersion: 'apps/', kind: '', name: '', uid: '' }],
    },
    want: [
      'metadata.ownerReferences.apiVersion: Invalid value: "apps/": version must not be empty',
      'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
      'metadata.ownerReferences.name: Invalid value: "": must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ],
  },
  {
    name: 'a bad manager',
    meta: {
      name: 'a',
      namespace: 'b',
      managedFields: [
        { operation: 'Odd', fieldsType: 'V2', manager: 'a\u0007' } as unknown as ManagedFieldsEntry,
      ],
    },
    want: [
      'metadata.managedFields[0].operation: Invalid value: "Odd": must be `Apply` or `Update`',
      'metadata.managedFields[0].fieldsType: Invalid value: "V2": must be `FieldsV1`',
      'metadata.managedFields[0].manager: Invalid value: "a\\a": invalid character U+0007 (at position 1)',
    ],
  },
]) {
  test(`create: ${name}`, () => assert.deepEqual(created(meta), want));
}

test('create: a manager with more faults than anybody wants to read', () => {
  const faultsOf = (manager: string) =>
    created({ name: 'a', managedFields: [{ operation: 'Apply', manager }] }).filter((text) =>
      text.startsWith('metadata.managedFields[0].manager: '),
    );
  assert.equal(faultsOf('\u0001'.repeat(1000)).length, 129);
  assert.deepEqual(faultsOf('\u0001'.repeat(1_000_000)), [
    'metadata.managedFields[0].manager: Too long: may not be more than 128 bytes',
  ]);
});

test('create: a namespace where there is none', () => {
  assert.deepEqual(created({ name: 'a', namespace: 'b' }, false), [
    'metadata.namespace: Forbidden: not allowed on this type',
  ]);
});

test('create: two controllers, even of the same name', () => {
  const [error] = validateObjectMeta(
    { name: 'a', namespace: 'b', ownerReferences: [owner, { ...owner, uid: 'v' }] },
    { namespaced: true, checkName: checkNameIsSubdomain },
    path,
  );
  assert.match(
    error!.message,
    /^Invalid value: \[\{"apiVersion":"v1","kind":"Pod","name":"a","uid":"u","controller":true\},.*\]: Only one reference can have Controller set to true\. Found "true" in references for Pod\/a and Pod\/a$/,
  );
});

test('built-in kinds want finalizers with a domain', () => {
  assert.deepEqual(
    texts(validateQualifiedFinalizers(['orphan', 'a/b', 'c'], path.at('finalizers'))),
    [
      'metadata.finalizers[2]: Invalid value: "c": name is neither a standard finalizer name nor is it fully qualified',
    ],
  );
});

const stored: ObjectMeta = {
  name: 'a',
  namespace: 'b',
  uid: 'u',
  resourceVersion: '1',
  generation: 2,
  creationTimestamp: '2020-01-01T00:00:00Z',
};

// Goal: what the server owns can't be changed by an update.
for (const { name, change, before, want } of [
  { name: 'nothing', change: {}, want: [] },
  {
    name: 'without a resourceVersion',
    change: { resourceVersion: '' },
    want: ['metadata.resourceVersion: Invalid value: "": must be specified for an update'],
  },
  {
    name: 'generation',
    change: { generation: 1 },
    want: ['metadata.generation: Invalid value: 1: must not be decremented'],
  },
  {
    name: 'uid',
    change: { uid: 'v' },
    want: ['metadata.uid: Invalid value: "v": field is immutable'],
  },
  {
    name: 'deletionTimestamp',
    change: { deletionTimestamp: undefined },
    before: { deletionTimestamp: '2020-01-01T00:00:00Z' },
    want: ['metadata.deletionTimestamp: Invalid value: null: field is immutable'],
  },
  {
    name: 'new finalizers while it is deleted',
    change: { finalizers: ['a/c', 'a/b', 'a/a'] },
    before: { deletionTimestamp: '2020-01-01T00:00:00Z', finalizers: ['a/a'] },
    want: [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a/b", "a/c"}',
    ],
  },
] as { name: string; change: object; before?: object; want: string[] }[]) {
  test(`update: ${name}`, () => {
    const previous = { ...stored, ...before };
    const errors = validateObjectMetaUpdate({ ...previous, ...change }, previous, path);
    assert.deepEqual(
      errors.map(({ field, message }) => `${field}: ${message}`),
      want,
    );
  });
}
