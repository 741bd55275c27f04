import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, OwnerReference } from '../../machinery/object.ts';
import { type Item, type Owner, reconcileGarbage } from './reconcile.ts';

// Goal: pin what becomes of an object by what is known of its owners and dependents. Nothing is ever
// deleted of which an owner is there, or isn't known to be gone.

const resource = { group: '', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true };

interface Facts {
  readonly uid?: string;
  readonly owners?: readonly string[];
  readonly blocks?: boolean;
  readonly isGoing?: boolean;
  readonly finalizers?: readonly string[];
}

const referenceTo = (uid: string, blocks = false): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'Thing',
  name: uid,
  uid,
  ...(blocks && { blockOwnerDeletion: true }),
});

function itemOf({ uid = 'me', owners = [], blocks, isGoing, finalizers }: Facts): Item {
  const metadata = {
    name: uid,
    uid,
    resourceVersion: '1',
    creationTimestamp: '',
    ...(owners.length > 0 && { ownerReferences: owners.map((each) => referenceTo(each, blocks)) }),
    ...(isGoing && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    ...(finalizers && { finalizers }),
  };
  return { resource, object: { apiVersion: 'v1', kind: 'Thing', metadata } as KubeObject };
}

const FOREGROUND = { isGoing: true, finalizers: ['foregroundDeletion'] };
const ORPHANING = { isGoing: true, finalizers: ['orphan'] };
const STATES: Readonly<Record<string, Owner['state']>> = {
  here: itemOf({ uid: 'here' }).object,
  going: itemOf({ uid: 'going', isGoing: true }).object,
  waiting: itemOf({ uid: 'waiting', ...FOREGROUND }).object,
  gone: 'gone',
  unseen: 'unseen',
  unknowable: 'unknowable',
};

function decide(facts: Facts, dependents: readonly Facts[] = []): string[] {
  const owners = (facts.owners ?? []).map((uid) => ({
    reference: referenceTo(uid),
    state: STATES[uid] as Owner['state'],
  }));
  const item = itemOf(facts);
  const actions = reconcileGarbage({ item, owners, dependents: dependents.map(itemOf) });
  return actions.map((action) => {
    switch (action.type) {
      case 'lookUp':
        return `look up ${action.reference.uid}`;
      case 'delete':
        return `delete ${action.policy}`;
      case 'disown':
        return `${action.item.object.metadata.uid} without ${action.ownerUids.join()}`;
      case 'removeFinalizer':
        return `remove ${action.finalizer}`;
      default:
        return action.type;
    }
  });
}

const child = (more: Partial<Facts> = {}): Facts => ({ uid: 'child', owners: ['me'], ...more });

for (const { name, facts, dependents, want } of [
  { name: 'nobody owns it', facts: {}, want: [] },
  { name: 'its owner is there', facts: { owners: ['here'] }, want: [] },
  { name: 'its owner is being deleted', facts: { owners: ['going'] }, want: [] },
  { name: 'its owner is gone', facts: { owners: ['gone'] }, want: ['delete Background'] },
  {
    name: 'no cache has its owner: the server is asked',
    facts: { owners: ['unseen'] },
    want: ['look up unseen', 'wait'],
  },
  { name: 'nobody can know of its owner', facts: { owners: ['unknowable'] }, want: [] },
  {
    name: 'one owner is gone, the other may not be',
    facts: { owners: ['gone', 'unseen'] },
    want: ['look up unseen', 'wait'],
  },
  {
    name: 'one owner is gone, the other is there',
    facts: { owners: ['gone', 'here'] },
    want: ['me without gone'],
  },
  {
    name: 'one owner is gone, nobody can know of the other',
    facts: { owners: ['gone', 'unknowable'] },
    want: ['me without gone'],
  },
  {
    name: 'an owner waits for it, another is there',
    facts: { owners: ['waiting', 'here'] },
    want: ['me without waiting'],
  },
  {
    name: 'its owner waits for it',
    facts: { owners: ['waiting'] },
    want: ['delete Background'],
  },
  {
    name: 'its owner waits for it, and it has dependents itself',
    facts: { owners: ['waiting'] },
    dependents: [child()],
    want: ['delete Foreground'],
  },
  {
    name: 'it and its dependents wait in a circle',
    facts: { owners: ['waiting'], blocks: true },
    dependents: [child(FOREGROUND)],
    want: ['unblock'],
  },
  {
    name: 'its owner is gone, and its dependents go by themselves',
    facts: { owners: ['gone'] },
    dependents: [child()],
    want: ['delete Background'],
  },
  {
    name: 'it says how it is to be deleted',
    facts: { owners: ['gone'], finalizers: ['orphan'] },
    want: ['delete Orphan'],
  },
  { name: 'it is going already', facts: { owners: ['gone'], isGoing: true }, want: [] },
  {
    name: 'it waits for what blocks it',
    facts: FOREGROUND,
    dependents: [child({ blocks: true })],
    want: [],
  },
  {
    name: 'it waits, and what is left does not block it',
    facts: FOREGROUND,
    dependents: [child()],
    want: ['remove foregroundDeletion'],
  },
  { name: 'it waits for nothing', facts: FOREGROUND, want: ['remove foregroundDeletion'] },
  {
    name: 'it leaves orphans',
    facts: ORPHANING,
    dependents: [child(), child({ uid: 'other' })],
    want: ['child without me', 'other without me'],
  },
  { name: 'it has left its orphans', facts: ORPHANING, want: ['remove orphan'] },
] as { name: string; facts: Facts; dependents?: Facts[]; want: string[] }[]) {
  test(name, () => assert.deepEqual(decide(facts, dependents), want));
}
