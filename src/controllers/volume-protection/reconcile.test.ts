import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersistentVolumeClaim, Pod } from '../../api/generated/core/v1/types.ts';
import { claimsOf, usesClaim } from '../pod-claims.ts';
import { reconcileProtection } from './reconcile.ts';

// Goal: pin when a claim or volume may go, and which pods keep a claim.

const FINALIZER = 'kubernetes.io/pvc-protection';

const claim = (metadata: object = {}) =>
  ({ metadata: { name: 'data', namespace: 'shop', ...metadata } }) as PersistentVolumeClaim;

interface Row {
  readonly name: string;
  readonly finalizers?: readonly string[];
  readonly isGoing?: boolean;
  readonly isUsed?: boolean;
  readonly want: readonly [string, ...string[]] | [];
}

const ROWS: readonly Row[] = [
  { name: 'settled', finalizers: [FINALIZER], want: [] },
  { name: 'settled, in use', finalizers: [FINALIZER], isUsed: true, want: [] },
  { name: 'older than the protection', want: ['protect', FINALIZER] },
  { name: 'of others only', finalizers: ['a/b'], want: ['protect', 'a/b', FINALIZER] },
  { name: 'going', finalizers: [FINALIZER], isGoing: true, want: ['release'] },
  {
    name: 'going, kept by others as well',
    finalizers: ['a/b', FINALIZER, 'c/d'],
    isGoing: true,
    want: ['release', 'a/b', 'c/d'],
  },
  { name: 'going, in use', finalizers: [FINALIZER], isGoing: true, isUsed: true, want: [] },
  { name: 'going, kept by others only', finalizers: ['a/b'], isGoing: true, want: [] },
];

for (const { name, finalizers, isGoing = false, isUsed = false, want } of ROWS)
  test(`an object that is ${name}`, () => {
    const object = claim({
      ...(finalizers && { finalizers }),
      ...(isGoing && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    });
    const actions = reconcileProtection({ object, finalizer: FINALIZER, isUsed });
    assert.deepEqual(
      actions.flatMap((action) => [action.type, ...action.finalizers]),
      want,
    );
  });

const pod = (volume: object, more: { metadata?: object; spec?: object; phase?: string } = {}) =>
  ({
    metadata: { name: 'web', namespace: 'shop', uid: 'web', ...more.metadata },
    spec: { nodeName: 'n', volumes: [{ name: 'data', ...volume }], ...more.spec },
    status: { phase: more.phase ?? 'Running' },
  }) as unknown as Pod;

const named = { persistentVolumeClaim: { claimName: 'data' } };
const ephemeral = { ephemeral: {} };
const own = claim({ name: 'web-data', ownerReferences: [{ uid: 'web', controller: true }] });
const shutDown = {
  deletionTimestamp: '2026-01-01T00:00:00Z',
  deletionGracePeriodSeconds: 0,
};

for (const { name, user, of = claim(), want } of [
  { name: 'at work', user: pod(named), want: true },
  { name: 'without a node', user: pod(named, { spec: { nodeName: '' } }), want: false },
  { name: 'that has ended', user: pod(named, { phase: 'Succeeded' }), want: true },
  { name: 'that is shut down', user: pod(named, { metadata: shutDown }), want: true },
  {
    name: 'of another claim',
    user: pod({ persistentVolumeClaim: { claimName: 'logs' } }),
    want: false,
  },
  { name: 'without claims', user: pod({ emptyDir: {} }), want: false },
  { name: 'without volumes', user: pod({}, { spec: { volumes: undefined } }), want: false },
  { name: 'that the claim is made for', user: pod(ephemeral), of: own, want: true },
  {
    name: 'that the claim is not made for, whatever its name',
    user: pod(ephemeral),
    of: claim({ name: 'web-data' }),
    want: false,
  },
  {
    name: 'that the claim was made for and that is shut down',
    user: pod(ephemeral, { metadata: shutDown }),
    of: own,
    want: false,
  },
] as { name: string; user: Pod; of?: PersistentVolumeClaim; want: boolean }[])
  test(`a pod ${name} ${want ? 'keeps' : "doesn't keep"} the claim`, () =>
    assert.equal(usesClaim(user, of), want));

test('claims of a pod, by name and made for it', () => {
  const volumes = [{ name: 'a', ...named }, { name: 'b', ...ephemeral }, { name: 'c' }];
  assert.deepEqual(claimsOf(pod({}, { spec: { volumes } })), ['shop/data', 'shop/web-b']);
});
